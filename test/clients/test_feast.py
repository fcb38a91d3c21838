"""The real Feast applies a small repository and materializes it, well and badly; its own emitter,
pointed at the worker by feature_store.yaml alone, tells of it."""
import datetime
import pathlib
import shutil
import tempfile

from tap import HERE, URL, done, edges, get, is_, ok, python_of, run, sql, values

SPACE = "lending"
NOW = datetime.datetime.now(datetime.timezone.utc)


def feast(folder, *words):
    """Exit code and output, after which nothing may have been said of trouble with lineage."""
    code, output = run(python_of("feast").parent / "feast", "--chdir", folder, *words, LINEAGE=URL, NO_PROXY="127.0.0.1")
    trouble = [line for line in output.splitlines() if "openlineage" in line.lower() and any(word in line.lower() for word in ("warn", "error", "fail"))]
    ok("OpenLineageClient will use `http` transport" in output and not trouble, f"feast {words[0]} emits without trouble", output)
    return code, output


def events():
    return sql("""SELECT d.name, e.type FROM openlineage.event AS e JOIN openlineage.node AS d ON d.id = e.node_id
                    JOIN openlineage.namespace AS n ON n.id = e.namespace_id WHERE n.name = %s ORDER BY e.event_time""", SPACE)


def facets(name):
    return get(f"namespaces/{SPACE}/datasets/{name}")["facets"]


def check_applied():
    is_(sorted(events()), [("feast_feature_views_lending", "COMPLETE"), ("feature_service_scoring", "COMPLETE")], "applying is two events")
    is_(edges(SPACE), {
        ("raw_customers", "feast_feature_views_lending"), ("raw_applications", "feast_feature_views_lending"), ("customer", "feast_feature_views_lending"),
        ("feast_feature_views_lending", "customers"), ("feast_feature_views_lending", "applications"),
        ("customers", "feature_service_scoring"), ("applications", "feature_service_scoring"), ("feature_service_scoring", "scoring")},
        "sources and entities lead to feature views, these to their service")
    view = get(f"namespaces/{SPACE}/datasets/customers")
    is_(view["description"], "What is known of a customer.", "a feature view has its description")
    is_([(field["name"], field["type"], field["description"]) for field in view["fields"]], [("income", "Float64", "per month")], "and its features; keys are no features")
    is_((view["facets"]["feast_featureView"]["owner"], view["facets"]["feast_featureView"]["tags"]), ("team-risk", {"area": "risk"}),
        "what only Feast knows of it is kept")
    is_(facets("customer")["feast_entity"]["join_keys"], ["customer_id"], "an entity has its keys")
    is_(sorted(facets("scoring")["feast_featureService"]["feature_views"]), ["applications", "customers"], "a service has its views")
    is_(facets("raw_customers")["feast_dataSource"]["timestamp_field"], "at", "a source has its time")
    job = get(f"namespaces/{SPACE}/jobs/feast_feature_views_lending")
    is_((job["facets"]["feast_project"]["project_name"], job["latestRun"]["state"]), (SPACE, "COMPLETED"), "the job knows its project")


def check_materialized():
    new = {edge for edge in edges(SPACE) if "materialize_lending" in edge}
    is_(new, {("customers", "materialize_lending"), ("applications", "materialize_lending"), ("raw_customers", "materialize_lending"),
              ("raw_applications", "materialize_lending"), ("customer", "materialize_lending"),
              ("materialize_lending", "online_store_customers"), ("materialize_lending", "online_store_applications")},
        "views lead to the online store")
    run_ = get(f"namespaces/{SPACE}/jobs/materialize_lending")["latestRun"]
    is_((run_["state"], sorted(run_["facets"]["feast_materialization"]["feature_views"])), ("COMPLETED", ["applications", "customers"]),
        "the run tells which views")
    is_(facets("online_store_customers")["feast_onlineStore"]["store_type"], "sqlite", "the online store has its type")
    reached = set(values("SELECT name FROM openlineage.impact(%s)", f"dataset:{SPACE}:raw_customers"))
    ok({"scoring", "online_store_customers"} <= reached, "what depends on the raw customers ends with service and online store", reached)


def check_failed():
    run_ = get(f"namespaces/{SPACE}/jobs/materialize_lending")["latestRun"]
    is_(run_["state"], "FAILED", "a source that is gone fails the run")
    ok("raw_customers.parquet" in run_["facets"]["errorMessage"]["message"], "and the run says why", run_["facets"])
    is_(sorted(values("""SELECT r.state::text FROM openlineage.run AS r JOIN openlineage.node AS j ON j.id = r.job_id
                           JOIN openlineage.namespace AS n ON n.id = r.namespace_id WHERE n.name = %s""", SPACE)),
        ["COMPLETED"] * 3 + ["FAILED"], "no run is left open")
    is_(len(events()), 6, "every event is stored once")
    is_(values("""SELECT DISTINCT i.code FROM openlineage.event_issue AS i JOIN openlineage.namespace AS n ON n.id = i.namespace_id WHERE n.name = %s""", SPACE),
        [], "nothing about the events is odd")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("feature_store.yaml", "repo.py"):
            shutil.copy(HERE / "feast" / name, folder)
        code, output = feast(folder, "apply")
        ok(code == 0, "feast applies the repository", output)
        check_applied()
        code, output = feast(folder, "materialize-incremental", NOW.strftime("%Y-%m-%dT%H:%M:%S"))
        ok(code == 0, "feast materializes the views", output)
        check_materialized()
        (pathlib.Path(folder) / "data" / "raw_customers.parquet").unlink()
        code, output = feast(folder, "materialize", *((NOW - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S") for days in (2, 0)))
        ok(code != 0, "without its source feast does not", output)
        check_failed()
    done()


main()
