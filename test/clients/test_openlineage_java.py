"""The real openlineage-java tells one story through its http transport, plain and with gzip, and
through the composite one; Spark, Flink and many others stand on this client.
"""
import json
import sys
import tempfile

from tap import HERE, URL, WORK, done, edges, get, is_, ok, quoted, run, sql, values

BUILD = WORK / "java"


def compiled():
    """The class path of the story."""
    path = BUILD / "classpath"
    code, output = run("mvn", "-q", "-B", f"-Dwork={BUILD}", f"-Dmdep.outputFile={path}", "-f", HERE / "java" / "pom.xml",
                       "compile", "dependency:build-classpath")
    if not ok(code == 0, "the story compiles", output):
        done()
    return f"{BUILD / 'classes'}:{path.read_text()}"


def tell(classpath, space, transport):
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        json.dump({"transport": transport}, config)  # JSON is YAML
        config.flush()
        return run("java", "-cp", classpath, "Story", space, OPENLINEAGE_CONFIG=config.name)


def check(space, how):
    is_(values("SELECT count(*) FROM openlineage.event AS e JOIN openlineage.namespace AS n ON n.id = e.namespace_id WHERE n.name = %s", space),
        [7], f"{how}: every event is stored once")
    is_(edges(space), {("raw.orders", "clean"), ("clean", "orders"), ("orders", "report"), ("orders", "forecast"), ("forecast", "forecasts")},
        f"{how}: the graph is the one drawn")
    is_(sql("""SELECT j.name, r.state::text, r.is_placeholder FROM openlineage.run AS r JOIN openlineage.node AS j ON j.id = r.job_id
                 JOIN openlineage.namespace AS n ON n.id = r.namespace_id WHERE n.name = %s ORDER BY 1""", space),
        [("clean", "COMPLETED", False), ("nightly", None, True), ("report", "FAILED", False)], f"{how}: runs are in the state of their events")
    is_(values("SELECT name || '.' || field || ' ' || distance FROM openlineage.column_lineage(%s, 5, 'upstream') ORDER BY distance",
               f"datasetField:{space}:orders:gross"), ["orders.gross 0", "raw.orders.price 1"], f"{how}: a column comes from a column")
    job = get(f"namespaces/{quoted(space)}/jobs/clean")
    is_(job["latestRun"]["startedAt"], "2026-01-05T08:00:00.123456Z", f"{how}: times keep their microseconds")
    is_((job["parentJobName"], job["facets"]["sql"]["dialect"]), ("nightly", "ansi"), f"{how}: the job has its parent and its SQL")
    is_([version["facets"]["outputStatistics"]["rowCount"] for version in job["latestRun"]["outputDatasetVersions"]], [12],
        f"{how}: the run has its statistics")
    is_(get(f"namespaces/{quoted(space)}/jobs/report")["latestRun"]["facets"]["errorMessage"]["message"], "out of memory",
        f"{how}: a failure says why")
    is_(get(f"namespaces/{quoted(space)}/datasets/forecasts")["facets"]["documentation"]["description"], "What will be ordered.",
        f"{how}: what is only declared is documented")


def main():
    classpath = compiled()
    http = {"type": "http", "url": URL}
    gzip = {**http, "compression": "gzip"}
    transports = {
        "http": http,
        "http with gzip": gzip,
        "composite": {"type": "composite", "continueOnFailure": False, "transports": [http, gzip]},
    }
    for how, transport in transports.items():
        space = f"java {how}"
        code, output = tell(classpath, space, transport)
        ok(code == 0 and "Exception" not in output, f"{how}: the client ends without an error", output)
        check(space, how)
    code, output = tell(classpath, "java nowhere", {**http, "endpoint": "api/v1/nowhere"})
    ok(code != 0 and "404" in output, "an endpoint that does not exist is an error of the client", output)
    done()


if __name__ == "__main__":
    sys.exit(main())
