"""The requests of Marquez' web UI, as it writes them, and the members that it reads of the answers.

The UI ends some paths in a slash, sends empty parameters, and percent-encodes node ids twice."""
import time

import story
from tap import done, is_, ok

# Text, number, truth, object, list; a trailing ? stands for null as well.
KINDS = {"s": str, "n": (int, float), "b": bool, "o": dict, "l": list}
ID = {"namespace": "s", "name": "s"}
RUN = {"id": "s", "createdAt": "s", "updatedAt": "s", "nominalStartTime": "s?", "nominalEndTime": "s?", "state": "s", "startedAt": "s?", "endedAt": "s?",
       "durationMs": "n?", "args": "o", "facets": "o", "jobVersion": ({"namespace": "s", "name": "s", "version": "s"}, None)}
FIELD = {"name": "s", "type": "s?", "tags": "l", "description": "s?"}
INPUT = {"namespace": "s", "dataset": "s", "field": "s", "transformationDescription": "s?", "transformationType": "s?"}
DATASET = {"id": ID, "type": "s", "name": "s", "physicalName": "s", "createdAt": "s", "updatedAt": "s", "namespace": "s", "sourceName": "s", "fields": [FIELD],
           "tags": "l", "lastModifiedAt": "s?", "description": "s?"}
WHOLE_DATASET = {**DATASET, "facets": "o", "deleted": "b",
                 "columnLineage": ([{"name": "s", "inputFields": [INPUT], "transformationDescription": "s?", "transformationType": "s?"}], None)}
DATASET_VERSION = {"id": ID, "type": "s", "createdByRun": (RUN, None), "name": "s", "physicalName": "s", "createdAt": "s", "version": "s", "namespace": "s",
                   "sourceName": "s", "fields": [FIELD], "tags": "l", "description": "s?", "lifecycleState": "s?", "facets": "o"}
JOB = {"id": ID, "type": "s", "name": "s", "simpleName": "s", "parentJobName": "s?", "createdAt": "s", "updatedAt": "s", "inputs": [ID], "outputs": [ID], "namespace": "s",
       "location": "s?", "description": "s?", "latestRun": (RUN, None)}
WHOLE_JOB = {**JOB, "latestRuns": ([RUN], None), "facets": "o", "tags": "l", "labels": "l"}
EDGES = {"inEdges": [{"origin": "s", "destination": "s"}], "outEdges": [{"origin": "s", "destination": "s"}]}
COLUMN = {"id": "s", "type": "s", **EDGES, "data": {"namespace": "s", "dataset": "s", "datasetVersion": "s?", "field": "s", "fieldType": "s", "transformationDescription": "s?",
                                                   "transformationType": "s?", "inputFields": [{**INPUT, "datasetVersion": "s?"}]}}
COUNT = [{"startInterval": "s", "endInterval": "s", "count": "n"}]


def wrong(value, shape, where=""):
    """The first thing that is not of its shape; empty when all is well."""
    if isinstance(shape, tuple):
        return "" if value is None else wrong(value, shape[0], where)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{where} is no object"
        return next(filter(None, (f"{where}.{k} is missing" if k not in value else wrong(value[k], s, f"{where}.{k}") for k, s in shape.items())), "")
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is no list"
        return next(filter(None, (wrong(v, shape[0], f"{where}[{i}]") for i, v in enumerate(value))), "")
    if value is None:
        return "" if shape.endswith("?") else f"{where} is null"
    return "" if isinstance(value, KINDS[shape[0]]) and (shape[0] == "b" or not isinstance(value, bool)) else f"{where} is {value!r}"


def asks(what, path, shape, method="GET", body=None):
    """The path is sent as it is written here."""
    answer = story.call(method, path, body)
    found = answer.json() if answer.status_code in (200, 201) else None
    ok(found is not None and not wrong(found, shape), what, path, answer.status_code, wrong(found, shape) if found is not None else answer.text[:300])
    return found


story.tell()
is_(wrong({"name": "x", "description": 1}, {"name": "s", "description": "s?"}), ".description is 1", "a wrong type would be found")
spaces = asks("namespaces", "/namespaces", {"namespaces": [{"name": "s", "createdAt": "s", "updatedAt": "s", "ownerName": "s", "description": "s?", "isHidden": "b"}]})
ok({"shop", "sched"} <= {n["name"] for n in spaces["namespaces"]}, "the selection of namespaces has both")
asks("jobs of all namespaces", "/jobs?limit=20&offset=0", {"totalCount": "n", "jobs": [WHOLE_JOB]})
jobs = asks("jobs of one", "/namespaces/sched/jobs?limit=20&offset=0&lastRunStates=COMPLETED", {"totalCount": "n", "jobs": [WHOLE_JOB]})
ok("report" in [j["name"] for j in jobs["jobs"]], "with those whose last run completed")
asks("an old request", "/jobs?runState=COMPLETED", {"totalCount": "n", "jobs": [WHOLE_JOB]})
asks("a job", "/namespaces/sched/jobs/nightly.load", WHOLE_JOB)
runs = asks("its runs", "/namespaces/sched/jobs/nightly.load/runs?limit=10&offset=0", {"totalCount": "n", "runs": [RUN]})
is_(runs["runs"][0]["state"], "COMPLETED", "the run completed")
run = runs["runs"][0]["id"]
for kind in ("run", "job"):
    asks(f"facets of the {kind}", f"/jobs/runs/{run}/facets?type={kind}", {"runId": "s", "facets": "o"})
asks("datasets", "/namespaces/shop/datasets?limit=20&offset=0", {"totalCount": "n", "datasets": [WHOLE_DATASET]})
asks("a dataset", "/namespaces/shop/datasets/main.sales", WHOLE_DATASET)
asks("its versions", "/namespaces/shop/datasets/main.sales/versions?limit=10&offset=0", {"totalCount": "n", "versions": [DATASET_VERSION]})
for node in ("job:sched:nightly.load", "dataset:shop:main.sales", "dataset:shop%3Amain.sales", "job:sched:nightly%2Eload"):
    graph = asks("lineage of " + node, f"/lineage/?nodeId={node}&depth=2", {"graph": [{"id": "s", "type": "s", "data": "o", **EDGES}]})
    for one in graph["graph"]:
        fault = wrong(one["data"], JOB if one["type"] == "JOB" else DATASET)
        if fault:
            ok(False, "what a node of the graph shows", one["id"], fault)
    ok({"dataset:shop:raw.sales", "job:sched:nightly.load", "dataset:shop:main.sales"} <= {n["id"] for n in graph["graph"]}, "with what it is made of")
columns = asks("column lineage", "/column-lineage?nodeId=dataset:shop:main.sales&depth=2&withDownstream=true", {"graph": [COLUMN]})
is_(sorted(n["id"] for n in columns["graph"]), ["datasetField:shop:main.sales:amount", "datasetField:shop:mart.daily:total", "datasetField:shop:raw.sales:amt"], "with its three columns")
EVENT = {"eventType": "s", "eventTime": "s", "producer": "s", "schemaURL": "s", "run": {"runId": "s", "facets": "o"}, "job": {**ID, "facets": "o"}, "inputs": "l", "outputs": "l"}
page = asks("events", "/events/lineage?limit=20&offset=0&before=2099-01-01T00:00:00.000Z&after=1970-01-01T00:00:00.000Z&sortDirection=desc", {"totalCount": "n", "events": "l"})
told = {story.run_id(name) for name in ("nightly", "nightly.load", "report", "audit", "stream")}
is_(wrong([e for e in page["events"] if e["run"]["runId"] in told], [EVENT]), "", "what an event shows")
asks("events without bounds", "/events/lineage?limit=5&before=&after=&sortDirection=desc", {"totalCount": "n", "events": "l"})
hits = {"totalCount": "n", "results": [{"type": "s", "name": "s", "updatedAt": "s", "namespace": "s", "nodeId": "s"}]}
for tail in ("", "&filter=JOB", "&filter=DATASET"):
    asks("search" + tail, "/search/?q=sales&sort=UPDATE_AT&limit=100" + tail, hits)
# The search with highlights: a list beside the hits, the matches of each by the field they are in.
for kind, word, hit in (("jobs", "nightly", {"name": "s", "namespace": "s", "run_id": "s?", "eventType": "s?", "type": "s", "facets": "o", "runFacets": "o"}),
                        ("datasets", "sales", {"name": "s", "namespace": "s", "run_id": "s?", "eventType": "s?", "facets": "o"})):
    answer = story.session.get(f"{story.URL}/api/v2beta/search/{kind}?q={word}", timeout=60).json()
    is_(wrong(answer, {"hits": [hit], "highlights": ["o"]}), "", f"search of {kind} with highlights")
    ok(answer["hits"] and len(answer["hits"]) == len(answer["highlights"]), "as many highlights as hits", answer)
    marks = [text for marks in answer["highlights"] for texts in marks.values() for text in (texts if isinstance(texts, list) else [None])]
    ok(marks and all(isinstance(text, str) and f"<em>{word}</em>" in text for text in marks), "each a list of texts with the match marked", marks[:5])
asks("tags", "/tags", {"tags": [{"name": "s", "description": "s?"}]})
asks("a new tag", "/tags/FROM_UI", {"name": "s", "description": "s?"}, "PUT", {"description": "said by a person"})
for place in ("/namespaces/shop/datasets/main.sales", "/namespaces/shop/datasets/main.sales/fields/amount", "/namespaces/sched/jobs/report"):
    shape = WHOLE_JOB if "/jobs/" in place else WHOLE_DATASET
    asks("tag on " + place, place + "/tags/FROM_UI", shape, "POST")
    asks("and off", place + "/tags/FROM_UI", shape, "DELETE")
for period in ("DAY", "WEEK"):
    zone = f"?period={period}&timezone=Europe/Berlin"
    points = asks("events by " + period, "/stats/lineage-events" + zone, [{"startInterval": "s", "endInterval": "s", "fail": "n", "start": "n", "complete": "n", "abort": "n"}])
    is_(len(points), {"DAY": 24, "WEEK": 7}[period], "as many points as the chart has")
    for asset in ("jobs", "datasets", "sources"):
        asks(f"{asset} by {period}", f"/stats/{asset}{zone}", COUNT)
# The story stays as it is: something of its own goes.
spent = f"spent {time.time_ns()}"
story.told("POST", "/lineage", story.event(spent, "COMPLETE", 50, outputs=[{"namespace": "shop", "name": spent}]), expected=201)
asks("a job goes", f"/namespaces/sched/jobs/{spent}", WHOLE_JOB, "DELETE")
is_(story.call("GET", f"/namespaces/sched/jobs/{spent}").status_code, 404, "it is gone")
asks("a dataset goes", f"/namespaces/shop/datasets/{spent}", WHOLE_DATASET, "DELETE")
ok(spent not in [d["name"] for d in story.told("GET", "/namespaces/shop/datasets")["datasets"]], "it is not in the list")
done()
