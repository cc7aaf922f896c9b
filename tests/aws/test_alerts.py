"""Alerts end to end: tables with verdicts, messages that arrive in a queue, metrics in CloudWatch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest
from botocore.stub import Stubber

from driftwell.alerts.run import run_alerts, shown
from driftwell.config import AlertSettings, Settings
from driftwell.errors import StorageError
from driftwell.runs.run import Context
from driftwell.spark.progress import Progress
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.store import Tables
from tests.guides import shown_json

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
SETTINGS = AlertSettings(namespace="rag", metric_names={"metadata.similarity": "similarity", "p_value": "drift_p"})


class Story:
    """Tables that grow day by day, and what is published of them."""

    def __init__(self, spark, path: str, aws) -> None:
        self.tables = Tables(spark, path)
        self.context = Context(spark, self.tables, replace(Settings(), alerts=SETTINGS), Progress(spark.sparkContext))
        self.cloudwatch, self.sns, self.sqs = (aws(service) for service in ("cloudwatch", "sns", "sqs"))
        self.topic = self.sns.create_topic(Name="drift")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="drift")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def judge(self, run_id: str, days_ago: int, verdict: str, finished: int = 0, days: int = 1, **values) -> None:
        """A snapshot of one day, or a period of more, with its verdict; `finished` minutes after its end."""
        end = TODAY - timedelta(days=days_ago)
        window = {"window_start": end - timedelta(days=days), "window_end": end}
        ids = {"run_id": run_id, "dataset": "prompts", "baseline_id": "prompts-v1", **window}
        columns = {"n": 100, "verdict": verdict, "status": "ok", "p_value": 0.25, "main_cause": "novelty", **values}
        started = end + timedelta(minutes=finished)
        run = {"job": "snapshot" if days == 1 else "period", "status": "done", "started_at": started, "records_in": 100}
        rows: dict[str, list[dict]] = {
            "verdicts": [{**ids, **columns, "causes": ["novelty"], "explanation": "why"}],
            "cluster_drift": [{**ids, "cluster": 0, "change": 0.1}, {**ids, "cluster": 1, "change": -0.5}],
            "clusters": [{"run_id": run_id, "cluster": 7, "matched_baseline_cluster": 1, "example_ids": ["p1"]}],
            "runs": [{**ids, **run, "finished_at": started + timedelta(seconds=12.5)}],
        }
        side_by_side([partial(self.add, name, *some) for name, some in rows.items()])

    def add(self, name: str, *rows: dict) -> None:
        self.tables.append(name, self.tables.frame(name, rows))

    def publish(self, sns=None, cloudwatch=None, dry_run: bool = False):
        return run_alerts(self.context, cloudwatch or self.cloudwatch, sns or self.sns, self.topic, None, dry_run)

    def arrived(self) -> list[dict]:
        """Messages that came since the last time."""
        answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in answer.get("Messages", [])]

    def values(self, name: str, **dimensions: str) -> list[float]:
        """Values of a metric in the order of their times."""
        points = self.cloudwatch.get_metric_statistics(
            Namespace="rag",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=TODAY - timedelta(days=13),
            EndTime=TODAY + timedelta(days=1),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return [point["Sum"] for point in sorted(points, key=lambda point: point["Timestamp"])]


def refusing(service: str, operation: str, code: str):
    """A client whose next request is refused."""
    client = boto3.client(service, region_name="us-east-1")
    stub = Stubber(client)
    stub.add_client_error(operation, code, "said")
    stub.activate()
    return client


def test_a_changed_verdict_and_its_metrics_are_published_once(spark, tmp_path, aws):
    story = Story(spark, str(tmp_path / "tables of = mine"), aws)
    story.judge("day3", 3, "NO_DRIFT")
    planned = story.publish(dry_run=True)
    assert planned.changes == [] and "4 metrics would be published" in shown(planned, True)
    assert "no verdict has changed" in shown(planned, True)

    story.judge("day2", 2, "DRIFT", p_value=0.001)
    # A refused message is sent later; the metrics are published anyway.
    with pytest.raises(StorageError, match=r"allow sns:Publish.*the next run publishes what failed"):
        story.publish(sns=refusing("sns", "publish", "AuthorizationError"))
    assert story.values("drift", Dataset="prompts") == [0.0, 1.0]
    story.publish()
    (message,) = story.arrived()
    assert (message["verdict"], message["previous_verdict"], message["main_cause"]) == ("DRIFT", None, "novelty")
    assert [cluster["cluster"] for cluster in message["clusters"]] == [1, 0]
    assert message["clusters"][0]["example_ids"] == ["p1"]
    on_page = shown_json("alerts")
    assert message.keys() == on_page.keys() and message["clusters"][0].keys() == on_page["clusters"][0].keys()
    assert message["tables"]["verdicts"] == story.tables.location("verdicts")
    assert message["window_end"] == (TODAY - timedelta(days=2)).date().isoformat()

    # A new verdict on an older day due to late data, and the same verdict on the next day: no news.
    story.judge("day3late", 3, "DRIFT", finished=5_000)
    story.judge("day1", 1, "DRIFT")
    with pytest.raises(StorageError, match="throttling"):
        story.publish(cloudwatch=refusing("cloudwatch", "put_metric_data", "Throttling"))
    assert story.publish().changes == [] and story.arrived() == []
    assert story.values("drift", Dataset="prompts") == [1.0, 1.0, 1.0]  # day 3 twice: 0 and 1
    assert story.values("seconds", Dataset="prompts", Job="snapshot")[-1] == 12.5

    # A week is a different question from its days.
    story.judge("day0", 0, "NO_DRIFT")
    story.judge("week0", 0, "DRIFT", days=7)
    story.publish()
    messages = sorted((m["question"], m["verdict"], m["previous_verdict"] or "") for m in story.arrived())
    assert messages == [("period of 7 days", "DRIFT", ""), ("snapshot", "NO_DRIFT", "DRIFT")]
    assert story.values("drift", Dataset="prompts", Job="period") == [1.0]


def test_metrics_are_those_of_the_tables_and_never_nan_and_coverage_is_published(spark, tmp_path, aws):
    story = Story(spark, str(tmp_path / "tables"), aws)
    story.judge("s1", 1, "INSUFFICIENT_DATA", p_value=None, effect=0.5)
    end = TODAY - timedelta(days=1)
    means = {"similarity": 0.375, "latency": None}
    shape = {"dims95": 7, "inertia": 0.125, "silhouette": float("inf"), "metadata_means": means}
    story.add("profiles", {"run_id": "s1", "dataset": "prompts", **shape})
    ids = {"run_id": "d1", "prompt_dataset": "prompts", "reference_dataset": "reference", "window_end": end}
    stats = {**ids, "reference_kind": "baseline", "cluster": -1, "n": 50, "outliers": 5, "coverage": 0.75}
    columns = {"outside_share": 0.25, "outside_change": 0.2, "outside_verdict": "DRIFT"}
    story.add("distance_stats", {**stats, **columns}, {**stats, "cluster": 0, "coverage": 0.1, "outside_change": 0.3})
    far = {"run_id": "d1", "prompt_dataset": "prompts", "event_date": end.date()}
    story.add("prompt_distances", *[{**far, "record_id": f"p{i}", "distance": float(i)} for i in range(3)])
    done = {"dataset": "prompts", "status": "done", "started_at": end, "finished_at": end + timedelta(seconds=2)}
    story.add("runs", {"run_id": "d1", "job": "distance", **done, "window_end": end, "records_in": 50})
    story.add("runs", {"run_id": "i1", "job": "ingest", **done, "records_in": 200, "records_quarantined": 10})
    old = {**done, "finished_at": TODAY - timedelta(days=30)}
    story.add("runs", {"run_id": "i0", "job": "ingest", **old, "records_in": 7, "records_quarantined": 7})
    found = story.publish()
    assert {(m.name, *m.dimensions.values()): m.value for m in found.metrics} == {
        ("effect", "prompts"): 0.5,
        ("dims95", "prompts"): 7.0,
        ("inertia", "prompts"): 0.125,
        ("similarity", "prompts"): 0.375,
        ("seconds", "prompts", "snapshot"): 12.5,
        ("records", "prompts", "snapshot"): 100.0,
        ("coverage", "prompts", "reference"): 0.75,
        ("outlier_share", "prompts", "reference"): 0.1,
        ("seconds", "prompts", "distance"): 2.0,
        ("records", "prompts", "distance"): 50.0,
        ("seconds", "prompts", "ingest"): 2.0,
        ("records", "prompts", "ingest"): 200.0,
        ("quarantine_share", "prompts", "ingest"): 0.05,
    }
    assert found.left_out == 1  # the silhouette that is infinite
    (message,) = story.arrived()
    assert (message["question"], message["verdict"]) == ("coverage by reference", "DRIFT")
    assert message["example_ids"] == ["p2", "p1", "p0"] and message["outside_change"] == 0.2
    assert [cluster["outside_change"] for cluster in message["clusters"]] == [0.3]
    again = story.publish()
    assert again.metrics == [] and again.changes == []
