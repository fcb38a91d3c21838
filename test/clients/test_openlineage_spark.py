"""The real Spark 3.5 with the real openlineage-spark listener runs a small job on files; the graph
in the database is the one a person would draw of it.
"""
import pathlib
import sys
import tempfile

from tap import HERE, URL, WORK, done, edges, get, is_, ok, python_of, quoted, run, sql, values

SPACE = "spark"
LISTENER = "io.openlineage:openlineage-spark_2.12:1.53.0"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"


def listener():
    """The jar of the listener with all that it needs."""
    folder = WORK / "spark"
    code, output = run("mvn", "-q", "-B", COPY, f"-Dartifact={LISTENER}", f"-DoutputDirectory={folder}")
    if not ok(code == 0, "Maven Central has the listener", output):
        done()
    _, name, version = LISTENER.split(":")
    return folder / f"{name}-{version}.jar"


def submit(jar, folder):
    settings = {
        "spark.ui.enabled": "false",
        "spark.app.name": "revenue",
        "spark.sql.shuffle.partitions": "2",
        "spark.extraListeners": "io.openlineage.spark.agent.OpenLineageSparkListener",
        "spark.openlineage.transport.type": "http",
        "spark.openlineage.transport.url": URL,
        "spark.openlineage.namespace": SPACE,
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    python = python_of("spark")
    return run(python.with_name("spark-submit"), "--master", "local[2]", "--jars", jar, *words, HERE / "spark" / "job.py", folder,
               PATH=f"{python.parent}:/usr/bin:/bin", SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=str(python))


def prepare(folder):
    (folder / "customers.csv").write_text("id,country\n1,DE\n2,FR\n")
    (folder / "orders.json").write_text(
        '{"customer_id":1,"amount":10.5,"paid":true}\n'
        '{"customer_id":2,"amount":3.0,"paid":true}\n'
        '{"customer_id":2,"amount":1.0,"paid":false}\n')


def check_graph(folder):
    """What flows from file to file; jobs are named by Spark after their plan."""
    drawn = edges(SPACE)
    flows = {(source, target) for source, job in drawn for other, target in drawn if job == other and source.startswith("/")}
    is_(flows, {
        (f"{folder}/orders.json", f"{folder}/paid"),
        (f"{folder}/paid", f"{folder}/revenue"),
        (f"{folder}/customers.csv", f"{folder}/revenue"),
        (f"{folder}/revenue", f"{folder}/broken"),
    }, "the files flow as the job says")
    reached = set(values("SELECT name FROM openlineage.impact(%s) WHERE kind = 'dataset'", f"dataset:file:{folder}/orders.json"))
    is_(reached, {f"{folder}/{name}" for name in ("paid", "revenue", "broken")}, "what depends on the orders")
    is_(set(values("SELECT name || '.' || field FROM openlineage.column_lineage(%s, 10, 'upstream') WHERE name LIKE '%%.json'",
                   f"datasetField:file:{folder}/revenue:revenue")),
        {f"{folder}/orders.json.amount", f"{folder}/orders.json.customer_id", f"{folder}/orders.json.paid"},
        "the columns that revenue is made of, and those that filter and join it")
    is_(values("""SELECT f.name || ' ' || f.type FROM openlineage.dataset_field AS f JOIN openlineage.node AS n ON n.id = f.dataset_id
                   WHERE n.name = %s AND f.ordinal IS NOT NULL ORDER BY f.ordinal""", f"{folder}/revenue"),
        ["country string", "revenue double"], "the written file has its columns")
    is_(values("""SELECT DISTINCT m.value::int FROM openlineage.metric AS m JOIN openlineage.node AS n ON n.id = m.dataset_id
                   WHERE n.name = %s AND m.name = 'rowCount'""", f"{folder}/revenue"), [2], "and its rows are counted")


def check_runs():
    states = dict(sql("""SELECT j.name, string_agg(DISTINCT r.state::text, ' ') FROM openlineage.run AS r
                          JOIN openlineage.node AS j ON j.id = r.job_id JOIN openlineage.namespace AS n ON n.id = r.namespace_id
                         WHERE n.name = %s GROUP BY 1""", SPACE))
    writes = {name: state for name, state in states.items() if name.endswith(("data_paid", "data_revenue"))}
    is_(set(writes.values()), {"COMPLETED"}, "what was written is completed")
    is_(len(writes), 2, "each file by a job of its own")
    is_(states["revenue"], "COMPLETED", "the application is completed")
    # Spark tells only the start of what it runs inside of itself.
    is_({state for name, state in states.items() if "map_partitions" in name} - {"RUNNING"}, set(), "no run without an end is shown as failed")
    is_(values("""SELECT DISTINCT p.name FROM openlineage.job AS j JOIN openlineage.node AS n ON n.id = j.node_id
                   JOIN openlineage.node AS p ON p.id = j.parent_id JOIN openlineage.namespace AS s ON s.id = n.namespace_id
                  WHERE s.name = %s""", SPACE), ["revenue"], "the application is the parent of all")
    job = next(job for job in get(f"namespaces/{SPACE}/jobs")["jobs"] if job["name"].endswith("data_revenue"))
    is_(job["simpleName"], job["name"].removeprefix("revenue."), "the API knows a job without its parent's name")
    ok({"spark_properties", "processing_engine", "parent"} <= set(job["latestRun"]["facets"]), "the run keeps Spark's facets", job["latestRun"]["facets"].keys())
    graph = get("lineage", nodeId=f"job:{SPACE}:{job['name']}", depth=20)["graph"]
    ok(any(node["type"] == "DATASET" and node["id"].endswith("orders.json") for node in graph), "GET /lineage of it reaches the orders", graph)


def main():
    jar = listener()
    with tempfile.TemporaryDirectory(prefix="ol-spark-") as name:
        folder = pathlib.Path(name) / "data"
        folder.mkdir()
        prepare(folder)
        code, output = submit(jar, folder)
        ok(code == 0, "the job ends well", output[-3000:])
        ok("the action failed, as it should" in output and "rows 2" in output, "its last action but one fails, the others do not", output[-3000:])
        ok("ERROR EventEmitter" not in output and "Could not emit" not in output, "the listener delivers all of its events", output[-3000:])
        ok(values("SELECT count(*) > 10 FROM openlineage.event AS e JOIN openlineage.namespace AS n ON n.id = e.namespace_id WHERE n.name = %s", SPACE)[0],
           "they are stored")
        check_graph(folder)
        check_runs()
        is_(get(f"namespaces/file/datasets/{quoted(str(folder) + '/revenue')}")["columnLineage"] is not None, True, "the API tells of columns")
    done()


if __name__ == "__main__":
    sys.exit(main())
