"""schemathesis makes requests from the document and holds every answer against it.  Last in its folder,
as it leaves the story in disorder.

  OL_FUZZ_CASES    requests in all (4000; "make fuzz-api" makes 22000)
  OL_FUZZ_FLOOR    how many answers 2xx each route has to give (20; 100)
  OL_FUZZ_SEED     where randomness starts

Parameters are random; in most cases names in the path and node ids are those of things that exist,
as otherwise nearly every answer were 404.  Prints for each route how often it answered 2xx, 4xx and
5xx.  A route fails when it answers 5xx, something that the document does not say, or 2xx too rarely.
"""
import collections
import os
import random
import warnings

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase, strategies
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance)

import story
from tap import done, is_, ok

CASES = int(os.environ.get("OL_FUZZ_CASES", "4000"))
FLOOR = int(os.environ.get("OL_FUZZ_FLOOR", "20"))
SEED = int(os.environ.get("OL_FUZZ_SEED", "1"))
# Not among them: that requests which break the schema are refused.  A name may be anything, and
# unknown parameters and members are ignored, as clients of Marquez expect.
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
NODES = ["dataset:shop:main.sales", "dataset:shop:raw.sales", "dataset:lake:raw_sales", "job:sched:nightly.load", "job:sched:nightly.report",
         "datasetField:shop:main.sales:amount", "datasetField:shop:mart.daily:total", "job:sched:report", "dataset:shop:mart.daily"]
# Only jobs and datasets have a graph on these.
LINEAGE_NODES = [n for n in NODES if not n.startswith("datasetField")]

warnings.simplefilter("ignore")
session = story.session
dice = random.Random(SEED)
made = 0


# -- real names --------------------------------------------------------------------

def new_namespace():
    """Something new for DELETE to hide, so that the story stays as it is."""
    global made
    made += 1
    place = {"namespace": f"gone {made % 7}"}
    story.told("PUT", f"/namespaces/{place['namespace']}", {"ownerName": "nobody"})
    return place


def new_node():
    """A job and a dataset, likewise."""
    global made
    made += 1
    place = {"namespace": f"less {made % 7}", "job": f"job {made}", "dataset": f"set:{made}"}
    one = story.event(place["job"], "COMPLETE", 40, run=f"gone {made}", outputs=[{"namespace": place["namespace"], "name": place["dataset"]}])
    one["job"]["namespace"] = place["namespace"]
    story.told("POST", "/lineage", one, expected=201)
    return place


def real_place(operation, places):
    """Values for all path parameters that belong together."""
    names = {p.name for p in operation.path_parameters}
    if operation.method.upper() == "DELETE" and "tag" not in names:
        place = new_namespace() if names == {"namespace"} else new_node()
    else:
        place = dice.choice([place for place in places if names <= set(place)])
    return {name: place[name] for name in names}


def make_real(case, operation, places):
    if operation.path_parameters:
        case.path_parameters = {**case.path_parameters, **real_place(operation, places)}
    query = {p.name for p in operation.query}
    if "nodeId" in query:
        case.query = {**(case.query or {}), "nodeId": dice.choice(LINEAGE_NODES if operation.path.endswith("/lineage") else NODES)}
        # Of the ways to start one is taken: a node now, a node then, a run.
        for name in ("runId", "asOf"):
            case.query.pop(name, None)
    elif "runId" in query:
        case.query = {**(case.query or {}), "runId": dice.choice([p["run"] for p in places if "run" in p])}
    if "timezone" in query:
        case.query = {**(case.query or {}), "timezone": dice.choice(["UTC", "Europe/Berlin", "America/New_York"])}
    if isinstance(case.body, dict):
        make_body_real(case, operation, places)


def make_body_real(case, operation, places):
    """Names that a body refers to are those of things that exist; ids are new."""
    if operation.path.endswith("/datasets/{dataset}") and operation.method.upper() == "PUT":
        case.body["sourceName"] = "warehouse"
        case.body.pop("runId", None)
    elif operation.path.endswith("/jobs/{job}") and operation.method.upper() == "PUT":
        case.body["inputs"] = [{"namespace": "shop", "name": "raw.sales"}]
        case.body["outputs"] = [{"namespace": "shop", "name": "main.sales"}]
        case.body.pop("runId", None)
    elif operation.path.endswith("/runs"):
        case.body.pop("id", None)


# -- one route ---------------------------------------------------------------------

class Route:
    def __init__(self, operation):
        self.operation = operation
        self.label = operation.label
        self.counts = collections.Counter()
        self.faults = collections.OrderedDict()

    def send(self, case, places, real):
        # A random DELETE may hit a name of the story, since the document's examples are of it.
        if real or self.operation.method.upper() == "DELETE":
            make_real(case, self.operation, places)
        response = case.call(base_url=story.URL, session=session, timeout=60)
        self.counts[f"{response.status_code // 100}xx"] += 1
        self.counts["all"] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as error:
            for one in getattr(error, "exceptions", [error]):
                self.note(case, response, one)

    def note(self, case, response, failure):
        key = (response.status_code, type(failure).__name__)
        if key not in self.faults:
            self.faults[key] = f"{response.status_code} {type(failure).__name__}: {str(failure)[:600]}\n{case.as_curl_command()[:600]}\n{response.text[:300]}"

    def strategy(self, mode):
        return self.operation.as_strategy(generation_mode=mode)

    def run(self, cases, mode, places, share):
        """So many cases, this share of them with real names."""
        def test(case, real):
            self.send(case, places, real < share)
        settings = hypothesis.settings(max_examples=cases, deadline=None, database=None, derandomize=False, phases=[Phase.generate],
                                       suppress_health_check=list(HealthCheck))
        given = hypothesis.given(self.strategy(mode), strategies.integers(0, 99))
        hypothesis.seed(SEED)(settings(given(test)))()

    def run_all(self, cases, places):
        odd = cases // 5
        self.run(cases - odd, GenerationMode.POSITIVE, places, 90)
        try:
            self.run(odd, GenerationMode.NEGATIVE, places, 50)
        except Unsatisfiable:
            pass  # any text is a name: such a route has no request that breaks its schema
        # hypothesis stops early where there is little to vary: a route without parameters is one case.
        for _ in range(cases):
            if self.counts["2xx"] >= FLOOR and self.counts["all"] >= cases:
                break
            self.run(1, GenerationMode.POSITIVE, places, 100)


story.tell()
places = story.places()
schema = schemathesis.openapi.from_dict(story.told("GET", "/openapi.json"))
routes = [Route(result.ok()) for result in schema.get_all_operations()]
# What changes names comes last, so that reads find the story.
routes.sort(key=lambda r: (r.operation.method.upper() != "GET", r.label))
each = -(-CASES // len(routes))

print(f"# {len(routes)} routes, {each} cases each, seed {SEED}", flush=True)
total = collections.Counter()
for route in routes:
    try:
        route.run_all(each, places)
    except Exception as error:  # a fault of the generator, or no answer at all
        route.faults["generator"] = f"{type(error).__name__}: {str(error)[:600]}"
    total.update(route.counts)
    print(f"# {route.label}: " + ", ".join(f"{c} {route.counts[c]}" for c in ("2xx", "3xx", "4xx", "5xx")), flush=True)
    ok(not route.faults and route.counts["2xx"] >= FLOOR, f"{route.label} answers as described", f"2xx: {route.counts['2xx']} of {FLOOR}", *route.faults.values())
print("# " + ", ".join(f"{key} {total[key]}" for key in ("all", "2xx", "3xx", "4xx", "5xx")), flush=True)
is_(total["5xx"], 0, "no answer is 5xx")
ok(total["all"] >= CASES, "as many cases as asked for were sent", total["all"])
done()
