"""Lease files and configurations in moto's S3; refusals by botocore's Stubber."""

from __future__ import annotations

import threading

import boto3
import pytest
from botocore.stub import ANY, Stubber

from driftwell.aws.clients import s3_client
from driftwell.aws.locations import S3Location, is_s3, s3_location
from driftwell.aws.objects import S3Files, read_text
from driftwell.config import LeaseSettings
from driftwell.errors import StorageError
from driftwell.lease.lease import held

FOLDER = S3Location("leases", "my tables/v=1/_lease")
AT_ONCE = LeaseSettings(wait_seconds=0, silence_seconds=30)


@pytest.fixture
def files(aws):
    client = aws("s3")
    client.create_bucket(Bucket="leases")
    yield S3Files(client, FOLDER)
    for item in client.list_objects_v2(Bucket="leases").get("Contents", []):
        client.delete_object(Bucket="leases", Key=item["Key"])
    client.delete_bucket(Bucket="leases")


def hold(files, settings=AT_ONCE):
    return held(files, str(FOLDER), "driftwell drift", settings, print)


def test_an_object_is_created_once_and_read_with_its_age(files):
    assert files.names() == [] and files.read("000000000001.json") is None
    assert files.create("000000000001.json", "first")
    assert not files.create("000000000001.json", "second")
    text, age = files.read("000000000001.json")
    assert text == "first" and -1 < age < 5
    files.write("000000000001.json", "again")
    assert files.read("000000000001.json")[0] == "again"
    assert files.names() == ["000000000001.json"]
    files.remove("000000000001.json")
    files.remove("000000000001.json")
    assert files.names() == []


def test_a_botocore_that_does_not_know_the_condition_sends_it_anyway(files, aws, monkeypatch):
    client = aws("s3")
    members = client.meta.service_model.operation_model("PutObject").input_shape.members
    monkeypatch.delitem(members, "IfNoneMatch")
    older = S3Files(client, FOLDER)
    assert older.create("000000000001.json", "first") and not older.create("000000000001.json", "second")
    older.write("000000000001.json", "again")
    assert files.read("000000000001.json")[0] == "again"


def test_runs_follow_each_other_and_keep_others_out(files):
    with (
        hold(files) as first,
        pytest.raises(StorageError, match="is writing s3://leases/my tables/v=1/_lease"),
        hold(files),
    ):
        first.check()
    with hold(files) as second:
        second.check()
    assert files.names() == ["000000000002.json"]


def test_of_two_concurrent_runs_one_holds_the_lease_at_any_time(files):
    inside, most = [0], [0]

    def work() -> None:
        with hold(files, LeaseSettings(wait_seconds=30, silence_seconds=6)):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.05)
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and files.names() == ["000000000003.json"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", "access denied; allow s3:PutObject on s3://leases/my tables/v=1/_lease"),
        ("SlowDown", "throttling"),
        ("NoSuchBucket", "there is no such bucket"),
        ("InvalidAccessKeyId", "the credentials were refused"),
    ],
)
def test_a_refused_lease_is_one_clear_line(code, reason):
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_response("list_objects_v2", {}, {"Bucket": "leases", "Prefix": ANY})
        stub.add_client_error("put_object", code, "said")
        with pytest.raises(StorageError, match=reason) as refused, hold(S3Files(client, FOLDER)):
            pass
    assert "\n" not in str(refused.value) and refused.value.exit_code == 5


def test_without_a_renewed_lease_nothing_is_written(files, monkeypatch):
    with hold(files) as lease:
        monkeypatch.setattr(
            files, "_client", s3_client({"endpoint": "http://127.0.0.1:1", "access.key": "x", "secret.key": "x"})
        )
        monkeypatch.setattr(files._client.meta.config, "retries", {"max_attempts": 0})
        with pytest.raises(StorageError, match="no answer"):
            lease.check()
        monkeypatch.undo()


def test_a_configuration_is_read_and_a_missing_or_binary_one_is_reported(files, aws):
    client = aws("s3")
    client.put_object(Bucket="leases", Key="a b/c=d.yaml", Body="k: ä".encode())
    assert read_text(client, s3_location("s3a://leases/a b/c=d.yaml")) == "k: ä"
    with pytest.raises(StorageError, match="s3://leases/none does not exist"):
        read_text(client, s3_location("s3://leases/none"))
    client.put_object(Bucket="leases", Key="binary", Body=b"\xff\xfe")
    with pytest.raises(StorageError, match="is not UTF-8 text"):
        read_text(client, s3_location("s3://leases/binary"))


def test_names_of_places_in_s3():
    assert [is_s3(path) for path in ("s3://b/k", "s3a://b", "s3n://b/", "/s3/b", "file:/b", None)] == [True] * 3 + [
        False
    ] * 3
    assert s3_location("s3a://b/a = b/c/") == S3Location("b", "a = b/c")
    assert str(S3Location("b", "").below("x", "y")) == "s3://b/x/y"


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"endpoint": "http://127.0.0.1:9000", "path.style.access": "true"}, "http://127.0.0.1:9000"),
        ({"endpoint": "store.example:9000", "connection.ssl.enabled": "false"}, "http://store.example:9000"),
        ({"endpoint": "store.example"}, "https://store.example"),
        (
            {"endpoint": "s3.eu-west-1.amazonaws.com", "endpoint.region": "eu-west-1"},
            "https://s3.eu-west-1.amazonaws.com",
        ),
    ],
)
def test_the_lease_goes_where_spark_goes(options, url, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert s3_client({"endpoint.region": "us-east-1", **options}).meta.endpoint_url == url
