"""What Marquez' own integration tests ask of a server, told again: the same calls, and the answers that they assert.

Where docs/marquez-differences.md lists another answer on purpose, that one is asserted here, and it says so.
Every scene has namespaces of its own, so scenes may be told in any order and again."""
import datetime
import hashlib
import json
import uuid

import story
from story import facet
from tap import done, is_, ok

DAY = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0) - datetime.timedelta(hours=3)
TABLE = {"type": "DB_TABLE", "physicalName": "public.orders", "sourceName": "pg", "description": "orders of a day",
         "fields": [{"name": "id", "type": "INT", "tags": ["SENSITIVE"], "description": "the key"}, {"name": "at", "type": "TIMESTAMP", "tags": [], "description": None}],
         "tags": ["PII"]}
JOB = {"type": "BATCH", "inputs": [], "outputs": [], "location": "https://example.org/jobs/124f6089", "description": "loads"}
told = story.told


def at(minute):
    return (DAY + datetime.timedelta(minutes=minute)).isoformat()


def scene():
    """A namespace of its own, with the source that the tables below are of."""
    space = "scene/" + uuid.uuid4().hex[:10]
    told("PUT", path(space), {"ownerName": "me", "description": "of a test"})
    told("PUT", "/sources/pg", {"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://db.example:5432/x"})
    return space


def quoted(name):
    return story.requests.utils.quote(name, safe="")


def path(space, kind=None, name=None, *rest):
    return "/".join(["/namespaces", quoted(space), *([kind] if kind else []), *([quoted(name)] if name else []), *rest])


def table(space, name):
    return path(space, "datasets", name)


def job(space, name, *rest):
    return path(space, "jobs", name, *rest)


def status(method, where, body=None, **query):
    return story.call(method, where, body, **query).status_code


def event(space, name, kind="COMPLETE", minute=0, run=None, inputs=(), outputs=(), run_facets=None, job_facets=None):
    return {"eventType": kind, "eventTime": at(minute), "producer": "https://example.org/p", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": run or str(uuid.uuid4()), "facets": run_facets or {}}, "job": {"namespace": space, "name": name, "facets": job_facets or {}},
            "inputs": list(inputs), "outputs": list(outputs)}


def tell(*events):
    for one in events:
        told("POST", "/lineage", one, expected=201)


def subset(got, **expected):
    return {key: got.get(key, "missing") for key in expected}, expected


def has(got, what, **expected):
    is_(*subset(got, **expected), what)


def names(listed):
    return sorted(one["name"] for one in listed)


# -- namespaces, sources, tags ------------------------------------------------------------
for name in ("DEFAULT", "database://localhost:1234", "s3://bucket", "bigquery:"):
    has(told("PUT", path(name), {"ownerName": "me", "description": "x"}), f"namespace {name}", name=name, ownerName="me", description="x", isHidden=False)
    is_([n["name"] for n in told("GET", "/namespaces", limit=1000)["namespaces"]].count(name), 1, "is listed once")
    has(told("PUT", "/sources/" + quoted(name), {"type": "MYSQL", "connectionUrl": "jdbc:mysql://x", "description": "y"}), f"source {name}", name=name, type="MYSQL",
        connectionUrl="jdbc:mysql://x", description="y")
    is_([s["name"] for s in told("GET", "/sources", limit=1000)["sources"]].count(name), 1, "is listed once")
space = scene()
has(told("PUT", path(space), {"ownerName": "daniel", "description": "x"}), "an owner", ownerName="daniel")
has(told("PUT", path(space), {"ownerName": "willy"}), "another owner, the description stays", ownerName="willy", description="x")
has(told("PUT", path(space), {"ownerName": "daniel"}), "and back", ownerName="daniel")
tag = "T" + uuid.uuid4().hex[:8]
is_(told("PUT", f"/tags/{tag}", {"description": "a"}), {"name": tag, "description": "a"}, "a tag")
is_(told("PUT", f"/tags/{tag}", {"description": "b"}), {"name": tag, "description": "b"}, "described anew")
is_(told("PUT", f"/tags/{tag}", {}), {"name": tag, "description": "b"}, "without a description it keeps the old one")
is_(told("PUT", f"/tags/{tag}x"), {"name": tag + "x", "description": None}, "a tag without body")
ok({"name": tag, "description": "b"} in told("GET", "/tags", limit=1000)["tags"], "it is listed")

# -- datasets --------------------------------------------------------------------------------
made = told("PUT", table(space, "orders"), TABLE)
has(made, "a table", id={"namespace": space, "name": "orders"}, type="DB_TABLE", physicalName="public.orders", sourceName="pg", fields=TABLE["fields"], tags=["PII"],
    lastModifiedAt=None, description="orders of a day", lastLifecycleState=None, columnLineage=None, facets={}, deleted=False)
is_(names(told("GET", path(space, "datasets"))["datasets"]), ["orders"], "is listed once")
is_(told("GET", table(space, "orders") + "/versions")["totalCount"], 1, "it has a version")
more = {**TABLE, "fields": TABLE["fields"] + [{"name": "city", "type": "VARCHAR", "tags": ["PII"], "description": None}]}
is_(told("PUT", table(space, "orders"), more)["fields"], more["fields"], "a column more")
is_(told("GET", table(space, "orders") + "/versions")["totalCount"], 2, "is a version more")
has(told("PUT", table(space, "orders"), {k: v for k, v in more.items() if k != "description"}), "without a description it keeps the old one", description="orders of a day")
other = {**TABLE, "fields": [{"name": "new", "type": "INT", "tags": ["PII"], "description": None}, TABLE["fields"][0]], "tags": ["SENSITIVE"]}
has(told("PUT", table(space, "tagged"), TABLE), "tags", tags=["PII"], fields=TABLE["fields"])
for answer in (told("PUT", table(space, "tagged"), other), told("GET", table(space, "tagged"))):
    is_((sorted(answer["tags"]), answer["fields"]), (["PII", "SENSITIVE"], other["fields"]), "a later PUT adds tags of the table and states those of its columns")
untyped = {**TABLE, "fields": [{"name": "a", "type": "some words", "tags": [], "description": None}, {"name": "b", "type": None, "tags": [], "description": None}]}
is_(told("PUT", table(space, "untyped"), untyped)["fields"], untyped["fields"], "columns of odd types and of none")
is_(told("PUT", table(space, "custom"), {**TABLE, "tags": ["ANY_DATASET"], "fields": [{"name": "a", "type": "INTEGER", "tags": ["ANY"]}]})["tags"], ["ANY_DATASET"], "tags that nobody described")
has(told("GET", table(space, "custom")), "those of columns, too", tags=["ANY_DATASET"], fields=[{"name": "a", "type": "INTEGER", "tags": ["ANY"], "description": None}])
changed = [{"name": "a", "type": "INTEGER", "tags": [], "description": None}, {"name": "b-fix", "type": "STRING", "tags": [], "description": None}]
told("PUT", table(space, "renamed column"), {**TABLE, "fields": [{"name": "a", "type": "INTEGER"}, {"name": "b", "type": "TIMESTAMP"}]})
is_(told("PUT", table(space, "renamed column"), {**TABLE, "fields": changed})["fields"], changed, "a column with another name")
stream = {"type": "STREAM", "physicalName": "clicks", "sourceName": "pg", "schemaLocation": "http://registry.example/1.avsc", "description": "clicks"}
has(told("PUT", table(space, "clicks"), stream), "a stream", type="STREAM", fields=[], tags=[], schemaLocation="http://registry.example/1.avsc", description="clicks")
version = told("GET", table(space, "clicks") + "/versions")["versions"][0]
has(told("GET", table(space, "clicks") + "/versions/" + version["version"]), "its version", type="STREAM", schemaLocation="http://registry.example/1.avsc", createdByRun=None, fields=[],
    physicalName="clicks", sourceName="pg", tags=[], description="clicks", id={"namespace": space, "name": "clicks"})
has(told("PUT", table(space, "clicks"), {**stream, "schemaLocation": "http://registry.example/2.avsc"}), "another schema", schemaLocation="http://registry.example/2.avsc")
is_(told("GET", table(space, "clicks") + "/versions")["totalCount"], 2, "is another version")
is_(status("PUT", table(space, "x"), {**TABLE, "sourceName": "no such " + space}), 404, "a table of an unknown source")
is_(status("PUT", table(space, "x"), {**TABLE, "runId": str(uuid.uuid4())}), 404, "a table of an unknown run")
is_(status("GET", table(space, "x")), 404, "is not made")
answer = story.call("GET", table(space, "x"))
is_((answer.status_code, answer.json()["message"]), (404, "Dataset 'x' not found."), "an unknown table")
answer = story.call("GET", table("no " + space, "x") + f"/versions/{uuid.uuid4()}")
is_((answer.status_code, answer.json()["message"]), (404, f"Namespace 'no {space}' not found."), "a version in an unknown namespace")
found = told("GET", "/search", q="tagge", namespace=space)
is_((found["totalCount"], found["results"][0]["type"], found["results"][0]["name"]), (1, "DATASET", "tagged"), "search by a part of the name")

# -- tags ------------------------------------------------------------------------------------
is_(told("POST", table(space, "orders") + "/tags/TEST")["tags"], ["PII", "TEST"], "a tag on a table")
is_(told("POST", table(space, "orders") + "/tags/TEST")["tags"], ["PII", "TEST"], "once more")
is_(told("DELETE", table(space, "orders") + "/tags/TEST")["tags"], ["PII"], "and off")
field = table(space, "orders") + "/fields/id/tags/TEST"
is_(told("POST", field)["fields"][0]["tags"], ["SENSITIVE", "TEST"], "a tag on a column")
is_(told("POST", field)["fields"][0]["tags"], ["SENSITIVE", "TEST"], "once more")
is_(told("DELETE", field)["fields"][0]["tags"], ["SENSITIVE"], "and off")
answer = story.call("POST", table(space, "orders") + "/fields/none/tags/TEST")
is_((answer.status_code, answer.json()["message"]), (404, "Field 'none' not found for dataset 'orders'."), "a tag on no column")
told("PUT", job(space, "tagged"), JOB)
is_(told("POST", job(space, "tagged", "tags", "TEST"))["tags"], ["TEST"], "a tag on a job")
is_(told("DELETE", job(space, "tagged", "tags", "TEST"))["tags"], [], "and off")

# -- jobs and runs -----------------------------------------------------------------------------
space = scene()
for name in ("in-1", "in-2", "out-1"):
    told("PUT", table(space, name), TABLE)
ends = {"inputs": [{"namespace": space, "name": n} for n in ("in-1", "in-2")], "outputs": [{"namespace": space, "name": "out-1"}]}
has(told("PUT", job(space, "load"), {**JOB, **ends}), "a job; its outputs are there at once, not first after a run", id={"namespace": space, "name": "load"}, type="BATCH",
    location=JOB["location"], description="loads", latestRun=None, latestRuns=None, **ends)
answer = story.call("POST", job(space, "load", "runs"), {})
run = answer.json()
is_(answer.status_code, 201, "a run")
has(run, "that is new", state="NEW", startedAt=None, endedAt=None, durationMs=None, nominalStartTime=None, nominalEndTime=None, args={})
ok(answer.headers["location"].endswith("/api/v1/jobs/runs/" + run["id"]), "and has a place", answer.headers["location"])
has(told("POST", f"/jobs/runs/{run['id']}/start", at="2026-01-05T08:00:00.123456Z"), "it starts", state="RUNNING", startedAt="2026-01-05T08:00:00.123456Z", endedAt=None, durationMs=None)
has(told("PUT", job(space, "load"), {**JOB, **ends, "location": "https://example.org/jobs/new", "runId": run["id"]}), "a job that names its run", location="https://example.org/jobs/new", **ends)
is_(told("GET", job(space, "load"))["latestRun"]["id"], run["id"], "it is the latest run")
has(told("POST", f"/jobs/runs/{run['id']}/complete", at="2026-01-05T08:00:01.123456Z"), "it completes", state="COMPLETED", startedAt="2026-01-05T08:00:00.123456Z",
    endedAt="2026-01-05T08:00:01.123456Z", durationMs=1000, args={})
is_(told("GET", job(space, "load"))["outputs"], ends["outputs"], "the outputs of the job")
for word, state in (("fail", "FAILED"), ("abort", "ABORTED")):
    one = str(uuid.uuid4())
    told("POST", job(space, "load", "runs"), {"id": one}, expected=201)
    has(told("POST", f"/jobs/runs/{one}/{word}"), word, id=one, state=state)
is_(status("POST", job(space, "load", "runs"), {"id": one}), 400, "the same run again")
is_(status("POST", job(space, "none", "runs"), {}), 404, "a run of no job")
told("PUT", job(space, "other"), JOB)
ok(400 <= status("PUT", job(space, "other"), {**JOB, "runId": one}) < 500, "a job with a run of another job")
ok(400 <= status("PUT", job(space, "other"), {**JOB, "runId": str(uuid.uuid4())}) < 500, "a job with an unknown run")
is_(status("PUT", job(space, "x"), {**JOB, "inputs": [{"namespace": space, "name": "none"}]}), 404, "a job with unknown inputs")
is_(status("GET", job(space, "x")), 404, "is not made")
told("PUT", job(space, "order"), JOB)
first, second, third = (told("POST", job(space, "order", "runs"), {}, expected=201)["id"] for _ in range(3))
told("POST", f"/jobs/runs/{second}/start")
told("POST", f"/jobs/runs/{second}/complete")
told("POST", f"/jobs/runs/{third}/start")
is_([r["id"] for r in told("GET", job(space, "order", "runs"))["runs"]], [third, second, first], "runs by their start, those without it last")

# Versions of a job: one for what it was, with its latest run, and one for what it is.
told("PUT", job(space, "versions"), JOB)
first = told("POST", job(space, "versions", "runs"), {}, expected=201)["id"]
told("POST", f"/jobs/runs/{first}/complete")
versions = told("GET", job(space, "versions", "versions"), limit=5)["versions"]
is_([v["latestRun"]["id"] for v in versions], [first], "a version of the job has its run")
has(told("GET", job(space, "versions", "versions", versions[0]["version"])), "also alone", version=versions[0]["version"], inputs=[], outputs=[], namespace=space, name="versions")
second = told("POST", job(space, "versions", "runs"), {}, expected=201)["id"]
told("PUT", job(space, "versions"), {**JOB, "location": "https://example.org/jobs/other", "runId": second})
told("POST", f"/jobs/runs/{second}/complete")
is_([v["latestRun"]["id"] for v in told("GET", job(space, "versions", "versions"), limit=5)["versions"]], [second, first], "another location is another version, the latest first")
for where, message in ((job("no " + space, "x"), f"Namespace 'no {space}' not found."), (job(space, "x"), "Job 'x' not found."), (job(space, "x", "versions"), "Job 'x' not found."),
                       (job(space, "x", "runs"), "Job 'x' not found."), (job("no " + space, "x", "runs"), f"Namespace 'no {space}' not found."),
                       (job("no " + space, "x", "versions"), f"Namespace 'no {space}' not found.")):
    answer = story.call("GET", where)
    is_((answer.status_code, answer.json()["message"]), (404, message), "unknown: " + message)
unknown = str(uuid.uuid4())
is_(story.call("GET", job(space, "versions", "versions", unknown)).json()["message"], f"Job version '{unknown}' not found.", "an unknown version")
is_(told("GET", path("no " + space, "jobs"))["jobs"], [], "jobs of an unknown namespace")

# A table that a job reads and writes: what the run read is not what it wrote.
for way in ("table", "job and table", "job at the end"):
    space = scene()
    told("PUT", table(space, "same"), TABLE)
    both = {"inputs": [{"namespace": space, "name": "same"}], "outputs": [{"namespace": space, "name": "same"}]}
    told("PUT", job(space, "turn"), {**JOB, **both})
    run = told("POST", job(space, "turn", "runs"), {}, expected=201)["id"]
    if way != "table":
        told("POST", f"/jobs/runs/{run}/start")
    if way == "job and table":
        told("PUT", job(space, "turn"), {**JOB, **both, "runId": run})
    if way != "job at the end":
        told("PUT", table(space, "same"), {**TABLE, "runId": run})
    told("POST", f"/jobs/runs/{run}/complete")
    if way == "job at the end":
        told("PUT", job(space, "turn"), {**JOB, **both, "runId": run})
    found = told("GET", f"/jobs/runs/{run}")
    read, wrote = ([v["datasetVersionId"] for v in found[k]] for k in ("inputDatasetVersions", "outputDatasetVersions"))
    is_([{k: v[k] for k in ("namespace", "name")} for v in read + wrote], [{"namespace": space, "name": "same"}] * 2, f"{way}: read and written once")
    ok({v["version"] for v in read}.isdisjoint(v["version"] for v in wrote), f"{way}: in two versions", read, wrote)
    newest = told("GET", table(space, "same") + "/versions")["versions"][0]
    has(newest["createdByRun"] or {}, f"{way}: the newest version was made by the run", id=run)

# -- events ----------------------------------------------------------------------------------------
def versions_of(space, name):
    return told("GET", table(space, name) + "/versions")["versions"]


space = scene()
custom = facet(more={})
said = {"documentation": facet(description="a thing"), "schema": facet(fields=[{"name": "column1", "type": "VARCHAR", "description": "text"}]),
        "dataSource": facet(name="s3://blob", uri="s3://blob"), "additionalProp1": custom, "additionalProp2": custom}
run_facets = {"nominalTime": facet(nominalStartTime="2020-12-17T03:00:00.001Z", nominalEndTime="2020-12-17T04:00:00.001Z"), "additionalProp1": custom,
              "parent": facet(run={"runId": str(uuid.uuid4())}, job={"namespace": space, "name": "myjob.mytask"})}
job_facets = {"documentation": facet(description="text"), "sourceCodeLocation": facet(type="git", url="text"), "sql": facet(query="SELECT * FROM foo"), "additionalProp3": custom}
whole = event(space, "myjob.mytask", "START", inputs=[{"namespace": space, "name": "instance.schema.table", "facets": said}],
              outputs=[{"namespace": space, "name": "instance.schema.table", "facets": said}], run_facets=run_facets, job_facets=job_facets)
split = event(space, "myjob.split", inputs=[{"namespace": "s3://blob-" + space, "name": "in", "facets": said}], outputs=[{"namespace": "s3://sink-" + space, "name": "out", "facets": said}],
              job_facets=job_facets, run_facets=run_facets)
simple = event(space, "myjob.simple", inputs=[{"namespace": space, "name": "in-1"}, {"namespace": space, "name": "in-2"}], outputs=[{"namespace": space, "name": "out-1"}])
spider = event(space, "myjob.buggy_task\U0001f577", inputs=[{"namespace": space, "name": "in-1"}], outputs=[{"namespace": space, "name": "out-1"}])
open_end = event(space, "myjob.open", "START", run_facets={"nominalTime": facet(nominalStartTime="2020-12-17T03:00:00.001Z")}, inputs=[{"namespace": space, "name": "in-3"}])
for one in (whole, split, simple, spider, open_end):
    tell(one)
    for dataset in one["inputs"] + one["outputs"]:
        where = table(dataset["namespace"], dataset["name"])
        is_(told("GET", where)["facets"], dataset.get("facets", {}), f"{one['job']['name']}: facets of {dataset['name']}")
        latest = told("GET", where + "/versions")["versions"]
        is_(latest[0]["facets"] if latest else "no version", dataset.get("facets", {}), "and of its latest version")
    is_(told("GET", job(space, one["job"]["name"]))["facets"], one["job"]["facets"], "facets of the job")
    is_(told("GET", f"/jobs/runs/{one['run']['runId']}")["facets"], one["run"]["facets"], "facets of the run")
bare = {"eventTime": at(0), "run": {"runId": "unique " + space}, "job": {"namespace": space, "name": "bare"}, "producer": "https://example.org/p"}
tell(bare)
by_name = str(uuid.UUID(bytes=hashlib.md5(("unique " + space).encode(), usedforsecurity=False).digest(), version=3))
has(told("GET", job(space, "bare"))["latestRun"], "a run id that is none becomes one by its name", id=by_name, state="NEW", facets={})
is_(told("GET", f"/jobs/runs/{by_name}")["id"], by_name, "and is found by it")

# A table that was put, then written, then read.
told("PUT", table(space, "orders"), TABLE)
schema = {"schema": facet(fields=[{"name": "firstname", "type": "string", "description": "the first name"}]), "documentation": facet(description=TABLE["description"])}
written = event(space, "writer", minute=1, outputs=[{"namespace": space, "name": "orders", "facets": {**schema, "outputKey": custom}}])
written["eventTime"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
tell(written)
reading = event(space, "reader", minute=2, inputs=[{"namespace": space, "name": "orders", "facets": {**schema, "inputKey": custom}}])
reading["eventTime"] = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)).isoformat()
tell(reading)
versions = versions_of(space, "orders")
is_([v["description"] for v in versions], [TABLE["description"]] * len(versions), "every version has a description")
ok(len(versions) >= 2, "it has its versions", versions)
is_((versions[0]["facets"], versions[0]["createdByRun"]["id"]), ({**schema, "outputKey": custom, "inputKey": custom}, written["run"]["runId"]), "the newest: facets of writer and reader, made by the writer")
oldest = told("GET", table(space, "orders") + "/versions/" + versions[-1]["version"])
has(oldest, "the oldest: as it was put", physicalName=TABLE["physicalName"], sourceName="pg", fields=TABLE["fields"], tags=["PII"], createdByRun=None, facets={})
is_(told("GET", table(space, "orders") + "/versions/" + versions[0]["version"])["facets"], versions[0]["facets"], "one version alone is as in the list")
linked = event(space, "linked", inputs=[{"namespace": space, "name": "orders", "facets": {"symlinks": facet(identifiers=[{"namespace": "hive " + space, "name": "alias", "type": "TABLE"}])}}])
tell(linked)
is_({v["name"] for v in versions_of(space, "orders")}, {"orders"}, "versions have the name of the table, not of an alias")

# Facets that are no objects, as Marquez' tests send them: kept where no standard gives them a meaning.
space = scene()
plain = {"description": "the dataset", "amount": 7, "some": [0], "list": [1, {"a": None}], "documentation": facet(description="a thing")}
tell(event(space, "plain", outputs=[{"namespace": space, "name": "t", "facets": {**plain, "schema": "none"}, "outputFacets": {"rows": "many"}}], run_facets={"x": "y"}, job_facets={"z": False}))
tell(event(space, "reader", minute=1, inputs=[{"namespace": space, "name": "t", "facets": {"inputFacetKey": "inputFacetValue"}}]))
is_(told("GET", table(space, "t"))["facets"], {**plain, "rows": "many", "inputFacetKey": "inputFacetValue"}, "texts, numbers and lists as facets")
is_(versions_of(space, "t")[0]["facets"], {**plain, "rows": "many", "inputFacetKey": "inputFacetValue"}, "of its version, too")
found = told("GET", job(space, "plain"))
is_((found["facets"], found["latestRun"]["facets"], found["latestRun"]["outputDatasetVersions"][0]["facets"]), ({"z": False}, {"x": "y"}, {"rows": "many"}), "of job, run and output")
for kind in ("run", "job", "dataset"):
    told("GET", f"/jobs/runs/{found['latestRun']['id']}/facets", type=kind)
told("GET", "/search", q="t", namespace=space)
is_(story.session.get(f"{story.URL}/api/v2beta/search/datasets?q=inputFacetValue", timeout=60).status_code, 200, "search goes on")

# The state of a life is that of the current version: writing without one ends it, reading does not.
space = scene()
for minute, state, shown, deleted in ((0, "CREATE", "CREATE", False), (1, "DROP", "DROP", True), (2, None, "", False), (3, "TRUNCATE", "TRUNCATE", False)):
    facets = {"schema": said["schema"], **({"lifecycleStateChange": facet(lifecycleStateChange=state)} if state else {})}
    tell(event(space, "writer", minute=minute, outputs=[{"namespace": space, "name": "table", "facets": facets}]))
    has(told("GET", table(space, "table")), f"lifecycle: {state}", lastLifecycleState=shown, deleted=deleted)
    is_(versions_of(space, "table")[0]["lifecycleState"], shown, "as its version")
tell(event(space, "reader", minute=4, inputs=[{"namespace": space, "name": "table", "facets": {}}]))
has(told("GET", table(space, "table")), "lifecycle: read", lastLifecycleState="TRUNCATE")
is_([n["data"]["lastLifecycleState"] for n in told("GET", "/lineage", nodeId=f"dataset:{space}:table")["graph"] if n["type"] == "DATASET"], ["TRUNCATE"], "in the graph, too")
tell(event(space, "writer", minute=5, outputs=[{"namespace": space, "name": "table", "facets": {"schema": said["schema"]}}]))
is_([n["data"]["lastLifecycleState"] for n in told("GET", "/lineage", nodeId=f"dataset:{space}:table")["graph"] if n["type"] == "DATASET"], [""], "written again")

# DELETE hides; an event shows again, also one that was told before.
space = scene()
one = event(space, "job", inputs=[{"namespace": space, "name": "table", "facets": schema}])
tell(one)
told("DELETE", table(space, "table"))
is_(told("GET", path(space, "datasets"))["datasets"], [], "a deleted table is not listed")
tell(one)
is_(names(told("GET", path(space, "datasets"))["datasets"]), ["table"], "the same event again: it is")
told("DELETE", job(space, "job"))
is_(status("GET", job(space, "job")), 404, "a deleted job")
tell(one)
is_(status("GET", job(space, "job")), 200, "the same event again: it is there")
tell(event(space, "second", minute=1, inputs=[{"namespace": space, "name": "table2", "facets": schema}]))
told("DELETE", path(space))
is_([n["isHidden"] for n in told("GET", "/namespaces", limit=1000)["namespaces"] if n["name"] == space], [True], "a deleted namespace says so")
is_((told("GET", path(space, "datasets"))["datasets"], told("GET", path(space, "jobs"))["jobs"]), ([], []), "and shows nothing")
tell(event(space, "job", minute=2, inputs=[{"namespace": space, "name": "new_table", "facets": schema}]))
is_([n["isHidden"] for n in told("GET", "/namespaces", limit=1000)["namespaces"] if n["name"] == space], [False], "an event brings it back")
is_((names(told("GET", path(space, "datasets"))["datasets"]), names(told("GET", path(space, "jobs"))["jobs"])), (["new_table"], ["job"]), "with what the event names, and no more")

# Column lineage.
space = scene()
a = {"namespace": space, "name": "a", "facets": {"schema": facet(fields=[{"name": "col_a", "type": ""}, {"name": "col_b", "type": ""}])}}
b = {"namespace": space, "name": "b", "facets": {"schema": facet(fields=[{"name": "col_c", "type": ""}]), "columnLineage": facet(fields={"col_c": {
    "inputFields": [{"namespace": space, "name": "a", "field": f} for f in ("col_a", "col_b")], "transformationDescription": "joins", "transformationType": "MASKED"}})}}
c = {"namespace": space, "name": "c", "facets": {"schema": facet(fields=[{"name": "col_d", "type": ""}]), "columnLineage": facet(fields={"col_d": {
    "inputFields": [{"namespace": space, "name": "b", "field": "col_c"}], "transformationDescription": "copies", "transformationType": "IDENTITY"}})}}
tell(event(space, "job1", inputs=[a], outputs=[b]), event(space, "job2", minute=1, inputs=[b], outputs=[c]))
for node, query, columns in ((f"dataset:{space}:b", {}, "abc"), (f"datasetField:{space}:b:col_c", {}, "abc"), (f"datasetField:{space}:c:col_d", {"depth": 1, "withDownstream": "false"}, "cd"),
                             (f"job:{space}:job1", {"depth": 10, "withDownstream": "true"}, "abcd"), (f"job:{space}:job1", {"depth": 1, "withDownstream": "false"}, "abc")):
    graph = told("GET", "/column-lineage", nodeId=node, **query)["graph"]
    is_(sorted(n["data"]["field"] for n in graph), ["col_" + x for x in columns], f"column lineage of {node} {query}")
lineage = [{"name": "col_c", "inputFields": [{"namespace": space, "dataset": "a", "field": f, "transformationDescription": "joins", "transformationType": "MASKED"} for f in ("col_a", "col_b")],
            "transformationDescription": "joins", "transformationType": "MASKED"}]
for found in (told("GET", table(space, "b")), next(d for d in told("GET", path(space, "datasets"))["datasets"] if d["name"] == "b")):
    plain = json.loads(json.dumps(found["columnLineage"]))
    for column in plain:
        for source in column["inputFields"]:
            source.pop("transformations", None)
    is_(plain, lineage, "a table says what its columns are made of")
is_(status("GET", "/lineage", nodeId="dataset:Imadethisup:andthistoo"), 404, "lineage of nothing")

# -- what is refused -------------------------------------------------------------------------------
def without(one, *where):
    """The event with null at a place."""
    one = json.loads(json.dumps(one))
    inner = one
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = None
    return one


good = event(space, "refused", inputs=[{"namespace": space, "name": "in", "facets": {}}])
for where in (("job", "name"), ("job", "namespace"), ("run", "runId"), ("run",), ("job",), ("eventTime",)):
    answer = story.call("POST", "/lineage", without(good, *where))
    is_((answer.status_code, list(answer.json()) if answer.content else []), (422, ["errors"]), "null is not enough: " + "/".join(map(str, where)))
is_(status("GET", job(space, "refused")), 404, "nothing of it is there")
unsaid = {key: value for key, value in good.items() if key not in ("run", "schemaURL")}
is_(story.call("POST", "/lineage", unsaid).json(), {"errors": ["run must not be null"]}, "an event with a type and no run is no JobEvent")
# Marquez refuses the next three with 422; here what has no name is left out, and the rest is told.
for where in (("inputs", 0, "name"), ("inputs", 0, "namespace")):
    tell(without(good, *where))
tell({**good, "run": {"runId": str(uuid.uuid4()), "facets": {"parent": facet(run={}, job={"namespace": space, "name": "parent"})}}})
has(told("GET", job(space, "refused")), "names are missing", inputs=[{"namespace": space, "name": "in"}], parentJobName=None)
found = told("GET", "/issues", namespace=space)["issues"]
is_(sorted((i["code"], i["path"]) for i in found), [("dataset_not_named", "/inputs/0")] * 2 + [("run_not_named", "/run/facets/parent")], "and each is an issue")

# -- the hierarchy that schedulers tell of ---------------------------------------------------------------
def task(space, name, parent=None, parent_job=None, minute=0, kind="COMPLETE", run=None, key="parent", airflow=True):
    facets = {"nominalTime": facet(nominalStartTime=at(0), nominalEndTime=at(60))}
    if airflow:
        facets["airflow_version"] = facet(airflowVersion="2.1.0", openlineageAirflowVersion="0.10")
    if parent:
        facets[key] = facet(run={"runId": parent}, job={"namespace": space, "name": parent_job})
    return event(space, name, kind, minute, run, run_facets=facets, job_facets={"sql": facet(query="SELECT 1")})


def hierarchy(what, space, name, parent, simple=None, runs=1):
    has(told("GET", job(space, name)), f"{what}: {name}", id={"namespace": space, "name": name}, parentJobName=parent, **({"simpleName": simple} if simple else {}))
    has(told("GET", job(space, parent)), f"{what}: {parent}", id={"namespace": space, "name": parent})
    is_(len(told("GET", job(space, parent, "runs"))["runs"]), runs, f"{what}: runs of {parent}")


dag_run = str(uuid.uuid4())
space = scene()
tell(task(space, "the_dag.task1", dag_run, "the_dag"), task(space, "the_dag.task2", dag_run, "the_dag"))
hierarchy("a DAG", space, "the_dag.task1", "the_dag", "task1")
has(told("GET", job(space, "the_dag")), "it has no parent", parentJobName=None)
space, dag_run = scene(), str(uuid.uuid4())
tell(task(space, "the_dag.task1", dag_run, "the_dag", key="parentRun"), task(space, "the_dag.task2", dag_run, "the_dag", key="parentRun"))
hierarchy("the old name of the facet", space, "the_dag.task1", "the_dag", "task1")
space, dag_run = scene(), str(uuid.uuid4())
tell(task(space, "the.dag.task1", dag_run, "the.dag"), task(space, "the.dag.group.task2", dag_run, "the.dag"))
hierarchy("dots in names", space, "the.dag.task1", "the.dag", "task1")
hierarchy("a group of tasks", space, "the.dag.group.task2", "the.dag", "group.task2")
space, dag_run = scene(), str(uuid.uuid4())
start = task(space, "the_dag.task1", dag_run, "the_dag", kind="START")
end = task(space, "the_dag.task1", minute=1, run=start["run"]["runId"])
tell(start, end)
hierarchy("the parent is told at the start only", space, "the_dag.task1", "the_dag", "task1")
space, dag_run = scene(), str(uuid.uuid4())
start["run"]["runId"] = end["run"]["runId"] = str(uuid.uuid4())
start = task(space, "the_dag.task1", dag_run, "the_dag", kind="START")
tell(task(space, "the_dag.task1", minute=1, run=start["run"]["runId"]), start)
hierarchy("the parent comes late", space, "the_dag.task1", "the_dag", "task1")
is_([r["id"] for r in told("GET", job(space, "the_dag.task1", "runs"))["runs"]], [start["run"]["runId"]], "it is one run")
for order in (0, 1):
    space, dag_run = scene(), str(uuid.uuid4())
    pair = [task(space, "the_dag.task1", dag_run, "the_dag", minute=60 * order), task(space, "the_dag.task1", minute=60 * (1 - order))]
    tell(*sorted(pair, key=lambda e: e["eventTime"]))
    hierarchy(f"a run with a parent, one without, {order}", space, "the_dag.task1", "the_dag", "task1")
    is_(sorted(r["id"] for r in told("GET", job(space, "the_dag.task1", "runs"))["runs"]), sorted(e["run"]["runId"] for e in pair), "both are runs of the task")
space, dag_run = scene(), str(uuid.uuid4())
first = task(space, "the_dag.spark", dag_run, "the_dag")
tell(first, task(space, "the_dag.spark.count", first["run"]["runId"], "the_dag.spark", airflow=False))
hierarchy("Spark below Airflow", space, "the_dag.spark", "the_dag", "spark")
hierarchy("Spark below Airflow", space, "the_dag.spark.count", "the_dag.spark", "count")
space, dag_run = scene(), "scheduled__2022-04-25T00:20:00+00:00"
tell(task(space, "the_dag.task1", dag_run, "the_dag.task1"), task(space, "the_dag.task2", dag_run, "the_dag.task2"))
hierarchy("an old producer names the task as its own parent", space, "the_dag.task1", "the_dag", "task1")
is_(len(told("GET", job(space, "the_dag.task1", "runs"))["runs"]), 1, "the task has one run")
space, second, dag_run = scene(), scene(), str(uuid.uuid4())
tell(task(space, "dag.task1", dag_run, "dag"), task(second, "dag.task1", dag_run, "dag"))
has(told("GET", job(second, "dag.task1")), "one run id for two parents: both are found", parentJobName="dag")
is_(sum(len(told("GET", job(s, "dag", "runs"))["runs"]) for s in (space, second)), 1, "but a run is of one job (Marquez makes up another id for whichever came second)")
space = scene()
child = task(space, "child", str(uuid.uuid4()), "parent")
tell(child)
is_(names(told("GET", path(space, "jobs"))["jobs"]), ["child", "parent"], "a child has its own name (Marquez lists parent.child)")
told("DELETE", job(space, "parent.child"))
is_(names(told("GET", path(space, "jobs"))["jobs"]), ["parent"], "and is deleted by its whole name, too")

# -- the list of events ------------------------------------------------------------------------------------
space = scene()
run = str(uuid.uuid4())
DAY = datetime.datetime(1971, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=uuid.uuid4().int % 500_000_000)  # of this scene alone
first, second, third = (event(space, "listed", k, m, run, outputs=[{"namespace": space, "name": "t"}]) for k, m in (("START", 0), ("RUNNING", 1), ("COMPLETE", 2)))
tell(first, second, third)
span = {"after": at(0), "before": at(9)}
is_(told("GET", "/events/lineage", **span), {"totalCount": 3, "events": [third, second, first]}, "events as they were sent, the latest first")
is_(told("GET", "/events/lineage", sortDirection="asc", limit=10, **span)["events"], [first, second, third], "or the first")
is_(told("GET", "/events/lineage", sortDirection="asc", after=at(1), before=at(2))["events"], [second], "from a time on, before a time")
declared = {"eventTime": at(3), "producer": "https://example.org/p", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent",
            "job": {"namespace": space, "name": "declared"}, "inputs": [{"namespace": space, "name": "in", "facets": {"documentation": facet(description="input documentation")}}],
            "outputs": [{"namespace": space, "name": "out", "facets": {"documentation": facet(description="output documentation")}}]}
described = {"eventTime": at(4), "producer": "https://example.org/p", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
             "dataset": {"namespace": space, "name": "described", "facets": {"schema": said["schema"]}}}
tell(declared, described)
has(told("GET", job(space, "declared")), "a JobEvent", facets={}, inputs=[{"namespace": space, "name": "in"}], outputs=[{"namespace": space, "name": "out"}], latestRun=None)
for name in ("input", "output"):
    has(told("GET", table(space, name[:-3])), f"{name} documentation", description=f"{name} documentation")
version = told("GET", job(space, "declared", "versions"), limit=1)["versions"][0]["version"]
has(told("GET", job(space, "declared", "versions", version)), "it has a version", namespace=space, name="declared", inputs=[{"namespace": space, "name": "in"}])
is_(told("GET", table(space, "described"))["facets"], {"schema": said["schema"]}, "a DatasetEvent")
is_([v["facets"] for v in versions_of(space, "described")], [{"schema": said["schema"]}], "makes a version")
is_(told("GET", "/events/lineage", **span), {"totalCount": 5, "events": [third, second, first]}, "neither is in the list; totalCount counts all")
is_(told("GET", "/events/lineage", namespace=space)["events"], [described, declared, third, second, first], "of a namespace all are")
done()
