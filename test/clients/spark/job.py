"""job.py FOLDER: customers and orders become revenue per country, in Parquet; then an action fails.

Run by spark-submit with the OpenLineage listener, which tells of it by itself.
"""
import sys

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession, functions as f


def main(folder):
    spark = SparkSession.builder.getOrCreate()
    customers = spark.read.option("header", True).option("inferSchema", True).csv(f"{folder}/customers.csv")
    orders = spark.read.json(f"{folder}/orders.json")
    orders.createOrReplaceTempView("orders")
    paid = spark.sql("SELECT customer_id, amount * 1.2 AS gross FROM orders WHERE paid")
    paid.write.mode("overwrite").parquet(f"{folder}/paid")
    revenue = (
        spark.read.parquet(f"{folder}/paid")
        .join(customers, f.col("customer_id") == f.col("id"))
        .groupBy("country")
        .agg(f.sum("gross").alias("revenue"))
    )
    revenue.write.mode("overwrite").parquet(f"{folder}/revenue")
    try:
        spark.read.parquet(f"{folder}/revenue").select(f.raise_error(f.lit("no such rate"))).write.mode("overwrite").csv(f"{folder}/broken")
    except PySparkException:
        print("the action failed, as it should")
    print("rows", spark.read.parquet(f"{folder}/revenue").count())
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1])
