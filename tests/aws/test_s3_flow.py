"""Archive, tables, models, configuration and lease in S3: the whole flow, then a second round of new objects.

`DRIFTWELL_TEST_S3` (a URL, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) runs it against another server.
"""

from __future__ import annotations

import os
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import boto3
import numpy as np
import pytest
from deltalake import DeltaTable

from tests.archives import cloud, records, write_objects
from tests.aws.conftest import Answer, Console

START, MIDDLE, END = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 5, 6))
ARCHIVE, TABLES = "archive of = mine", "drift tables/v=1"
CONFIG = """
lease: {wait_seconds: 0, silence_seconds: 30}
profile: {k: 4}
datasets:
  prompts: {data_path: "s3a://BUCKET/archive of = mine/prompts"}
"""


class Lake:
    """A bucket with archives, and the console whose commands read and write it."""

    def __init__(self, environment: dict[str, str], bucket: str) -> None:
        self.bucket = bucket
        self.environment = environment
        self.s3 = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_object(Bucket=bucket, Key="conf/my config.yaml", Body=CONFIG.replace("BUCKET", bucket).encode())
        self.console = Console(environment)

    def upload(self, folder: Path, items: list, name: str) -> None:
        """Put records into an archive, as gzip objects under the hours of their times."""
        for path in write_objects(folder / name, items, 60):
            key = f"{ARCHIVE}/{name}/{path.relative_to(folder / name)}"
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=path.read_bytes())

    def run(self, *arguments: str, **options) -> Answer:
        """A command on the tables of this lake, with its configuration from S3."""
        places = [
            "--tables_path",
            f"s3://{self.bucket}/{TABLES}",
            "--config",
            f"s3://{self.bucket}/conf/my config.yaml",
        ]
        return self.console.run(*arguments, *places, **options)

    def table(self, name: str) -> DeltaTable:
        """A table as read by an independent reader."""
        options = {
            "AWS_ENDPOINT_URL": self.environment["AWS_ENDPOINT_URL"],
            "AWS_ACCESS_KEY_ID": self.environment["AWS_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": self.environment["AWS_SECRET_ACCESS_KEY"],
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }
        return DeltaTable(f"s3://{self.bucket}/{TABLES}/{name}", storage_options=options)

    def count(self, name: str) -> int:
        """Rows of a table."""
        return self.table(name).to_pyarrow_table().num_rows


@pytest.fixture(scope="module")
def environment(request) -> dict[str, str]:
    if "DRIFTWELL_TEST_S3" not in os.environ:
        return request.getfixturevalue("aws_environment")
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return {"AWS_ENDPOINT_URL": os.environ["DRIFTWELL_TEST_S3"], "AWS_REGION": "us-east-1", **keys}


@pytest.fixture(scope="module")
def lake(environment, tmp_path_factory):
    folder, topics = tmp_path_factory.mktemp("archives"), cloud(4, 12)
    made = Lake(environment, f"driftwell-{np.random.default_rng().integers(1 << 40):x}")
    made.upload(folder, records(topics.draw(240, 1), START, 4, "p"), "prompts")
    made.upload(folder, records(topics.draw(120, 2, [0.4, 0.3, 0.2, 0.1]), MIDDLE, 1, "q"), "prompts")
    made.upload(folder, records(topics.draw(150, 3), START, 0.5, "doc"), "reference")
    reference = f"s3a://{made.bucket}/{ARCHIVE}/reference"
    for arguments in (
        ["ingest", "--dataset", "reference", "--data_path", reference],
        ["ingest", "--dataset", "prompts"],
        ["drift", "--job_type", "BASELINE", "--dataset", "reference", "--window_end", "2026-03-05"],
        ["drift", "--job_type", "BASELINE", "--dataset", "prompts", "--window_end", "2026-03-05"],
        ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_end", "2026-03-06"],
        ["distance", "--window_start", "2026-03-05", "--window_end", "2026-03-06"],
    ):
        answer = made.run(*arguments)
        if answer.code:
            pytest.fail(f"{arguments} ended with {answer.code}:\n{answer.err[:6000]}")
    yield made
    made.console.close()


def test_every_table_of_the_flow_is_read_by_another_reader(lake):
    assert lake.count("embeddings") == 510
    runs = lake.table("runs").to_pyarrow_table(columns=["job", "status"]).to_pylist()
    assert sorted(run["job"] for run in runs) == ["baseline", "baseline", "distance", "ingest", "ingest", "snapshot"]
    assert {run["status"] for run in runs} == {"done"}
    assert lake.count("prompt_distances") == 120
    keys = lake.table("objects").to_pyarrow_table(columns=["object_key"])["object_key"].to_pylist()
    listed = lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix=f"{ARCHIVE}/")["Contents"]
    assert sorted(keys) == sorted(f"s3://{lake.bucket}/{item['Key']}" for item in listed)


def test_the_lease_was_released_and_one_file_is_left_of_it(lake):
    listed = lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix=f"{TABLES}/_lease/")["Contents"]
    (key,) = [item["Key"] for item in listed]
    assert b'"released": true' in lake.s3.get_object(Bucket=lake.bucket, Key=key)["Body"].read()


def test_a_second_round_reads_only_new_objects_and_repeats_no_completed_run(lake, tmp_path):
    lake.upload(tmp_path, records(cloud(4, 12).draw(60, 4), END, 1, "r"), "prompts")
    answer = lake.run("ingest", "--dataset", "prompts")
    assert answer.code == 0 and "1 objects, 60 records = 60 good" in answer.out, answer.err
    again = lake.run("drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_end", "2026-03-06")
    assert again.code == 0 and "is already completed" in again.out, again.err
    window = ["--window_start", "2026-03-06", "--window_end", "2026-03-07"]
    answer = lake.run("distance", *window)
    assert answer.code == 0, answer.err
    assert lake.count("embeddings") == 570
    assert lake.count("prompt_distances") == 180


def test_a_concurrent_run_stops_and_names_the_other(lake):
    name = f"{TABLES}/_lease/000000009999.json"
    lake.s3.put_object(Bucket=lake.bucket, Key=name, Body=b'{"id": "x", "command": "driftwell ingest"')
    answer = lake.run("ingest", "--dataset", "prompts")
    lake.s3.delete_object(Bucket=lake.bucket, Key=name)
    assert answer.code == 5 and "another run" in answer.err and "lease.wait_seconds" in answer.err


@pytest.mark.parametrize(
    ("data_path", "tables_path", "said"),
    [
        ("s3://BUCKET/nothing here", "s3://BUCKET/t2", "does not exist: check --data_path"),
        ("s3://no-such-bucket-of-ours/x", "s3://BUCKET/t2", "there is no such bucket"),
        ("s3://BUCKET/x", "s3://no-such-bucket-of-ours/t", "there is no such bucket"),
    ],
)
def test_what_is_missing_is_one_line_and_exit_code_5(lake, data_path, tables_path, said):
    paths = (path.replace("BUCKET", lake.bucket) for path in (data_path, tables_path))
    data, tables = paths
    answer = lake.console.run("ingest", "--dataset", "prompts", "--data_path", data, "--tables_path", tables)
    shown = [line for line in answer.err.splitlines() if line.startswith("driftwell:")]
    assert answer.code == 5 and len(shown) == 1 and said in shown[0], answer.err
    assert "Traceback" not in answer.err and "\tat " not in answer.err


def test_a_configuration_that_is_missing_is_one_line(lake):
    answer = lake.console.run("ingest", "--dataset", "prompts", "--config", f"s3://{lake.bucket}/none.yaml")
    assert answer.code == 5 and f"s3://{lake.bucket}/none.yaml does not exist" in answer.err


def test_an_archive_that_may_not_be_read_is_one_line_with_the_permission(lake, moto_server, aws, tmp_path):
    if "DRIFTWELL_TEST_S3" in os.environ:
        pytest.skip("the other server's users are not ours to make")
    aws("iam").create_user(UserName="nobody")
    keys = aws("iam").create_access_key(UserName="nobody")["AccessKey"]
    aws("s3").create_bucket(Bucket="secret-archive")
    names = {"access.key": keys["AccessKeyId"], "secret.key": keys["SecretAccessKey"]}
    hadoop = {f"fs.s3a.bucket.secret-archive.{name}": value for name, value in names.items()}
    arguments = ["--data_path", "s3://secret-archive/x", "--tables_path", str(tmp_path / "tables")]
    asking_for_permission(moto_server, True)
    try:
        answer = lake.console.run("ingest", "--dataset", "prompts", *arguments, hadoop=hadoop)
    finally:
        asking_for_permission(moto_server, False)
    (line,) = [line for line in answer.err.splitlines() if line.startswith("driftwell:")]
    assert answer.code == 5 and "s3://secret-archive/x" in line and "access denied: allow s3:GetObject" in line


def asking_for_permission(moto_server: str, wanted: bool) -> None:
    """Make moto's server enforce policies; by default it allows everything."""
    after = b"0" if wanted else b"1000000000"  # requests that are still allowed without
    plain = {"Content-Type": "text/plain"}  # of a form, which urllib sends by itself, the server sees no body
    urllib.request.urlopen(urllib.request.Request(f"{moto_server}/moto-api/reset-auth", after, plain)).close()
