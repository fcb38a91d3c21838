"""story.py write | read RUN_ID: what a data scientist does with MLflow's client; prints what came of it as JSON.

All it knows of the server comes from the environment, as MLflow's manual says.
"""

import json
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient

NOTE = "written by the story"


def read_note(run_id):
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="notes/note.txt", dst_path=folder)
        return Path(path).read_text(encoding="utf-8")


def write():
    client = MlflowClient()
    mlflow.set_experiment("loans")
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 3)
        mlflow.log_metric("auc", 0.5)
        mlflow.log_text(NOTE, "notes/note.txt")
    run_id = run.info.run_id
    client.create_registered_model("scorer")
    version = client.create_model_version("scorer", source=f"runs:/{run_id}/notes", run_id=run_id)
    return {"run_id": run_id, "artifact": read_note(run_id), "version": str(version.version),
            "metric": client.get_run(run_id).data.metrics["auc"]}


def read(run_id):
    client = MlflowClient()
    try:
        experiment = client.get_run(run_id).info.experiment_id
    except (RestException, MlflowException) as error:
        return {"refused": str(error)}
    told = {"runs": len(client.search_runs([experiment])), "artifact": read_note(run_id),
            "model": client.get_registered_model("scorer").name}
    try:
        client.set_tag(run_id, "by", "reader")
        told["denied"] = "no"
    except (RestException, MlflowException) as error:
        told["denied"] = str(error)
    return told


if __name__ == "__main__":
    print(json.dumps(write() if sys.argv[1] == "write" else read(sys.argv[2])))
