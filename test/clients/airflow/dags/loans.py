"""What a person would build: raw tables -> clean -> features by SQL, an export by Python, tasks
that are mapped, skipped, declared by inlets and outlets; and a DAG that fails."""
import datetime
import os

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, dag, task, task_group
from airflow.sdk.exceptions import AirflowSkipException
from openlineage.client.event_v2 import Dataset

FEATURES = Dataset(namespace=f"postgres://127.0.0.1:{os.environ['LOANS_PORT']}", name="loans.loans.features")
MODEL = Dataset(namespace="models://loans", name="risk")
STORE = Dataset(namespace="feast://loans", name="loan_features")
START = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)


def statement(name, sql):
    return SQLExecuteQueryOperator(task_id=name, conn_id="loans", sql=sql)


@dag(schedule="@once", start_date=START, catchup=False, tags=["loans", "nightly"],
     default_args={"owner": "team-risk"}, description="Features and a model, every night.")
def loans_nightly():
    clean = statement("clean", [
        "CREATE TABLE loans.clean (id int, income numeric)",
        "INSERT INTO loans.clean (id, income) SELECT c.id, c.income FROM loans.raw_customers AS c WHERE c.income > 0",
    ])
    features = statement("features", """
        CREATE TABLE loans.features AS
        SELECT a.id AS application_id, a.amount / k.income AS ratio
          FROM loans.raw_applications AS a JOIN loans.clean AS k ON k.id = a.customer_id""")

    @task(inlets=[FEATURES], outlets=[STORE])
    def export():
        """Reads through a hook, which tells of its SQL in a run of its own."""
        assert PostgresHook("loans").get_records("SELECT application_id, ratio FROM loans.features")

    @task_group
    def learn():
        @task(inlets=[STORE], outlets=[MODEL])
        def train():
            pass

        @task
        def evaluate(fold):
            return fold

        train() >> evaluate.expand(fold=[1, 2])

    @task
    def publish():
        raise AirflowSkipException("nothing is better than before")

    report = EmptyOperator(task_id="report", inlets=[MODEL], outlets=[Asset("file://reports.example/loans/risk.html")],
                           trigger_rule="none_failed", on_success_callback=lambda context: None)  # a callback makes an empty task run
    clean >> features >> export() >> learn() >> publish() >> report


@dag(schedule="@once", start_date=START, catchup=False, default_args={"owner": "team-risk"})
def loans_audit():
    statement("audit", "INSERT INTO loans.findings SELECT id FROM loans.no_such_table") >> EmptyOperator(task_id="never")


loans_nightly()
loans_audit()
