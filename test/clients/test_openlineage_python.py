"""The real openlineage-python client tells one story through each of its transports that can
reach the worker, and the graph in the database is the one a person would draw.

http, async_http, composite, transform and datadog (with its site set to the worker) post by
themselves; file and console write events down, which are posted afterwards.  kafka, msk-iam,
gcplineage and amazon_datazone need services that speak another protocol, and noop sends nothing:
they cannot reach the worker.
"""
import contextlib
import datetime
import io
import json
import logging
import os
import pathlib
import tempfile

import requests
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    Dataset, DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState)
from openlineage.client.facet_v2 import (
    column_lineage_dataset, data_quality_assertions_dataset, documentation_dataset, error_message_run,
    input_statistics_input_dataset, nominal_time_run, output_statistics_output_dataset, ownership_job,
    parent_run, schema_dataset, sql_job, symlinks_dataset)
from openlineage.client.uuid import generate_static_uuid

from tap import URL, done, edges, get, is_, ok, quoted, sql, values

PRODUCER = "https://example.org/story"
START = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.timezone.utc)


def at(minute):
    return (START + datetime.timedelta(minutes=minute)).isoformat()


class Story:
    """raw.customers -> clean -> features -> train -> loans; one audit fails; everything is in a
    namespace of its own, so that each transport tells it anew."""

    def __init__(self, space):
        self.space = space

    def run_id(self, name):
        return str(generate_static_uuid(START, f"{self.space}/{name}".encode()))

    def run(self, name, state, minute, inputs=(), outputs=(), facets=None, job_facets=None):
        return RunEvent(
            eventType=state, eventTime=at(minute), producer=PRODUCER,
            run=Run(runId=self.run_id(name), facets=facets or {}),
            job=Job(namespace=self.space, name=name, facets=job_facets or {}),
            inputs=list(inputs), outputs=list(outputs))

    def field(self, dataset, name, *transformations):
        return column_lineage_dataset.InputField(
            namespace=self.space, name=dataset, field=name, transformations=list(transformations))

    def events(self):
        direct = column_lineage_dataset.Transformation(
            type="DIRECT", subtype="TRANSFORMATION", description="amount / income", masking=False)
        parent = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=self.run_id("nightly")), job=parent_run.Job(namespace=self.space, name="nightly"))
        raw = InputDataset(
            namespace=self.space, name="raw.customers",
            facets={"schema": schema_dataset.SchemaDatasetFacet(fields=[
                schema_dataset.SchemaDatasetFacetFields(name="id", type="int"),
                schema_dataset.SchemaDatasetFacetFields(name="income", type="numeric", description="per month")])},
            inputFacets={
                "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=3, size=90),
                "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(assertions=[
                    data_quality_assertions_dataset.Assertion(assertion="not_null", success=True, column="id"),
                    data_quality_assertions_dataset.Assertion(assertion="positive", success=False, column="income")])})
        features = OutputDataset(
            namespace=self.space, name="features",
            facets={"columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields={
                "ratio": column_lineage_dataset.Fields(inputFields=[self.field("clean", "income", direct)])})},
            outputFacets={"outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=3)})
        yield self.run("clean", RunState.START, 0, [raw], [OutputDataset(namespace=self.space, name="clean")],
                       {"parent": parent, "nominalTime": nominal_time_run.NominalTimeRunFacet(nominalStartTime=at(0))},
                       {"sql": sql_job.SQLJobFacet(query="select id, income from raw.customers")})
        yield self.run("clean", RunState.COMPLETE, 1, [raw], [OutputDataset(namespace=self.space, name="clean")], {"parent": parent})
        yield self.run("features", RunState.START, 2, [InputDataset(namespace=self.space, name="clean")], [features], {"parent": parent})
        yield self.run("features", RunState.RUNNING, 3)
        yield self.run("features", RunState.COMPLETE, 4, [], [features])
        yield self.run("audit", RunState.START, 5, [InputDataset(namespace=self.space, name="clean")])
        yield self.run("audit", RunState.FAIL, 6, facets={"errorMessage": error_message_run.ErrorMessageRunFacet(
            message="no such table", programmingLanguage="SQL", stackTrace="at line 1")})
        yield JobEvent(
            eventTime=at(7), producer=PRODUCER,
            job=Job(namespace=self.space, name="train", facets={"ownership": ownership_job.OwnershipJobFacet(
                owners=[ownership_job.Owner(name="team:risk", type="MAINTAINER")])}),
            inputs=[InputDataset(namespace=self.space, name="feature_store")],
            outputs=[OutputDataset(namespace=self.space, name="loans ☂ model")])
        yield DatasetEvent(
            eventTime=at(8), producer=PRODUCER,
            dataset=Dataset(namespace=self.space, name="features", facets={
                "documentation": documentation_dataset.DocumentationDatasetFacet(description="What the model learns from."),
                "symlinks": symlinks_dataset.SymlinksDatasetFacet(identifiers=[
                    symlinks_dataset.Identifier(namespace=self.space, name="feature_store", type="TABLE")])}))


# -- transports ------------------------------------------------------------------------


def client_of(config):
    return OpenLineageClient(config={"transport": config})


def emit(client, space):
    for event in Story(space).events():
        client.emit(event)
    return client.close(timeout=60)


def post_raw(line):
    answer = requests.post(f"{URL}/api/v1/lineage", data=line.encode(), headers={"Content-Type": "application/json"}, timeout=60)
    return answer.status_code == 201 and answer.content == b""


def through_http(space):
    return emit(client_of({"type": "http", "url": URL}), space)


def through_http_gzip(space):
    return emit(client_of({"type": "http", "url": URL, "compression": "gzip"}), space)


def through_http_slash(space):
    return emit(client_of({"type": "http", "url": URL + "/", "endpoint": "api/v1/lineage/", "auth": {"type": "api_key", "apiKey": "unused"}}), space)


def through_async_http(space):
    return emit(client_of({"type": "async_http", "url": URL}), space)


def through_async_http_gzip(space):
    return emit(client_of({"type": "async_http", "url": URL, "compression": "gzip", "max_concurrent_requests": 100}), space)


def through_composite(space):
    """Both children post the same events: stored once."""
    return emit(client_of({"type": "composite", "continue_on_failure": False, "transports": {
        "first": {"type": "http", "url": URL}, "second": {"type": "http", "url": URL, "compression": "gzip"}}}), space)


def through_transform(space):
    return emit(client_of({"type": "transform",
                           "transformer_class": "openlineage.client.transport.transform.JobNamespaceReplaceTransformer",
                           "transformer_properties": {"new_job_namespace": space},
                           "transport": {"type": "http", "url": URL}}), space)


def through_datadog(space):
    return emit(client_of({"type": "datadog", "apiKey": "unused", "site": URL}), space)


def through_file(space):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "events"
        emit(client_of({"type": "file", "log_file_path": str(path), "append": True}), space)
        return all(post_raw(line) for line in path.read_text().splitlines())


def through_console(space):
    out = io.StringIO()
    log = logging.getLogger("openlineage.client.transport.console")
    handler = logging.StreamHandler(out)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    with contextlib.redirect_stdout(out):
        emit(client_of({"type": "console"}), space)
    log.removeHandler(handler)
    lines = [line[line.index("{"):] for line in out.getvalue().splitlines() if "{" in line]
    return len(lines) == len(list(Story(space).events())) and all(post_raw(line) for line in lines)


def through_environment(space):
    """As most producers are configured: by OPENLINEAGE_URL alone."""
    os.environ["OPENLINEAGE_URL"] = URL
    try:
        return emit(OpenLineageClient(), space)
    finally:
        del os.environ["OPENLINEAGE_URL"]


# -- what has to be there -----------------------------------------------------------------

DRAWING = {
    ("raw.customers", "clean"), ("clean", "clean"), ("clean", "features"), ("features", "features"),
    ("clean", "audit"), ("features", "train"), ("train", "loans ☂ model"),
}


def check_sql(space, how):
    events = len(list(Story(space).events()))
    is_(sql("SELECT count(*), count(DISTINCT hash) FROM openlineage.event AS e JOIN openlineage.namespace AS n ON n.id = e.namespace_id WHERE n.name = %s", space),
        [(events, events)], f"{how}: every event is stored once")
    canonical = {tuple("features" if name == "feature_store" else name for name in edge) for edge in edges(space)}
    is_(canonical, DRAWING, f"{how}: the graph is the one drawn")
    is_(values("SELECT name FROM openlineage.impact(%s) ORDER BY distance, name", f"dataset:{space}:raw.customers")[:2],
        ["clean", "clean"], f"{how}: what depends on the customers begins with cleaning")
    reached = set(values("SELECT name FROM openlineage.impact(%s)", f"dataset:{space}:raw.customers"))
    ok({"loans ☂ model", "train", "audit"} <= reached, f"{how}: and ends with the model", reached)
    is_(sql("""SELECT j.name, r.state::text, r.is_placeholder FROM openlineage.run AS r JOIN openlineage.node AS j ON j.id = r.job_id
                 JOIN openlineage.namespace AS n ON n.id = r.namespace_id WHERE n.name = %s ORDER BY 1""", space),
        [("audit", "FAILED", False), ("clean", "COMPLETED", False), ("features", "COMPLETED", False), ("nightly", None, True)],
        f"{how}: runs are in the state of their events")
    is_(sql("""SELECT q.name, q.column_name, q.success FROM openlineage.quality_result AS q JOIN openlineage.node AS d ON d.id = q.dataset_id
                 JOIN openlineage.namespace AS n ON n.id = d.namespace_id WHERE n.name = %s AND d.name = 'raw.customers' ORDER BY 1""", space),
        [("not_null", "id", True), ("positive", "income", False)], f"{how}: assertions are results")
    is_(sql("""SELECT m.name, m.value FROM openlineage.metric AS m JOIN openlineage.node AS d ON d.id = m.dataset_id
                 JOIN openlineage.namespace AS n ON n.id = d.namespace_id WHERE n.name = %s AND d.name = 'raw.customers' ORDER BY 1""", space),
        [("rowCount", 3.0), ("size", 90.0)], f"{how}: statistics are metrics")
    is_(sql("SELECT name, field FROM openlineage.column_lineage(%s) WHERE field = 'income'", f"dataset:{space}:features"),
        [("clean", "income")], f"{how}: the column comes from another")
    is_(values("""SELECT DISTINCT i.code FROM openlineage.event_issue AS i JOIN openlineage.namespace AS n ON n.id = i.namespace_id WHERE n.name = %s""", space),
        [], f"{how}: nothing about the events is odd")


def check_api(space, how):
    ns = quoted(space)
    jobs = {job["name"]: job for job in get(f"namespaces/{ns}/jobs")["jobs"]}
    ok({"clean", "features", "audit", "train"} <= set(jobs), f"{how}: the API lists the jobs", sorted(jobs))
    is_(jobs["features"]["inputs"], [{"namespace": space, "name": "clean"}], f"{how}: a job has its inputs")
    run = get(f"jobs/runs/{Story(space).run_id('clean')}")
    is_((run["state"], run["startedAt"], run["endedAt"], run["durationMs"]),
        ("COMPLETED", "2026-01-05T08:00:00Z", "2026-01-05T08:01:00Z", 60000), f"{how}: the API tells of a run")
    is_(run["nominalStartTime"], "2026-01-05T08:00:00Z", f"{how}: with its nominal time")
    dataset = get(f"namespaces/{ns}/datasets/raw.customers")
    is_([(field["name"], field["type"], field["description"]) for field in dataset["fields"]],
        [("id", "int", None), ("income", "numeric", "per month")], f"{how}: a dataset has its columns")
    is_(get(f"namespaces/{ns}/datasets/feature_store")["description"], "What the model learns from.", f"{how}: an alias leads to its dataset")
    model = get(f"namespaces/{ns}/datasets/{quoted('loans ☂ model')}")
    is_(model["name"], "loans ☂ model", f"{how}: any name can be asked for")
    graph = get("lineage", nodeId=f"dataset:{space}:raw.customers")["graph"]
    ok({"dataset:%s:raw.customers" % space, "job:%s:train" % space} <= {node["id"] for node in graph}, f"{how}: the API draws the graph", [node["id"] for node in graph])
    columns = get("column-lineage", nodeId=f"datasetField:{space}:features:ratio")["graph"]
    ok(any(node["id"] == f"datasetField:{space}:clean:income" for node in columns) or
       any(source["field"] == "income" for node in columns for source in (node["data"] or {}).get("inputFields", [])),
       f"{how}: the API draws columns", json.dumps(columns)[:500])
    found = {result["name"] for result in get("search", q="loans ☂", limit=100)["results"]}
    is_(found, {"loans ☂ model"}, f"{how}: search finds the model")


def main():
    transports = [function for name, function in sorted(globals().items()) if name.startswith("through_")]
    for through in transports:
        how = through.__name__.removeprefix("through_")
        space = f"story://{how}:1"
        try:
            ok(through(space) is not False, f"{how}: the client delivers everything")
            check_sql(space, how)
            check_api(space, how)
        except Exception as error:  # one transport must not hide the others
            ok(False, f"{how}: the story is told to its end", type(error), error)
    newest = get("events/lineage", limit=5, namespace=space)
    is_(len(newest["events"]), 5, "the API lists the newest events")
    ok(all(event["producer"] == PRODUCER for event in newest["events"]), "as they were sent")
    done()


main()
