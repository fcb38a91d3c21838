"""Events without a run, and lineage that is stated instead of concluded."""
from world import *

NIGHTLY = ("catalog", "nightly_export")


def by(pair, field=None, kind="DATASET", *changes):
    """One input of a lineage facet."""
    made = ref(pair, type=kind) if pair else {"type": kind}
    if field:
        made["field"] = field
    if changes:
        made["transformations"] = [{"type": "DIRECT", "subtype": c} for c in changes]
    return made


def entry(pair, inputs=None, kind="DATASET", **fields):
    """One target of a job's lineage facet."""
    made = ref(pair, type=kind) if pair else {"type": kind}
    if inputs is not None:
        made["inputs"] = inputs
    if fields:
        made["fields"] = {name: {"inputs": sources} for name, sources in fields.items()}
    return made


def entries(*items):
    return facets(lineage={"entries": list(items)})


def job_events(random):
    """Each JobEvent with inputs or outputs replaces the ones before it."""
    report, archive = (LAKE, "reports/orders"), (LAKE, "archive/orders")
    view = ("catalog", "refresh_views")
    manual = ("catalog", "manual_mapping")
    location = {"type": "git", "url": "https://git.example.com/export.py", "version": "1"}
    return [
        job_event(at(2, 1), NIGHTLY, [dataset(ORDERS)], [dataset(report)],
                  merged(described(NIGHTLY, "first", "ops", "nightly"),
                         facets(sourceCodeLocation=location))),
        job_event(at(2, 3), NIGHTLY, [dataset(ORDERS), dataset(MART_ORDERS)], [dataset(report)],
                  described(NIGHTLY, "third", "ops", "weekly")),
        job_event(at(2, 2), NIGHTLY, [dataset(PAYMENTS)], [dataset(archive)],
                  facets(sourceCodeLocation=dict(location, version="2", url="git://two"))),
        job_event(at(2, 4), NIGHTLY, job_facets=facets(documentation={
            "description": "only a facet: replaces no edge"})),
        job_event(at(2, 5), NIGHTLY, job_facets=facets(documentation={
            "description": "gone", "_deleted": True}, ownership={"_deleted": True})),
        job_event(at(2, 6), view, [dataset(MART_ORDERS)], [dataset((SNOW, "ANALYTICS.V.A"))]),
        job_event(at(2, 7), view, [], []),
        job_event(at(2, 8), view, [dataset(MART_LTV)], [dataset((SNOW, "ANALYTICS.V.B"))],
                  facets(sql={"query": "create view b as select 1"})),
        job_event(at(2, 9), manual, [dataset(ORDERS), dataset(PAYMENTS), dataset(CUSTOMERS)],
                  [dataset((LAKE, "map/c")), dataset((LAKE, "map/d")), dataset((LAKE, "map/e"))],
                  entries(entry((LAKE, "map/c"), [by(ORDERS)]),
                          entry((LAKE, "map/d"), [by(PAYMENTS)]))),
        job_event(at(2, 10), manual, job_facets=entries(
            entry((LAKE, "map/c"), [by(ORDERS), by(PAYMENTS, "fee")],
                  total=[by(ORDERS, "amount", "DATASET", "AGGREGATION"),
                         by(PAYMENTS, "fee", "DATASET", "AGGREGATION")]),
            entry((LAKE, "map/d"), []))),
        job_event(at(2, 11), ("catalog", "trigger"), job_facets=entries(
            entry(None, [by(MART_LTV)], "JOB"),
            entry(NIGHTLY, [by(None, None, "JOB")], "JOB"),
            entry((LAKE, "map/e"), [by(view, None, "JOB"), by(None, None, "JOB")]))),
        job_event(at(2, 12), ("catalog", "dashboard"), [dataset(MART_LTV)], [],
                  entries(entry(("looker", "ltv"), [by(MART_LTV)], "DASHBOARD"))),
        job_event(at(2, 13), ("catalog", "declared_only"), None, [dataset((LAKE, "declared/x"))]),
        job_event(at(2, 14), ("catalog", "declared_only"), [dataset(RAW_ORDERS)], None),
    ]


def dataset_events(random):
    """Design-time metadata; deleted facets; dataset to dataset lineage."""
    gold = (SNOW, "ANALYTICS.GOLD.CUSTOMER")
    metrics = {"rowCount": 12, "bytes": 4096, "columnMetrics": {
        "EMAIL": {"nullCount": 1, "distinctCount": 11, "quantiles": {"0.5": 3}}}}
    checks = {"assertions": [{"assertion": "fresh", "success": False, "severity": "warn"}]}
    events = [dataset_event(at(3, n), pair, described(pair, "master", "crm", "golden", "email"))
              for n, pair in enumerate([ORDERS, CUSTOMERS, PAYMENTS, MART_LTV, CLICKS])]
    events += [
        dataset_event(at(3, 6), CUSTOMERS, merged(
            schema(("customer_id", "bigint"), ("email", "text", "where we write to")),
            facets(hierarchy={"levels": [{"type": "DATABASE", "name": "shop"},
                                         {"type": "SCHEMA", "name": "public"}]},
                   dataSource={"name": "shop", "uri": "postgres://shop-db:5432/shop"}))),
        dataset_event(at(3, 8), CUSTOMERS, facets(tags={"_deleted": True, "tags": []},
                                                  documentation={"_deleted": True})),
        dataset_event(at(3, 7), CUSTOMERS, facets(
            documentation={"description": "told before it is deleted"})),
        dataset_event(at(3, 9), PAYMENTS, facets(ownership={"_deleted": True, "owners": [
            {"name": "nobody"}]})),
        dataset_event(at(3, 10), PAYMENTS, facets(ownership={"owners": [{"name": "team:pay"}]})),
        dataset_event(at(3, 11), gold, facets(lineage={
            "inputs": [by(MART_ORDERS), by(CUSTOMERS, "deleted_at")],
            "fields": {"EMAIL": {"inputs": [by(CUSTOMERS, "email", "DATASET", "IDENTITY")]}}})),
        dataset_event(at(3, 12), gold, facets(lineage={"inputs": [by(MART_LTV)]})),
        dataset_event(at(3, 13), (LAKE, "gold/copy"), facets(lineage={
            "inputs": [by(gold), by(NIGHTLY, None, "JOB")]})),
        dataset_event(at(3, 14), (LAKE, "gold/source"), facets(lineage={"inputs": []})),
        dataset_event(at(3, 15), gold, facets(dataQualityMetrics=metrics,
                                              dataQualityAssertions=checks)),
        dataset_event(at(3, 16), gold, facets(dataQualityMetrics=dict(metrics, rowCount=13),
                                              datasetType={"datasetType": "VIEW"})),
        dataset_event(at(3, 17), (LAKE, "gold/tmp"), merged(
            lifecycle("DROP"), facets(datasetType={"datasetType": "JOB_OUTPUT",
                                                   "subType": "TEMPORARY"}))),
        dataset_event(at(3, 18), (LAKE, "gold/renamed"), lifecycle("RENAME", (LAKE, "gold/copy"))),
        dataset_event(at(3, 19), SALES_ORDERS, symlinks((HIVE, "sales.orders"),
                                                        ("presto://gate", "hive.sales.orders"))),
        dataset_event(at(3, 20), (LAKE, "gold/copy"), facets(version={"datasetVersion": "v7"})),
    ]
    return events


def lineage_facet(random):
    """Run events with the lineage facet: entries accumulate over the run."""
    job, c, d = ("etl", "split"), (LAKE, "split/c"), (LAKE, "split/d")
    run, events = run_id("split/1"), []
    both = [dataset(RAW_ORDERS), dataset(RAW_CUSTOMERS)]
    events += [
        run_event("START", at(6, 1), run, job, both, [dataset(c), dataset(d)], None,
                  entries(entry(c, [by(RAW_ORDERS)]))),
        run_event("RUNNING", at(6, 1, 1), run, job, both, [], None,
                  entries(entry(d, [by(RAW_CUSTOMERS)]))),
        run_event("COMPLETE", at(6, 1, 2), run, job, [], [], None,
                  entries(entry(c, [by(CLICKS)], amount=[by(RAW_ORDERS, "amount", "DATASET",
                                                            "AGGREGATION")])))]
    again = run_id("split/2")
    events += [
        run_event("START", at(6, 2), again, job, both, [dataset(c)], None, None),
        run_event("COMPLETE", at(6, 2, 1), again, job, both, [dataset(c), dataset(d)], None,
                  entries(entry(c, [by(RAW_ORDERS)]), entry(d, []))),
        run_event("COMPLETE", at(6, 3), run_id("mixed/1"), ("etl", "mixed"), both,
                  [dataset(c, facets(columnLineage={"fields": {"id": {"inputFields": [
                      column(RAW_CUSTOMERS, "id")]}}}))], None,
                  entries(entry(c, [by(RAW_ORDERS)]))),
        run_event("COMPLETE", at(6, 4), run_id("calls/1"), ("etl", "calls"), [dataset(c)], [],
                  None, entries(entry(("etl", "called"), [by(None, None, "JOB")], "JOB"),
                                entry(None, [by(c)], "JOB"),
                                entry(d, [dict(by(("etl", "called"), None, "JOB"),
                                               runId=run_id("called/1"))]))),
        run_event("COMPLETE", at(6, 5), run_id("called/1"), ("etl", "called"), [], [dataset(d)]),
        run_event("COMPLETE", at(6, 6), run_id("none/1"), ("etl", "no_entries"), both,
                  [dataset(d)], None, entries()),
        run_event("COMPLETE", at(6, 7), run_id("loop/1"), ("etl", "loop"), [dataset(c)],
                  [dataset(c)], None, entries(entry(c, [by(c)]))),
    ]
    return events
