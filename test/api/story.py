"""A small story that uses every kind of object, and real names for every parameter of the API."""
import datetime
import json
import os
import uuid

import requests

URL = os.environ["OL_URL"]
API = URL + "/api/v1"
session = requests.Session()


def run_id(name):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "story/" + name))


def facet(**members):
    return {"_producer": "https://example.org/p", "_schemaURL": "https://example.org/s", **members}


def at(minute):
    """Today, so that the statistics of the last day see it."""
    day = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    return (day - datetime.timedelta(hours=2) + datetime.timedelta(minutes=minute)).isoformat()


def dataset(name, *fields, **facets):
    if fields:
        facets["schema"] = facet(fields=[{"name": f, "type": "DECIMAL"} for f in fields])
    facets["dataSource"] = facet(name="warehouse", uri="postgres://db.example:5432/x")
    return {"namespace": "shop", "name": name, "facets": facets}


def event(job, state, minute, run=None, inputs=(), outputs=(), run_facets=None, job_facets=None):
    return {
        "eventType": state, "eventTime": at(minute), "producer": "https://example.org/p",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id(run or job), "facets": run_facets or {}},
        "job": {"namespace": "sched", "name": job, "facets": job_facets or {}},
        "inputs": list(inputs), "outputs": list(outputs)}


def events():
    """raw.sales -> nightly.load -> main.sales -> report -> mart.daily; nightly.load has a parent, and audit fails."""
    raw, main = dataset("raw.sales", "amt", "day"), dataset("main.sales", "amount", "day")
    raw["facets"]["symlinks"] = facet(identifiers=[{"namespace": "lake", "name": "raw_sales", "type": "TABLE"}])
    main["facets"]["columnLineage"] = facet(fields={"amount": {"inputFields": [
        {"namespace": "shop", "name": "raw.sales", "field": "amt",
         "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "cast", "masking": False}]}]}})
    main["outputFacets"] = {"outputStatistics": facet(rowCount=12, size=640)}
    mart = dataset("mart.daily", "total")
    mart["facets"]["columnLineage"] = facet(fields={"total": {"inputFields": [
        {"namespace": "shop", "name": "main.sales", "field": "amount"}]}})
    parent = {"parent": facet(run={"runId": run_id("nightly")}, job={"namespace": "sched", "name": "nightly"}),
              "nominalTime": facet(nominalStartTime=at(0), nominalEndTime=at(60))}
    sql = {"sql": facet(query="insert into main.sales select amt::decimal from raw.sales"), "documentation": facet(description="loads the sales")}
    return [
        event("nightly", "START", 0),
        event("nightly.load", "START", 1, inputs=[raw], run_facets=parent, job_facets=sql),
        event("nightly.load", "COMPLETE", 5, inputs=[raw], outputs=[main], run_facets=parent, job_facets=sql),
        event("nightly", "COMPLETE", 6),
        event("report", "START", 10, inputs=[main]),
        event("report", "COMPLETE", 12, inputs=[main], outputs=[mart]),
        event("audit", "START", 20, inputs=[mart]),
        event("audit", "FAIL", 21, inputs=[mart], run_facets={"errorMessage": facet(message="2 < 3", programmingLanguage="SQL")}),
        event("stream", "RUNNING", 30, outputs=[dataset("clicks", "url")], job_facets={"jobType": facet(processingType="STREAMING", integration="FLINK")}),
        {"eventTime": at(31), "producer": "https://example.org/p", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
         "dataset": dataset("raw.sales", "amt", "day", "shop_id", lifecycleStateChange=facet(lifecycleStateChange="ALTER"))},
    ]


def call(method, path, body=None, **query):
    content = {"data": json.dumps(body), "headers": {"content-type": "application/json"}} if body is not None else {}
    return session.request(method, API + path, params=query, timeout=60, **content)


def told(method, path, body=None, expected=200, **query):
    answer = call(method, path, body, **query)
    if answer.status_code != expected:
        raise AssertionError(f"{answer.status_code} for {method} {path}: {answer.text[:300]}")
    return answer.json() if answer.content else None


def tell():
    for one in events():
        told("POST", "/lineage", one, expected=201)
    told("PUT", "/namespaces/shop", {"ownerName": "sales", "description": "all shops"})
    told("PUT", "/sources/warehouse", {"type": "POSTGRESQL", "connectionUrl": "jdbc:postgresql://db.example/x"})
    told("PUT", "/tags/PII", {"description": "personal data"})
    told("POST", "/namespaces/shop/datasets/main.sales/tags/GOLD")
    told("POST", "/namespaces/shop/datasets/main.sales/fields/amount/tags/PII")
    told("POST", "/namespaces/sched/jobs/report/tags/DAILY")


def places():
    """Values of path parameters, by the names they have in the paths of the document; those that belong together are together."""
    found = [{"namespace": n, "source": s, "tag": t} for n in ("shop", "sched") for s in ("warehouse", "default") for t in ("PII", "GOLD")]
    for name in ("raw.sales", "main.sales", "mart.daily", "clicks"):
        fields = [f["name"] for f in told("GET", f"/namespaces/shop/datasets/{name}")["fields"]]
        for version in told("GET", f"/namespaces/shop/datasets/{name}/versions")["versions"]:
            found += [{"namespace": "shop", "dataset": name, "version": version["version"], "field": f, "tag": "PII"} for f in fields]
    for name in ("nightly", "nightly.load", "report", "audit", "stream"):
        runs = told("GET", f"/namespaces/sched/jobs/{name}/runs")["runs"]
        versions = told("GET", f"/namespaces/sched/jobs/{name}/versions")["versions"]
        found += [{"namespace": "sched", "job": name, "run": r["id"], "tag": "DAILY"} for r in runs]
        found += [{"namespace": "sched", "job": name, "version": v["version"], "tag": "DAILY"} for v in versions]
    return found
