"""Customers and applications; a service serves them to the model."""
import datetime
import pathlib

import pandas
from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64

DATA = pathlib.Path(__file__).parent / "data"
DAY = datetime.timedelta(days=1)


def source(name, column):
    """A Parquet file with two customers."""
    DATA.mkdir(exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    pandas.DataFrame({"customer_id": [1, 2], column: [10.0, 20.0], "at": [now - DAY / 2] * 2}).to_parquet(DATA / f"{name}.parquet")
    return FileSource(name=name, path=str(DATA / f"{name}.parquet"), timestamp_field="at", description=f"The file of {name}.")


customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
customers = FeatureView(
    name="customers", entities=[customer], ttl=2 * DAY, source=source("raw_customers", "income"),
    schema=[Field(name="customer_id", dtype=Int64), Field(name="income", dtype=Float64, description="per month")],
    description="What is known of a customer.", owner="team-risk", tags={"area": "risk"})
applications = FeatureView(
    name="applications", entities=[customer], ttl=2 * DAY, source=source("raw_applications", "amount"),
    schema=[Field(name="customer_id", dtype=Int64), Field(name="amount", dtype=Float64)])
scoring = FeatureService(name="scoring", features=[customers, applications], description="What the model asks for.", owner="team-risk")
