"""What the events of the corpus share: names, facets, events.

A reference to a job or dataset is a pair (namespace, name).  Everything is a
function of its arguments, so the corpus is the same whenever it is made.
"""
import uuid

SPEC = "https://openlineage.io/spec/"
SPARK = "https://github.com/OpenLineage/OpenLineage/tree/1.53.0/integration/spark"
AIRFLOW = "https://github.com/apache/airflow/tree/providers-openlineage/2.20.3"
DBT = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/integration/dbt"
FLINK = "https://github.com/OpenLineage/OpenLineage/tree/1.53.0/integration/flink"
CLIENT = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"

SHOP, LAKE, HIVE = "postgres://shop-db:5432", "s3://lake", "hive://metastore:9083"
SNOW, KAFKA, MODELS = "snowflake://acme-eu", "kafka://events:9092", "mlflow://models"

ORDERS = (SHOP, "shop.public.orders")
PAYMENTS = (SHOP, "shop.public.payments")
CUSTOMERS = (SHOP, "shop.public.customers")
RAW_ORDERS = (LAKE, "raw/orders")
RAW_CUSTOMERS = (LAKE, "raw/customers")
CLEAN_ORDERS = (LAKE, "clean/orders")
CLEAN_CUSTOMERS = (LAKE, "clean/customers")
SALES_ORDERS = (LAKE, "warehouse/sales/orders")
SALES_CUSTOMERS = (LAKE, "warehouse/sales/customers")
FEATURES = (LAKE, "features/customer_daily")
STG_ORDERS = (SNOW, "ANALYTICS.STAGING.STG_ORDERS")
STG_CUSTOMERS = (SNOW, "ANALYTICS.STAGING.STG_CUSTOMERS")
MART_ORDERS = (SNOW, "ANALYTICS.MARTS.ORDERS")
MART_LTV = (SNOW, "ANALYTICS.MARTS.CUSTOMER_LTV")
CLICKS = (KAFKA, "clicks")
CLICKS_ENRICHED = (KAFKA, "clicks_enriched")
LOAN_MODEL = (MODELS, "loan_approval_model")

VERSIONS = {
    "parent": "1-2-0/ParentRunFacet", "nominalTime": "1-0-1/NominalTimeRunFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "environmentVariables": "1-0-0/EnvironmentVariablesRunFacet",
    "executionParameters": "1-0-0/ExecutionParametersRunFacet",
    "externalQuery": "1-0-2/ExternalQueryRunFacet",
    "extractionError": "1-1-2/ExtractionErrorRunFacet",
    "jobDependencies": "1-0-1/JobDependenciesRunFacet",
    "test": "1-0-1/TestRunFacet", "jobType": "2-0-4/JobTypeJobFacet",
    "sql": "1-1-0/SQLJobFacet", "sourceCode": "1-0-1/SourceCodeJobFacet",
    "sourceCodeLocation": "1-1-0/SourceCodeLocationJobFacet",
    "lineage": "1-0-0/LineageFacet", "schema": "1-2-0/SchemaDatasetFacet",
    "dataSource": "1-0-1/DatasourceDatasetFacet",
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "symlinks": "1-0-1/SymlinksDatasetFacet",
    "lifecycleStateChange": "1-0-1/LifecycleStateChangeDatasetFacet",
    "datasetType": "1-0-1/DatasetTypeDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
    "catalog": "1-1-0/CatalogDatasetFacet", "storage": "1-0-1/StorageDatasetFacet",
    "hierarchy": "1-0-0/HierarchyDatasetFacet",
    "documentation": "1-1-0/DocumentationDatasetFacet",
    "ownership": "1-0-1/OwnershipDatasetFacet", "tags": "1-0-0/TagsDatasetFacet",
    "dataQualityMetrics": "1-0-3/DataQualityMetricsInputDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
    "inputStatistics": "1-0-0/InputStatisticsInputDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "inputSubset": "1-0-0/InputSubsetInputDatasetFacet",
    "outputSubset": "1-0-0/OutputSubsetOutputDatasetFacet",
    "icebergScanReport": "1-0-1/IcebergScanReportInputDatasetFacet",
    "icebergCommitReport": "1-0-2/IcebergCommitReportOutputDatasetFacet",
}


def run_id(name):
    """The UUID of a run that the corpus calls by a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "corpus/" + name))


def at(day, hour=0, minute=0, second=0, milli=0):
    """A time in March 2026 as most producers write it."""
    return f"2026-03-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{milli:03d}Z"


def facets(producer=CLIENT, **members):
    """A facets object; each value is the dict of its own members."""
    made = {}
    for key, body in members.items():
        version = VERSIONS.get(key)
        url = f"{SPEC}facets/{version}.json" if version else \
            f"https://example.com/spec/facets/1-0-0/{key}.json"
        made[key] = {"_producer": producer, "_schemaURL": url, **body}
    return made


def merged(*parts):
    """Several facets objects as one."""
    result = {}
    for part in parts:
        result.update(part)
    return result


def ref(pair, **more):
    return {"namespace": pair[0], "name": pair[1], **more}


def dataset(pair, told=None, given=None, taken=None):
    """A dataset of an event, with facets, inputFacets and outputFacets."""
    made = ref(pair)
    if told is not None:
        made["facets"] = told
    if given is not None:
        made["inputFacets"] = given
    if taken is not None:
        made["outputFacets"] = taken
    return made


def run_event(kind, when, run, job, inputs=(), outputs=(), run_facets=None,
              job_facets=None, producer=CLIENT):
    event = {"eventTime": when, "producer": producer,
             "schemaURL": SPEC + "2-0-2/OpenLineage.json#/$defs/RunEvent"}
    if kind is not None:
        event["eventType"] = kind
    event["run"] = {"runId": run, "facets": run_facets or {}}
    event["job"] = ref(job, facets=job_facets or {})
    event["inputs"] = list(inputs)
    event["outputs"] = list(outputs)
    return event


def job_event(when, job, inputs=None, outputs=None, job_facets=None,
              producer=CLIENT):
    event = {"eventTime": when, "producer": producer,
             "schemaURL": SPEC + "2-0-2/OpenLineage.json#/$defs/JobEvent",
             "job": ref(job, facets=job_facets or {})}
    if inputs is not None:
        event["inputs"] = list(inputs)
    if outputs is not None:
        event["outputs"] = list(outputs)
    return event


def dataset_event(when, pair, told, producer=CLIENT):
    return {"eventTime": when, "producer": producer,
            "schemaURL": SPEC + "2-0-2/OpenLineage.json#/$defs/DatasetEvent",
            "dataset": dataset(pair, told)}


def parent(run, job, root=None, producer=CLIENT):
    """A parent facet; root is a pair (run, job)."""
    body = {"run": {"runId": run}, "job": ref(job)}
    if root:
        body["root"] = {"run": {"runId": root[0]}, "job": ref(root[1])}
    return facets(producer, parent=body)


def schema(*columns):
    """columns: (name, type) or (name, type, description) or with a list of nested ones."""
    def field(column):
        made = {"name": column[0], "type": column[1]}
        if len(column) > 2 and isinstance(column[2], str):
            made["description"] = column[2]
        elif len(column) > 2:
            made["fields"] = [field(c) for c in column[2]]
        return made
    return facets(schema={"fields": [field(c) for c in columns]})


def symlinks(*pairs, kind="TABLE"):
    return facets(symlinks={"identifiers": [ref(p, type=kind) for p in pairs]})


def lifecycle(change, former=None):
    body = {"lifecycleStateChange": change}
    if former:
        body["previousIdentifier"] = ref(former)
    return facets(lifecycleStateChange=body)


def job_type(kind, integration, name=None, **pattern):
    body = {"processingType": kind, "integration": integration}
    if name:
        body["jobType"] = name
    if pattern:
        body["emissionPattern"] = pattern
    return facets(jobType=body)


def column(pair, field, kind="DIRECT", subtype="IDENTITY", **more):
    """One input field of column lineage."""
    return ref(pair, field=field, transformations=[
        {"type": kind, "subtype": subtype, "description": "", "masking": False, **more}])


def described(pair, text, owner, tag, field=None):
    """Documentation, ownership and tags: the facets that everything may have."""
    tags = [{"key": tag, "value": "true", "source": "USER"}]
    if field:
        tags.append({"key": "PII", "value": "email", "source": "SCANNER", "field": field})
    return facets(documentation={"description": f"{text} ({pair[1]})"},
                  ownership={"owners": [{"name": f"team:{owner}", "type": "MAINTAINER"},
                                        {"name": "user:ada", "type": "STEWARD"}]},
                  tags={"tags": tags})
