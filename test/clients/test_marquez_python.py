"""The real marquez-python client: every public method is called against the worker, and what it
returns is what was told before.

The order is that of a person's work: declare, run, look."""
import datetime
import inspect
import uuid
import warnings

import requests
from marquez_client import Clients, MarquezClient
from marquez_client.models import DatasetId, DatasetType, JobType

from tap import URL, done, is_, ok

warnings.simplefilter("ignore")
called = set()


class Watched(MarquezClient):
    """Notes which methods were called."""

    def __getattribute__(self, name):
        if not name.startswith("_"):
            called.add(name)
        return super().__getattribute__(name)


client = Watched(URL)
space = "marquez-python/" + uuid.uuid4().hex[:8]
warehouse = space + "/warehouse"


def subset(got, **expected):
    return {key: got.get(key, "missing") for key in expected}, expected


def has(got, what, **expected):
    is_(*subset(got, **expected), what)


# -- namespaces, sources, tags -------------------------------------------------------
has(client.create_namespace(space, "sales", "all shops"), "create_namespace answers it", name=space, ownerName="sales", description="all shops", isHidden=False)
has(client.get_namespace(space), "get_namespace", name=space, ownerName="sales")
ok(space in [n["name"] for n in client.list_namespaces(limit=1000)["namespaces"]], "list_namespaces has it")
has(client.create_source(warehouse, "postgresql", "jdbc:postgresql://db.example:5432/x", "the warehouse"), "create_source answers it",
    name=warehouse, type="POSTGRESQL", connectionUrl="jdbc:postgresql://db.example:5432/x", description="the warehouse")
has(client.get_source(warehouse), "get_source", name=warehouse, type="POSTGRESQL")
ok(warehouse in [s["name"] for s in client.list_sources(limit=1000)["sources"]], "list_sources has it")
has(client.create_tag("SENSITIVE", "not for everybody"), "create_tag answers it", name="SENSITIVE", description="not for everybody")
ok("SENSITIVE" in [t["name"] for t in client.list_tags()["tags"]], "list_tags has it")

# -- datasets --------------------------------------------------------------------------
fields = [{"name": "amount", "type": "DECIMAL", "description": "gross", "tags": []}, {"name": "day", "type": "DATE", "tags": []}]
raw = client.create_dataset(space, "public.raw", DatasetType.DB_TABLE, "public.raw", warehouse, description="as it came", fields=fields)
has(raw, "create_dataset answers it", id={"namespace": space, "name": "public.raw"}, type="DB_TABLE", physicalName="public.raw", sourceName=warehouse, description="as it came", deleted=False)
is_([(f["name"], f["type"]) for f in raw["fields"]], [("amount", "DECIMAL"), ("day", "DATE")], "with its columns")
client.create_dataset(space, "public.daily", DatasetType.DB_TABLE, "public.daily", warehouse, fields=fields, tags=["GOLD"])
clicks = client.create_dataset(space, "clicks", DatasetType.STREAM, "clicks", warehouse, schema_location="http://registry.example/clicks.avsc")
has(clicks, "a stream has its schema location", type="STREAM", schemaLocation="http://registry.example/clicks.avsc")
has(client.get_dataset(space, "public.raw"), "get_dataset", name="public.raw", currentVersion=raw["currentVersion"])
is_([d["name"] for d in client.list_datasets(space)["datasets"]], ["clicks", "public.daily", "public.raw"], "list_datasets by name")
versions = client.list_dataset_versions(space, "public.raw")
has(versions["versions"][0], "list_dataset_versions", version=raw["currentVersion"], name="public.raw")
has(client.get_dataset_version(space, "public.raw", raw["currentVersion"]), "get_dataset_version", version=raw["currentVersion"], namespace=space)
ok("SENSITIVE" in client.tag_dataset(space, "public.raw", "SENSITIVE")["tags"], "tag_dataset")
ok("SENSITIVE" in client.tag_dataset_field(space, "public.raw", "amount", "SENSITIVE")["fields"][0]["tags"], "tag_dataset_field")

# -- jobs and runs -----------------------------------------------------------------------
job = client.create_job(space, "rollup", JobType.BATCH, location="https://example.org/rollup.sql", description="adds up",
                        inputs=[DatasetId(space, "public.raw")], outputs=[DatasetId(space, "public.daily")])
has(job, "create_job answers it", id={"namespace": space, "name": "rollup"}, type="BATCH", location="https://example.org/rollup.sql", description="adds up",
    inputs=[{"namespace": space, "name": "public.raw"}], outputs=[{"namespace": space, "name": "public.daily"}], latestRun=None)
has(client.get_job(space, "rollup"), "get_job", name="rollup", description="adds up")
is_([j["name"] for j in client.list_jobs(space)["jobs"]], ["rollup"], "list_jobs")
run = client.create_job_run(space, "rollup", nominal_start_time="2026-01-05T08:00:00Z", nominal_end_time="2026-01-05T09:00:00Z", run_args={"email": "me@example.org"})
has(run, "create_job_run answers it", state="NEW", nominalStartTime="2026-01-05T08:00:00Z", nominalEndTime="2026-01-05T09:00:00Z", startedAt=None)
is_(run["args"].get("email"), "me@example.org", "with its arguments")
has(client.get_job_run(run["id"]), "get_job_run", id=run["id"], state="NEW")
has(client.mark_job_run_as_started(run["id"]), "mark_job_run_as_started", state="RUNNING")
done_run = client.mark_job_run_as_completed(run["id"])
has(done_run, "mark_job_run_as_completed", state="COMPLETED")
ok(done_run["startedAt"] and done_run["endedAt"] and done_run["durationMs"] >= 0, "it has its times", done_run)
has(client.create_job_run(space, "rollup", run_id=str(uuid.uuid4()), mark_as_running=True), "create_job_run that runs at once", state="RUNNING")
for state, mark in (("FAILED", client.mark_job_run_as_failed), ("ABORTED", client.mark_job_run_as_aborted)):
    one = client.create_job_run(space, "rollup")
    client.mark_job_run_as_started(one["id"], "2026-01-05T08:00:00Z")
    ended = mark(one["id"], "2026-01-05T08:05:00Z")
    has(ended, mark.__name__, state=state, startedAt="2026-01-05T08:00:00Z", endedAt="2026-01-05T08:05:00Z", durationMs=300000)
runs = client.list_job_runs(space, "rollup")
is_(sorted(r["state"] for r in runs["runs"]), ["ABORTED", "COMPLETED", "FAILED", "RUNNING"], "list_job_runs")

# -- lineage of columns, events ------------------------------------------------------------
event = {
    "eventType": "COMPLETE", "eventTime": datetime.datetime.now(datetime.timezone.utc).isoformat(), "producer": "https://example.org/p",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": str(uuid.uuid4())}, "job": {"namespace": space, "name": "rollup"},
    "inputs": [{"namespace": space, "name": "public.raw"}],
    "outputs": [{"namespace": space, "name": "public.daily", "facets": {"columnLineage": {
        "_producer": "https://example.org/p", "_schemaURL": "https://example.org/s",
        "fields": {"amount": {"inputFields": [{"namespace": space, "name": "public.raw", "field": "amount"}]}}}}}]}
is_(requests.post(URL + "/api/v1/lineage", json=event, timeout=60).status_code, 201, "an event tells of columns")
ends = {f"datasetField:{space}:{name}:amount" for name in ("public.raw", "public.daily")}


def nodes(graph):
    return {node["id"] for node in graph["graph"]}


is_(nodes(client.get_column_lineage_by_dataset(space, "public.daily")), ends, "get_column_lineage_by_dataset")
is_(nodes(client.get_column_lineage_by_dataset(space, "public.raw", with_downstream=True)), ends, "and with what is made of it")
is_(nodes(client.get_column_lineage_by_dataset_field(space, "public.daily", "amount", depth=1)), ends, "get_column_lineage_by_dataset_field")
is_(nodes(client.get_column_lineage_by_job(space, "rollup")), ends, "get_column_lineage_by_job")
version = client.get_dataset(space, "public.daily")["currentVersion"]
is_({node.split("#")[0] for node in nodes(client.get_column_lineage_by_dataset(space, "public.daily", version=version))}, ends, "of a version of the dataset")
ok(client.list_events(limit=10)["events"], "list_events")
plain = "marquez-python-" + uuid.uuid4().hex[:8]
event["job"]["namespace"] = plain
requests.post(URL + "/api/v1/lineage", json=event, timeout=60)
is_(client.list_events(plain)["events"], [event], "list_events of a namespace: the event as it was sent")

# -- all of it -------------------------------------------------------------------------------
public = {name for name, member in inspect.getmembers(MarquezClient, callable) if not name.startswith("_")}
is_(sorted(public - called), [], "every public method was called")
ok(isinstance(Clients.new_client(), MarquezClient), "Clients.new_client makes a client")
done()
