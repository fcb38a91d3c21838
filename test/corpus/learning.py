"""Flink, Feast and the training of a model: streams, features, models."""
from world import *

ENRICH = ("flink", "clickstream_enrich")
SCORING = ("serving", "loan_approval_endpoint")


def flink(random):
    """Streams: one tells the whole picture each time, one only what is new."""
    kind = job_type("STREAMING", "FLINK", "JOB", eventTrigger="PERIODIC",
                    eventContentMode="COMPLETE_SNAPSHOT", windowDuration=300)
    run, events = run_id("clickstream/1"), []
    told = merged(schema(("user_id", "bigint"), ("url", "string")),
                  facets(FLINK, datasetType={"datasetType": "TOPIC"}))
    out = dataset(CLICKS_ENRICHED, told, taken=facets(FLINK, outputStatistics={"rowCount": 100}))
    steps = [("START", [CLICKS]), ("RUNNING", [CLICKS]), ("RUNNING", [CLICKS, RAW_CUSTOMERS]),
             ("RUNNING", [CLICKS, CLEAN_CUSTOMERS]), ("RUNNING", []), ("FAIL", []),
             ("START", [CLICKS, CLEAN_CUSTOMERS]), ("RUNNING", [CLICKS, FEATURES])]
    for n, (state, inputs) in enumerate(steps):
        failed = facets(FLINK, errorMessage={"message": "checkpoint expired",
                                             "programmingLanguage": "JAVA"})
        sides = ([dataset(i, told if i == CLICKS else None) for i in inputs],
                 [out] if inputs else [])
        events.append(run_event(state, at(5, 0, 5 * n), run, ENRICH, *sides,
                                failed if state == "FAIL" else {}, kind, FLINK))
    partly = job_type("STREAMING", "FLINK", "JOB", eventTrigger="EVENT_BASED",
                      eventContentMode="ACCUMULATIVE")
    sink, run = ("flink", "clicks_to_lake"), run_id("clicks_to_lake/1")
    for n, pair in enumerate([(LAKE, "raw/clicks"), (LAKE, "raw/clicks_late"), CLICKS]):
        events.append(run_event(["START", "RUNNING", "RUNNING"][n], at(5, 1, n), run, sink,
                                [dataset(CLICKS_ENRICHED)],
                                [dataset(pair)] if n < 2 else [], None, partly, FLINK))
    service = merged(job_type("SERVICE", "CUSTOM", "ENDPOINT"),
                     described(SCORING, "answers loan requests", "credit", "online"))
    for n, state in enumerate(["START", "RUNNING", "RUNNING", "OTHER"]):
        events.append(run_event(state, at(8, 0, n), run_id("scoring/1"), SCORING,
                                [dataset(LOAN_MODEL), dataset(FEATURES)],
                                [dataset((KAFKA, "loan_decisions"))] if n else [],
                                None, service))
    return events


def feast(random):
    """As Feast sends them: _producer is a word, its facets are its own."""
    view = ("loans", "customer_daily")
    online = ("loans", "online_store_customer_daily")
    own = {
        "feast_featureView": {"_producer": "feast", "name": "customer_daily", "ttl_seconds": 86400,
                              "entities": ["customer"], "features": ["orders_30d", "spend_30d"],
                              "online_enabled": True, "description": "", "owner": "credit"},
        "feast_entity": {"_producer": "feast", "name": "customer", "join_key": "customer_id",
                         "value_type": "INT64"}}
    source = dataset(FEATURES, {"feast_dataSource": {
        "_producer": "feast", "name": "customer_daily_source", "source_type": "FileSource",
        "timestamp_field": "event_timestamp", "created_timestamp_field": ""}})
    store = dataset(online, {"feast_onlineStore": {"_producer": "feast", "type": "redis"}})
    events = []
    for day in (5, 6):
        job = ("loans", "feast_apply_loans")
        told = merged(own, schema(("customer_id", "INT64"), ("orders_30d", "INT64"),
                                  ("spend_30d", "FLOAT" if day == 5 else "DOUBLE")))
        project = {"feast_project": {"_producer": "feast", "project_name": "loans"},
                   "feast_jobKind": {"_producer": "feast", "kind": "apply"}}
        for state in ("START", "COMPLETE"):
            events.append(run_event(state, at(day, 6, 0, len(state)), run_id(f"apply/{day}"), job,
                                    [source], [dataset(view, told)], None, project, "feast"))
        job = ("loans", "feast_materialize_customer_daily")
        window = {"feast_materialization": {
            "_producer": "feast", "feature_views": ["customer_daily"], "start_date": at(day - 1),
            "end_date": at(day), "rows_written": 40 + day, "success": True}}
        for state in ("START", "COMPLETE"):
            events.append(run_event(state, at(day, 7, 0, len(state)), run_id(f"fill/{day}"), job,
                                    [dataset(view), source], [store], window,
                                    {"feast_jobKind": {"_producer": "feast",
                                                       "kind": "materialize"}}, "feast"))
    service = {"feast_featureService": {"_producer": "feast", "name": "loan_approval",
                                        "feature_views": ["customer_daily"]}}
    events.append(run_event("COMPLETE", at(6, 8), run_id("apply/service"),
                            ("loans", "feast_apply_loans"), [dataset(view)],
                            [dataset(("loans", "loan_approval"), service)], None, None, "feast"))
    events.append(dataset_event(at(6, 9), view, own, "feast"))
    return events


def model_facets(version, accuracy):
    return merged(schema(("approve", "boolean"), ("score", "double")),
                  facets(datasetType={"datasetType": "MODEL", "subType": "sklearn"},
                         version={"datasetVersion": str(version)},
                         acme_modelMetrics={"accuracy": accuracy, "auc": accuracy + 0.05},
                         tags={"tags": [{"key": "stage", "value": "staging" if version < 2
                                         else "production", "source": "REGISTRY"}]}))


def training(random):
    """Features to training to validation to registration, twice."""
    events = []
    frame = (LAKE, "training/loans")
    for version in (1, 2):
        day, accuracy = 6 + version, 0.8 + version / 50
        params = facets(executionParameters={"parameters": [
            {"key": "max_depth", "name": "depth", "value": str(4 + version)},
            {"key": "learning_rate", "value": "0.1", "description": "shrinkage"},
            {"key": "seed", "value": None}]},
            environmentVariables={"environmentVariables": [{"name": "CUDA", "value": "12"}]})
        report = facets(test={"tests": [
            {"name": "accuracy_above_0.8", "status": "pass", "type": "metric",
             "expected": "0.8", "actual": str(accuracy)},
            {"name": "no_bias_by_age", "status": "fail" if version == 1 else "pass",
             "severity": "error", "content": "abs(gap) < 0.05", "contentType": "expression"}]})
        model = dataset(LOAN_MODEL, model_facets(version, accuracy))
        steps = [("features", [CLEAN_ORDERS, CLEAN_CUSTOMERS, MART_LTV], [dataset(FEATURES)], {}),
                 ("prepare", [FEATURES, ("loans", "customer_daily")], [dataset(frame, facets(
                     version={"datasetVersion": f"2026-03-{day:02d}"}))], {}),
                 ("train", [frame], [model], params), ("validate", [frame, LOAN_MODEL], [], report),
                 ("register", [LOAN_MODEL], [dataset((MODELS, "registry/loan_approval_model"),
                                                     model_facets(version, accuracy))], {})]
        for n, (name, inputs, outputs, told) in enumerate(steps):
            job, run = ("training", f"loans.{name}"), run_id(f"loans.{name}/{version}")
            sides = ([dataset(i) for i in inputs], outputs)
            if name in ("train", "validate"):
                events.append(run_event("START", at(day, 10 + n), run, job, sides[0], [], told))
            events.append(run_event("COMPLETE", at(day, 10 + n, 30), run, job, *sides, told))
    return events
