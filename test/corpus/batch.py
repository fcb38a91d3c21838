"""Spark, dbt and Airflow: batch jobs with parents, columns and tests."""
from world import *

DAG = ("airflow", "orders_daily")
APP = ("spark-prod", "etl_orders")
DBT_RUN = ("dbt", "dbt-run-shop")
TASKS = ["extract", "spark_etl", "dbt_run", "notify"]


def dag_run(day):
    return run_id(f"orders_daily/{day}")


def task(name):
    return ("airflow", f"orders_daily.{name}")


def task_run(name, day):
    return run_id(f"orders_daily.{name}/{day}")


def order_schema(day):
    """The columns change from day to day."""
    columns = [("order_id", "bigint"), ("customer_id", "bigint"),
               ("amount", "decimal(10,2)" if day < 3 else "decimal(18,4)", "gross, EUR"),
               ("ship_to", "struct", [("street", "string"), ("city", "string"),
                                      ("geo", "struct", [("lat", "double"), ("lon", "double")])]),
               ("items", "array<struct>", [("sku", "string"), ("quantity", "int")])]
    if day > 1:
        columns.insert(3, ("currency", "string"))
    return schema(*columns)


def order_columns(source):
    """Column lineage 1-2-0: transformations, and dataset[] for the filter and the join."""
    return facets(SPARK, columnLineage={
        "fields": {
            "order_id": {"inputFields": [column(source, "order_id")]},
            "amount": {"inputFields": [column(source, "amount", "DIRECT", "TRANSFORMATION",
                                              description="round(amount, 2)"),
                                       column(PAYMENTS, "fee", "DIRECT", "AGGREGATION")]},
            "customer_id": {"inputFields": [column(source, "customer_id", masking=True)]},
            "ship_to.city": {"inputFields": [column(source, "ship_to.city", "DIRECT",
                                                    "TRANSFORMATION")]}},
        "dataset": [column(source, "status", "INDIRECT", "FILTER"),
                    column(RAW_CUSTOMERS, "customer_id", "INDIRECT", "JOIN")]})


def spark_command(day, name, inputs, outputs, rows):
    """One command of the application: START, RUNNING, COMPLETE."""
    app_run, root = run_id(f"etl_orders/{day}"), (dag_run(day), DAG)
    job = (APP[0], f"etl_orders.{name}")
    run, hour = run_id(f"etl_orders.{name}/{day}"), 2
    hang = parent(app_run, APP, root, SPARK)
    engine = facets(SPARK, processing_engine={
        "version": "3.5.6", "name": "spark", "openlineageAdapterVersion": "1.53.0"},
        spark_properties={"properties": {"spark.master": "yarn"}})
    kind = job_type("BATCH", "SPARK", "SQL_JOB")
    minute = 5 + 10 * rows["n"]
    done = [dict(d, outputFacets=facets(SPARK, outputStatistics={
        "rowCount": rows["rows"], "size": rows["rows"] * 117, "fileCount": 4})) for d in outputs]
    return [
        run_event("START", at(day, hour, minute), run, job, inputs, outputs,
                  merged(hang, engine), kind, SPARK),
        run_event("RUNNING", at(day, hour, minute + 1), run, job, inputs, (), hang, kind, SPARK),
        run_event("COMPLETE", at(day, hour, minute + 3), run, job, inputs, done,
                  merged(hang, engine), kind, SPARK)]


def spark(random):
    """Three daily runs of one application; internal runs never end."""
    events = []
    for day in (1, 2, 3):
        app_run, root = run_id(f"etl_orders/{day}"), (dag_run(day), DAG)
        hang = parent(task_run("spark_etl", day), task("spark_etl"), root, SPARK)
        kind = job_type("BATCH", "SPARK", "APPLICATION")
        lake = facets(SPARK, dataSource={"name": "s3://lake", "uri": "s3://lake"},
                      storage={"storageLayer": "delta", "fileFormat": "parquet"})
        raw = dataset(RAW_ORDERS, merged(lake, order_schema(day)))
        clean = dataset(CLEAN_ORDERS, merged(lake, order_schema(day), order_columns(RAW_ORDERS)))
        table = dataset(SALES_ORDERS, merged(
            lake, order_schema(day), symlinks((HIVE, "sales.orders")),
            lifecycle("CREATE" if day == 1 else "OVERWRITE"), facets(
                SPARK, catalog={"framework": "hive", "type": "hive", "name": "sales",
                                "warehouseUri": "s3://lake/warehouse"},
                columnLineage={"fields": {"order_id": {"inputFields": [
                    column(CLEAN_ORDERS, "order_id")]}}})))
        read = facets(SPARK, inputStatistics={"rowCount": random.randrange(10 ** 6),
                                              "size": random.randrange(10 ** 9), "fileCount": 1})
        events.append(run_event("START", at(day, 2), app_run, APP, run_facets=hang,
                                job_facets=kind, producer=SPARK))
        events.append(run_event("START", at(day, 2, 1), run_id(f"etl_orders.internal/{day}"),
                                (APP[0], "etl_orders.collect_limit"),
                                run_facets=parent(app_run, APP, root, SPARK), producer=SPARK))
        commands = [
            ("execute_insert_into_hadoop_fs_relation_command.raw_orders",
             [dataset(ORDERS, given=read), dataset(PAYMENTS)], [raw]),
            ("execute_insert_into_hadoop_fs_relation_command.clean_orders",
             [dataset(RAW_ORDERS), dataset(RAW_CUSTOMERS)], [clean]),
            ("create_data_source_table_as_select_command.sales_orders",
             [dataset(CLEAN_ORDERS)], [table])]
        for n, (name, inputs, outputs) in enumerate(commands):
            rows = {"n": n, "rows": random.randrange(1000, 10 ** 6)}
            events += spark_command(day, name, inputs, outputs, rows)
        events.append(run_event("COMPLETE", at(day, 2, 50), app_run, APP, run_facets=hang,
                                job_facets=kind, producer=SPARK))
    return events


def write(when, name, pair, told, inputs=()):
    """A command that is one COMPLETE."""
    return run_event("COMPLETE", when, run_id(name + when), (APP[0], name),
                     [dataset(i) for i in inputs], [dataset(pair, told)], producer=SPARK)


def spark_tables(random):
    """RENAME chains, DROP and revival, TRUNCATE, OVERWRITE; symlinks that come late."""
    tmp, staged, final = ((LAKE, f"tables/{n}") for n in ("load_tmp", "load_staged", "load"))
    old = (LAKE, "clean/customers_old")
    hive_customers = (HIVE, "sales.customers")
    glue = ("arn:aws:glue:eu-central-1:123456789012", "table/sales/customers")
    columns = schema(("customer_id", "bigint"), ("email", "string"))
    events = [
        write(at(4, 1), "load.create", tmp, merged(columns, lifecycle("CREATE")), [CUSTOMERS]),
        write(at(4, 3), "load.swap", final, merged(columns, lifecycle("RENAME", staged))),
        write(at(4, 2), "load.stage", staged, merged(columns, lifecycle("RENAME", tmp))),
        write(at(4, 4), "load.late", tmp, columns, [RAW_CUSTOMERS]),
        write(at(4, 5), "load.report", (LAKE, "reports/load"), {}, [final]),
        write(at(4, 6), "old.create", old, merged(columns, lifecycle("CREATE")), [CUSTOMERS]),
        write(at(4, 8), "old.drop", old, lifecycle("DROP")),
        write(at(4, 7), "old.append", old, columns, [RAW_CUSTOMERS]),
        write(at(4, 9), "old.revive", old, columns, [RAW_CUSTOMERS]),
        write(at(4, 10), "gone.drop", (LAKE, "tables/gone"), lifecycle("DROP"), [old]),
        write(at(4, 11), "clean.truncate", CLEAN_CUSTOMERS, lifecycle("TRUNCATE")),
        write(at(4, 12), "clean.overwrite", CLEAN_CUSTOMERS,
              merged(columns, lifecycle("OVERWRITE")), [RAW_CUSTOMERS]),
        write(at(4, 13), "clean.alter", CLEAN_CUSTOMERS, merged(
            schema(("customer_id", "bigint"), ("email", "string"), ("country", "string")),
            lifecycle("ALTER")), [RAW_CUSTOMERS]),
        write(at(4, 14), "hive.customers", hive_customers, columns, [CLEAN_CUSTOMERS]),
        write(at(4, 15), "s3.report", (LAKE, "reports/customers"), {}, [SALES_CUSTOMERS]),
        write(at(4, 16), "glue.report", (LAKE, "reports/glue"), {}, [glue]),
        write(at(4, 17), "s3.late", SALES_CUSTOMERS, symlinks(hive_customers), [CLEAN_CUSTOMERS]),
        write(at(4, 18), "glue.late", glue, symlinks(hive_customers, kind="LOCATION")),
        write(at(4, 14, 30), "hive.side", hive_customers,
              symlinks(SALES_CUSTOMERS, kind="LOCATION"), [CLEAN_CUSTOMERS]),
    ]
    return events


def dbt_model(day, n, name, inputs, output, old_columns=False):
    job, run = ("dbt", f"shop.model.{name}"), run_id(f"{name}/{day}")
    hang = parent(run_id(f"dbt-run-shop/{day}"), DBT_RUN, (dag_run(day), DAG), DBT)
    told = merged(schema(("ID", "NUMBER"), ("AMOUNT", "NUMBER(38,2)", "sum of payments")),
                  facets(DBT, documentation={"description": f"model {name}, day {day}"},
                         dataSource={"name": SNOW, "uri": SNOW}))
    if old_columns:
        told = merged(told, facets(DBT, columnLineage={"fields": {"ID": {
            "inputFields": [ref(inputs[0], field="ID")], "transformationType": "IDENTITY",
            "transformationDescription": "copied"}}}))
    code = facets(DBT, sql={"query": f"select * from {{{{ ref('{name}') }}}} -- v{day}",
                            "dialect": "snowflake"},
                  jobType={"processingType": "BATCH", "integration": "DBT", "jobType": "MODEL"})
    sides = ([dataset(i) for i in inputs], [dataset(output, told)])
    return [run_event("START", at(day, 3, n), run, job, *sides, hang, code, DBT),
            run_event("COMPLETE", at(day, 3, n, 40), run, job, *sides, hang, code, DBT)]


def dbt_tests(day, pair, success):
    """dbt sends the assertions in facets and in inputFacets."""
    told = facets(DBT, dataQualityAssertions={"assertions": [
        {"assertion": "not_null", "success": True, "column": "ID", "severity": "error"},
        {"assertion": "custom_sql", "name": "assert_amount_positive", "success": success,
         "severity": "warn", "expected": "0", "actual": "0" if success else "17",
         "content": "select count(*) from orders where amount < 0", "contentType": "sql"}]})
    metrics = facets(DBT, dataQualityMetrics={
        "rowCount": 1000 + day, "bytes": 52000, "fileCount": 2, "lastUpdated": at(day, 3),
        "columnMetrics": {"ID": {"nullCount": 0, "distinctCount": 1000 + day, "min": 1.0,
                                 "max": 4711.0, "quantiles": {"0.25": 1200, "0.5": 2400.5}},
                          "AMOUNT": {"nullCount": day, "sum": 1e6 / day, "count": 999.0}}})
    run, job = run_id(f"test {pair[1]}/{day}"), ("dbt", f"shop.test.{pair[1]}")
    hang = parent(run_id(f"dbt-run-shop/{day}"), DBT_RUN, (dag_run(day), DAG), DBT)
    tests = facets(DBT, test={"tests": [
        {"name": "assert_amount_positive", "status": "pass" if success else "fail",
         "severity": "warn", "type": "custom_sql"},
        {"name": "unique_id", "status": "skip", "severity": "error", "type": "unique",
         "expected": "0", "params": {"column": "ID"}}]})
    source = dataset(pair, merged(told, metrics), merged(told, metrics))
    return [run_event("START", at(day, 3, 20), run, job, [source], (), hang, None, DBT),
            run_event("COMPLETE" if success else "FAIL", at(day, 3, 21), run, job, [source], (),
                      merged(hang, tests), None, DBT)]


def dbt(random):
    events = []
    for day in (1, 2):
        run = run_id(f"dbt-run-shop/{day}")
        hang = parent(task_run("dbt_run", day), task("dbt_run"), (dag_run(day), DAG), DBT)
        kind = job_type("BATCH", "DBT", "JOB")
        events.append(run_event("START", at(day, 3), run, DBT_RUN, (), (), hang, kind, DBT))
        events += dbt_model(day, 1, "stg_orders", [SALES_ORDERS], STG_ORDERS)
        events += dbt_model(day, 3, "stg_customers", [(HIVE, "sales.customers")], STG_CUSTOMERS)
        events += dbt_model(day, 5, "orders", [STG_ORDERS, STG_CUSTOMERS], MART_ORDERS, True)
        events += dbt_model(day, 7, "customer_ltv", [MART_ORDERS], MART_LTV)
        events += dbt_tests(day, MART_ORDERS, day == 1)
        events += dbt_tests(day, MART_LTV, True)
        end = {} if day == 1 else facets(DBT, errorMessage={
            "message": "1 of 2 tests failed", "programmingLanguage": "SQL"})
        events.append(run_event("COMPLETE" if day == 1 else "FAIL", at(day, 3, 30), run, DBT_RUN,
                                (), (), merged(hang, end), kind, DBT))
    return events


def airflow_task(day, n, name, last):
    """START and the end of a task, with what Airflow tells about it."""
    hang = parent(dag_run(day), DAG, (dag_run(day), DAG), AIRFLOW)
    told = facets(AIRFLOW, nominalTime={"nominalStartTime": at(day),
                                        "nominalEndTime": at(day + 1)},
                  processing_engine={"version": "3.0.1", "name": "Airflow"},
                  airflow={"dag": {"dag_id": DAG[1], "tags": "['daily']"},
                           "taskInstance": {"try_number": 1}},
                  tags={"tags": [{"key": "env", "value": "prod", "source": "AIRFLOW"}]})
    if n > 0:
        before = TASKS[n - 1]
        told = merged(told, facets(AIRFLOW, jobDependencies={
            "upstream": [{"job": ref(task(before)), "run": {"runId": task_run(before, day)},
                          "dependency_type": "DIRECT_INVOCATION",
                          "sequence_trigger_rule": "FINISH_TO_START",
                          "status_trigger_rule": "EXECUTE_ON_SUCCESS"}],
            "downstream": [{"job": ref(task(t))} for t in TASKS[n + 1:n + 2]],
            "trigger_rule": "ALL_SUCCESS"}))
    code = merged(job_type("BATCH", "AIRFLOW", "TASK"), described(task(name), "task", "data", "daily"),
                  facets(AIRFLOW, sourceCodeLocation={
                      "type": "git", "url": f"https://git.example.com/dags/{name}.py",
                      "repoUrl": "https://git.example.com/dags.git", "version": f"c0ffee{day}",
                      "branch": "main", "pullRequestNumber": str(40 + day)},
                      sourceCode={"language": "python", "sourceCode": f"{name}()  # day {day}"}))
    run, sides = task_run(name, day), ([], [])
    if name == "extract":
        sides = ([dataset(CUSTOMERS)], [dataset(RAW_CUSTOMERS)])
    end = told if last != "FAIL" else merged(told, facets(AIRFLOW, errorMessage={
        "message": "Task exited with return code 1", "programmingLanguage": "python",
        "stackTrace": "Traceback (most recent call last):\n  File \"x.py\", line 1"}))
    return [run_event("START", at(day, 1, 10 * n), run, task(name), *sides,
                      merged(hang, told), code, AIRFLOW),
            run_event(last, at(day, 1, 10 * n + 8), run, task(name), *sides,
                      merged(hang, end), code, AIRFLOW)]


def airflow(random):
    """Children come before their parents; the third day fails."""
    events = []
    for day in (1, 2, 3):
        ends = ["COMPLETE"] * 4 if day < 3 else ["COMPLETE", "FAIL", "ABORT", "ABORT"]
        for n in random.sample(range(4), 4):
            events += airflow_task(day, n, TASKS[n], ends[n])
        told = facets(AIRFLOW, nominalTime={"nominalStartTime": at(day)},
                      airflowDagRun={"dagRun": {"run_type": "scheduled"}})
        kind = merged(job_type("BATCH", "AIRFLOW", "DAG"),
                      described(DAG, f"orders, day {day}", "data", "daily"))
        events.append(run_event("COMPLETE" if day < 3 else "FAIL", at(day, 4), dag_run(day), DAG,
                                run_facets=told, job_facets=kind, producer=AIRFLOW))
        events.append(run_event("START", at(day, 1), dag_run(day), DAG, run_facets=told,
                                job_facets=kind, producer=AIRFLOW))
    return events
