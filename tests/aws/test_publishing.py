"""What CloudWatch and SNS accept and refuse: botocore's Stubber checks each request against their API."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.stub import ANY, Stubber

from driftwell.alerts.metrics import UNITS, check_names
from driftwell.aws.cloudwatch import Metric, is_accepted, put_metrics
from driftwell.aws.sns import publish
from driftwell.config import AlertSettings
from driftwell.errors import StorageError, UsageError

NOW = datetime(2026, 3, 10, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-1:123456789012:drift"


def client_of(service: str):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def metric(value: float = 1.0, time: datetime = NOW, name: str = "drift") -> Metric:
    return Metric(name, value, time, {"Dataset": "prompts"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 2.0**361])
def test_values_that_cloudwatch_refuses_are_not_sent(value):
    assert not is_accepted(metric(value), NOW)
    assert is_accepted(metric(-0.5), NOW)


@pytest.mark.parametrize(
    ("age", "taken"),
    [
        (timedelta(days=13), True),
        (timedelta(days=15), False),
        (timedelta(hours=-1), True),
        (timedelta(hours=-3), False),
    ],
)
def test_times_that_cloudwatch_refuses_are_not_sent(age, taken):
    assert is_accepted(metric(time=NOW - age), NOW) is taken


def test_many_metrics_are_sent_in_calls_of_an_accepted_size():
    client = client_of("cloudwatch")
    with Stubber(client) as stub:
        for _ in range(3):
            stub.add_response("put_metric_data", {}, {"Namespace": "rag", "MetricData": ANY})
        sizes = []
        client.meta.events.register(
            "provide-client-params.cloudwatch.PutMetricData",
            lambda params, **_: sizes.append(len(params["MetricData"])),
        )
        put_metrics(client, "rag", [metric(name=f"m{i}") for i in range(1_001)])
        stub.assert_no_pending_responses()
    assert sizes == [500, 500, 1]


def test_a_message_has_a_subject_within_limits_and_words_to_filter_by():
    client = client_of("sns")
    with Stubber(client) as stub:
        wanted = {
            "TopicArn": TOPIC,
            "Subject": ("driftwell: d?t? DRIFT" + "x" * 200)[:99],
            "Message": "{}",
            "MessageAttributes": {"verdict": {"DataType": "String", "StringValue": "DRIFT"}},
        }
        stub.add_response("publish", {"MessageId": "m1"}, wanted)
        subject = "driftwell: dét\n DRIFT" + "x" * 200
        assert publish(client, TOPIC, subject, "{}", "k", {"verdict": "DRIFT", "dataset": ""}) == "m1"


def test_a_fifo_topic_gets_a_deduplication_id():
    client = client_of("sns")
    with Stubber(client) as stub:
        fifo = {"MessageGroupId": "prompts", "MessageDeduplicationId": "k"}
        wanted = {"TopicArn": TOPIC + ".fifo", "Subject": "s", "Message": "{}", "MessageAttributes": ANY, **fifo}
        stub.add_response("publish", {"MessageId": "m1"}, wanted)
        publish(client, TOPIC + ".fifo", "s", "{}", "k", {"dataset": "prompts"})


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AuthorizationError", "access denied; allow sns:Publish"),
        ("Throttled", "kept throttling requests"),
        ("NotFound", "NotFound: said"),
    ],
)
def test_a_refused_message_is_one_clear_line(code, reason):
    client = client_of("sns")
    with Stubber(client) as stub:
        stub.add_client_error("publish", code, "said")
        with pytest.raises(StorageError, match=f"could not send a message to {TOPIC}: .*{reason}"):
            publish(client, TOPIC, "s", "{}", "k", {})


def test_refused_metrics_are_one_clear_line():
    client = client_of("cloudwatch")
    with Stubber(client) as stub:
        stub.add_client_error("put_metric_data", "AccessDenied", "said")
        with pytest.raises(StorageError, match="namespace rag: access denied; allow cloudwatch:PutMetricData"):
            put_metrics(client, "rag", [metric()])


def test_unknown_metrics_and_amazons_namespaces_are_refused():
    check_names(AlertSettings(metric_names={"drift": "rag_drift", "metadata.similarity": "similarity"}))
    with pytest.raises(UsageError, match=r"'drifft' is not a metric; metrics are drift, .*metadata\.KEY"):
        check_names(AlertSettings(metric_names={"drifft": "x"}))
    with pytest.raises(UsageError, match="names starting with AWS/ are reserved"):
        check_names(AlertSettings(namespace="AWS/rag"))


CLOUDWATCH = Path(__file__).parents[2] / "conf" / "cloudwatch"


def test_the_dashboard_shows_published_metrics_and_is_accepted(aws):
    text = (CLOUDWATCH / "dashboard.json").read_text(encoding="utf-8")
    shown = re.findall(r"\{driftwell,([\w,]+)\} MetricName=\\\"(\w+)\\\"", text)
    assert {name for _, name in shown} == set(UNITS)
    assert {dimensions for dimensions, _ in shown} == {"Dataset", "Dataset,Job", "Dataset,Reference"}
    aws("cloudwatch").put_dashboard(DashboardName="driftwell", DashboardBody=text)


@pytest.mark.parametrize("file", sorted(CLOUDWATCH.glob("alarm_*.json")), ids=lambda file: file.stem)
def test_alarms_watch_published_metrics_and_are_accepted(aws, file):
    alarm = json.loads(file.read_text(encoding="utf-8"))
    assert alarm["MetricName"] in UNITS and alarm["Namespace"] == AlertSettings().namespace
    aws("cloudwatch").put_metric_alarm(**alarm)
    (made,) = aws("cloudwatch").describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
    assert made["Threshold"] == alarm["Threshold"]
