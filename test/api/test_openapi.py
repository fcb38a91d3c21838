"""The OpenAPI document says what the worker does: it has the routes that the server's table has, and
every answer to a story, good or bad, is as its schema says."""
import json
import pathlib
import re

import jsonschema
from openapi_spec_validator import validate

import story
from tap import done, is_, ok

TOP = pathlib.Path(__file__).resolve().parents[2]
document = story.told("GET", "/openapi.json")
is_(document, json.loads((TOP / "src/api/openapi.json").read_text(encoding="utf-8")), "what is served is the file of the sources")

try:
    validate(document)
    ok(True, "it is a valid OpenAPI document")
except Exception as error:  # the validator has many kinds of them
    ok(False, "it is a valid OpenAPI document", error)

# -- the table of routes -----------------------------------------------------------

source = (TOP / "src/server/routes.c").read_text(encoding="utf-8")
prefix = re.search(r'#define API "([^"]+)"', source).group(1)
routes = {(method, (prefix if api else "") + path)
          for method, api, path in re.findall(r'\{"([A-Z]+)", (API )?"([^"]+)", OL_SCOPE_', source)}
described = {(method.upper(), path) for path, item in document["paths"].items() for method in item if method != "parameters"}
ok(len(routes) > 40, "the table of routes was read", len(routes))
is_(sorted(routes - described), [], "every route is described")
is_(sorted(described - routes), [], "every path described is a route")
for path, item in document["paths"].items():
    for method, operation in item.items():
        named = {document["components"]["parameters"][p["$ref"].rsplit("/", 1)[1]]["name"]
                 for p in operation.get("parameters", []) if p["$ref"].endswith("Path")}
        if named != set(re.findall(r"\{(\w+)\}", path)):
            ok(False, f"{method} {path} describes its path parameters", named)

# -- examples ----------------------------------------------------------------------


def faults(schema, value):
    """What is wrong with a value, in few words; references lead into the document."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema}
    validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]


for name, schema in document["components"]["schemas"].items():
    wrong = [fault for example in schema.get("examples", []) for fault in faults(schema, example)]
    if wrong:
        ok(False, f"the example of {name} is as its schema says", *wrong)
ok(faults({"$ref": "#/components/schemas/Tag"}, {"name": 1, "description": None}), "a wrong answer would be found")

# -- answers -----------------------------------------------------------------------

story.tell()
seen = set()


def fill(path, place):
    names = re.findall(r"\{(\w+)\}", path)
    if any(n not in place for n in names):
        return None
    return re.sub(r"\{(\w+)\}", lambda m: story.requests.utils.quote(place[m.group(1)], safe=""), path)


def resolved(part):
    while "$ref" in part:
        kind, name = part["$ref"].split("/")[-2:]
        part = document["components"][kind][name]
    return part


def check(method, path, operation, url, query=None, body=None, quiet=True):
    content = {} if body is None else {"data": json.dumps(body), "headers": {"content-type": "application/json"}}
    answer = story.session.request(method, story.URL + url, params=query, timeout=60, **content)
    status = str(answer.status_code)
    what = f"{method} {path} answers {status} as described"
    if status not in operation["responses"]:
        return ok(False, what, url, query, "not described", answer.text[:300])
    told = resolved(operation["responses"][status])
    if "content" not in told:
        return ok(not answer.content, what, "there should be no body") if answer.content else True
    media = answer.headers.get("content-type", "").split(";")[0]
    if media not in told["content"]:
        return ok(False, what, f"content type {media}")
    wrong = faults(told["content"][media]["schema"], answer.json())
    if wrong:
        return ok(False, what, url, query, *wrong[:5])
    if (method, path, status) not in seen:
        seen.add((method, path, status))
        ok(True, what)
    return True


QUERIES = {
    "nodeId": ["dataset:shop:main.sales", "dataset:shop:raw.sales", "job:sched:nightly.load", "datasetField:shop:main.sales:amount", "dataset:lake:raw_sales"],
    "q": ["sales", "nightly"], "period": ["DAY", "WEEK"], "timezone": ["UTC"], "type": ["run", "job", "dataset"],
    "withDownstream": ["true", "false"], "sort": ["NAME", "UPDATE_AT"], "sortDirection": ["asc", "desc"], "limit": ["2", "0"],
    "direction": ["UPSTREAM", "DOWNSTREAM", "BOTH"], "runId": [story.run_id("nightly.load"), story.run_id("report")]}


def queries(operation):
    """No parameter that is not required; then each value of each parameter by itself."""
    given = [p for p in map(resolved, operation.get("parameters", [])) if p["in"] == "query"]
    base = {p["name"]: QUERIES[p["name"]][0] for p in given if p.get("required")}
    yield base
    for p in given:
        for value in QUERIES.get(p["name"], []):
            # A run or a time to look at; the other way of starting is left out.
            rest = {k: v for k, v in base.items() if (p["name"], k) != ("runId", "nodeId")}
            yield {**rest, p["name"]: value, **({"timezone": "UTC"} if value == "WEEK" else {})}


places = story.places()
for path, item in document["paths"].items():
    if "get" not in item:
        continue
    for url in dict.fromkeys(filter(None, (fill(path, place) for place in places))) or [path]:
        for query in queries(item["get"]):
            check("GET", path, item["get"], url, query)

# Wrong on purpose: an unknown name, a number that is none, a negative one, a parameter left out, a bad choice.
unknown = {name: "unknown" for name in ("namespace", "job", "dataset", "tag", "field", "source", "version", "run")}
unknown_ids = {**unknown, "version": story.run_id("none"), "run": story.run_id("none")}
for path, item in document["paths"].items():
    for method, operation in item.items():
        for place in (unknown, unknown_ids):
            if method in ("get", "delete") or "requestBody" not in operation:
                check(method.upper(), path, operation, fill(path, place) or path, next(queries(operation)))
        if method == "get":
            for query in ({"limit": "x"}, {"limit": "-1"}, {"limit": "99999999999"}, {"depth": "-1"}, {"period": "YEAR"}, {"nodeId": "x"}, {"sort": "x"},
                          {"before": "x"}, {"lastRunStates": "x"}, {"type": "x"}, {"runId": "x"}, {"timezone": "x", "period": "WEEK"}):
                check("GET", path, operation, fill(path, unknown_ids) or path, query)
        if "requestBody" in operation:
            place = {**unknown_ids, "namespace": "scratch"}
            for body in ("text", [], {}, None, {"type": []}):
                check(method.upper(), path, operation, fill(path, place) or path, {}, body)
            for example in operation["requestBody"]["content"]["application/json"]["schema"].get("examples", []):
                check(method.upper(), path, operation, fill(path, place) or path, {}, example)
            schema = resolved(operation["requestBody"]["content"]["application/json"]["schema"])
            for example in schema.get("examples", []):
                check(method.upper(), path, operation, fill(path, place) or path, {}, example)

for path, item in sorted(document["paths"].items()):
    for method in item:
        if method in ("get", "put"):
            ok(any((method.upper(), path, status) in seen for status in ("200", "201")), f"{method.upper()} {path} had a good answer")
done()
