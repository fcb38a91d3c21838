"""What engines report beside lineage: commits and scans, subsets, errors, forwarded facets."""
from world import *

COMPACT = ("etl", "iceberg.compact")


def reports(random):
    """A table written in commits, retold by later events of the same runs."""
    table, events = (LAKE, "iceberg/orders"), []
    for day in (1, 2, 3):
        run = run_id(f"compact/{day}")
        scan = facets(SPARK, icebergScanReport={
            "snapshotId": 8571234567890123400 + day, "schemaId": 1, "filterDescription": "true",
            "scanMetrics": {"resultDataFiles": 3 * day, "totalFileSizeInBytes": 4096 * day}},
            inputSubset={"inputCondition": {"type": "location", "locations": [f"s3://lake/{day}"]}})
        for n, added in enumerate((10 * day, 12 * day)):
            commit = facets(SPARK, icebergCommitReport={
                "snapshotId": 8571234567890123500 + day, "operation": "append", "commitMetrics": {
                    "addedRecords": added, "totalRecords": 1000 + added, "totalDataFiles": day,
                    "attempts": None, "totalDuration": "PT1S"}},
                outputSubset={"outputCondition": {"type": "partition", "partitions": [
                    {"dimensions": {"day": f"2026-03-{day:02d}"}}]}})
            told = facets(SPARK, processing_engine={"version": "3.5.1", "name": "spark"},
                          externalQuery={"externalQueryId": f"q{day}.{n}", "source": "spark"},
                          extractionError={"totalTasks": 2, "failedTasks": n, "errors": [
                              {"errorMessage": "cannot resolve", "task": "MERGE"}] * n})
            forwarded = parent(run_id(f"dag/{day}"), ("airflow", "compact_dag"),
                               (run_id("backfill"), ("airflow", "backfill")), SPARK)
            forwarded["parent"]["run"]["facets"] = facets(processing_engine={
                "name": "Airflow", "version": f"2.10.{n}"})
            events.append(run_event(
                ("START", "COMPLETE")[n], at(day, 20, 10 * n), run, COMPACT,
                [dataset(RAW_ORDERS, given=scan)],
                [dataset(table, schema(("id", "bigint")), taken=commit)], merged(told, forwarded),
                None, SPARK))
    events.append(dataset_event(at(2, 21), table, facets(
        catalog={"framework": "iceberg", "type": "glue", "name": "main"},
        storage={"storageLayer": "iceberg"}, icebergCommitReport={"commitMetrics": {
            "totalRecords": 5}})))
    return events
