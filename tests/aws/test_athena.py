"""Athena simulated by botocore's Stubber: waiting, stopping, refusals; and tables in moto's S3."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.stub import ANY, Stubber

from driftwell.aws.athena import Athena, register
from driftwell.aws.athena_queries import QUERIES
from driftwell.aws.athena_sql import VIEWS, named, registration, values_of
from driftwell.aws.delta_log import delta_columns
from driftwell.aws.locations import S3Location, s3_location
from driftwell.cli.arguments import parse
from driftwell.cli.athena import run_athena, table
from driftwell.config import Settings
from driftwell.errors import StorageError, UsageError
from driftwell.tables.schemas import TABLES

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import athena_sql  # the script is outside the package

TABLES_PATH = "s3://lake/my tables/v=1"


@pytest.fixture
def stubbed():
    client = boto3.client("athena", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def athena(client, **options) -> Athena:
    return Athena(client, "drift", sleep=lambda _seconds: None, **options)


def starts(stub: Stubber, statement=ANY, **wanted) -> None:
    stub.add_response("start_query_execution", {"QueryExecutionId": "q1"}, {"QueryString": statement, **wanted})


def is_in(stub: Stubber, state: str, reason: str | None = None) -> None:
    status = {"State": state} | ({"StateChangeReason": reason} if reason else {})
    stub.add_response("get_query_execution", {"QueryExecution": {"Status": status}}, {"QueryExecutionId": "q1"})


def gives(stub: Stubber, columns: list[str], rows: list[list[str | None]], more: str | None = None, **wanted) -> None:
    data = [{"Data": [{"VarCharValue": v} if v is not None else {} for v in row]} for row in rows]
    info = [{"Name": name, "Type": "varchar"} for name in columns]
    answer = {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": info}}}
    stub.add_response(
        "get_query_results", answer | ({"NextToken": more} if more else {}), {"QueryExecutionId": "q1", **wanted}
    )


CONTEXT = {"QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": "drift"}}


def test_a_query_is_started_waited_for_and_read_page_by_page(stubbed):
    client, stub = stubbed
    place = {"WorkGroup": "team", "ResultConfiguration": {"OutputLocation": "s3://lake/out/"}}
    starts(stub, "SELECT 1", **CONTEXT, **place, ExecutionParameters=["'it''s'", "7", "0.5"])
    for state in ("QUEUED", "RUNNING", "SUCCEEDED"):
        is_in(stub, state)
    gives(stub, ["a", "b"], [["a", "b"], ["1", None]], more="t")
    gives(stub, ["a", "b"], [["3", "4"]], NextToken="t")
    result = athena(client, workgroup="team", output="s3://lake/out/").run("SELECT 1", ["it's", 7, 0.5])
    assert result.columns == ["a", "b"] and result.rows == [["1", None], ["3", "4"]]
    assert table(result).splitlines() == ["a  b", "1  -", "3  4"]


@pytest.mark.parametrize(
    ("state", "message"), [("FAILED", "failed: COLUMN_NOT_FOUND x"), ("CANCELLED", "was cancelled: by ada")]
)
def test_a_query_that_fails_or_is_cancelled_is_reported_with_its_reason(stubbed, state, message):
    client, stub = stubbed
    starts(stub, **CONTEXT)
    is_in(stub, state, message.partition(": ")[2])
    stub.add_response("stop_query_execution", {}, {"QueryExecutionId": "q1"})
    with pytest.raises(StorageError, match=f"Athena query q1 {message}"):
        athena(client).run("SELECT x FROM runs")


def test_an_interrupted_query_is_stopped(stubbed):
    client, stub = stubbed
    starts(stub, **CONTEXT)
    is_in(stub, "RUNNING")
    stub.add_response("stop_query_execution", {}, {"QueryExecutionId": "q1"})

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Athena(client, "drift", sleep=interrupt).run("SELECT 1")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", "access denied; allow athena:StartQueryExecution"),
        ("TooManyRequestsException", "kept throttling requests"),
        ("ExpiredTokenException", "the credentials were refused"),
        ("InvalidRequestException", "InvalidRequestException: said"),
    ],
)
def test_what_the_service_refuses_is_one_clear_line(stubbed, code, message):
    client, stub = stubbed
    stub.add_client_error("start_query_execution", code, "said")
    with pytest.raises(StorageError, match=message) as refused:
        athena(client).run("SELECT 1")
    assert "\n" not in str(refused.value) and refused.value.exit_code == 5


def commit(*columns: str) -> bytes:
    schema = json.dumps({"type": "struct", "fields": [{"name": name, "type": "string"} for name in columns]})
    return "\n".join([json.dumps({"protocol": {}}), json.dumps({"metaData": {"schemaString": schema}})]).encode()


@pytest.fixture
def bucket(aws):
    client = aws("s3")
    client.create_bucket(Bucket="lake")
    yield lambda name, body: client.put_object(Bucket="lake", Key=f"my tables/v=1/{name}", Body=body)
    for item in client.list_objects_v2(Bucket="lake").get("Contents", []):
        client.delete_object(Bucket="lake", Key=item["Key"])
    client.delete_bucket(Bucket="lake")


RUNS = s3_location(f"{TABLES_PATH}/runs")
FIRST, SECOND, TENTH, ELEVENTH = (f"runs/_delta_log/{version:020d}" for version in (0, 1, 10, 11))


def test_columns_come_from_the_newest_commit_that_names_them(aws, bucket):
    assert delta_columns(aws("s3"), RUNS) is None
    bucket(f"{FIRST}.json", commit("a"))
    bucket(f"{SECOND}.json", b'{"add": {"path": "x"}}\n{"commitInfo": {}}')
    assert delta_columns(aws("s3"), RUNS) == ["a"]
    bucket(f"{SECOND}.json", commit("a", "b"))
    assert delta_columns(aws("s3"), RUNS) == ["a", "b"]


def test_columns_come_from_the_checkpoint_once_older_commits_are_cleaned_up(aws, bucket):
    schema = json.loads(commit("a", "c").splitlines()[1])["metaData"]
    file = io.BytesIO()
    pq.write_table(pa.table({"metaData": [None, schema]}), file)
    bucket(f"{TENTH}.checkpoint.parquet", file.getvalue())
    bucket(f"{ELEVENTH}.json", b'{"add": {"path": "x"}}')
    assert delta_columns(aws("s3"), RUNS) == ["a", "c"]
    bucket(f"{ELEVENTH}.json", commit("a", "c", "d"))
    assert delta_columns(aws("s3"), RUNS) == ["a", "c", "d"]


def test_a_log_without_its_schema_is_reported(aws, bucket):
    bucket(f"{SECOND}.json", b'{"add": {"path": "x"}}')
    with pytest.raises(StorageError, match="has no schema"):
        delta_columns(aws("s3"), RUNS)


class Recorder:
    """Athena with some tables registered; records the statements it receives."""

    def __init__(self, **registered: list[str]) -> None:
        self.database, self.statements = "drift", []
        self._client = self
        self.registered = lambda name: athena_of(registered).registered(name)

    def run(self, statement: str, values=(), in_database: bool = True):
        self.statements.append(statement)


def athena_of(registered: dict[str, list[str]]) -> Athena:
    """Athena with these tables in its catalog."""

    class Catalog:
        def get_table_metadata(self, CatalogName: str, DatabaseName: str, TableName: str):
            if TableName not in registered:
                client = boto3.client("athena", region_name="us-east-1")
                raise client.exceptions.MetadataException(
                    {"Error": {"Code": "MetadataException", "Message": f"EntityNotFoundException: {TableName}"}}, "x"
                )
            place = {"location": f"{TABLES_PATH}/{TableName}"}
            columns = [{"Name": name, "Type": "string"} for name in registered[TableName]]
            return {"TableMetadata": {"Name": TableName, "Columns": columns, "Parameters": place}}

    return Athena(Catalog(), "drift")


def test_registering_creates_what_is_missing_and_leaves_the_rest(aws, bucket):
    bucket(f"{FIRST}.json", commit("run_id", "job"))
    bucket("drift/_delta_log/00000000000000000000.json", commit("run_id", "metric"))
    first = Recorder(drift=["metric", "run_id"])
    said = register(first, aws("s3"), TABLES_PATH)
    assert "runs: registered at s3://lake/my tables/v=1/runs" in said
    assert "verdicts: skipped, it has not been written yet" in said
    assert "latest_verdicts: skipped, verdicts has not been written yet" in said
    assert not any(line.startswith("drift:") for line in said)
    tables = [statement for statement in first.statements if "EXTERNAL" in statement or "DROP" in statement]
    assert tables == [registration("drift", "runs", RUNS)]
    views = [statement.split()[4] for statement in first.statements if "VIEW" in statement]
    assert views == ["latest_runs", "latest_drift"]


def test_a_table_that_gained_columns_or_moved_is_reregistered_and_a_deleted_one_dropped(aws, bucket):
    bucket(f"{FIRST}.json", commit("run_id", "job", "resources"))
    second = Recorder(runs=["run_id", "job"], drift=["run_id"])
    said = register(second, aws("s3"), TABLES_PATH)
    assert "runs: re-registered, with resources" in said
    assert "drift: unregistered, there is no table at s3://lake/my tables/v=1/drift" in said
    assert "DROP TABLE IF EXISTS `drift`.`runs`" in second.statements
    moved = Recorder(runs=["run_id", "job", "resources"])
    bucket("elsewhere/runs/_delta_log/00000000000000000000.json", commit("run_id", "job", "resources"))
    said = register(moved, aws("s3"), f"{TABLES_PATH}/elsewhere")
    assert "runs: registered at s3://lake/my tables/v=1/elsewhere/runs" in said


def test_a_missing_bucket_is_reported(aws):
    with pytest.raises(StorageError, match="there is no such bucket"):
        register(Recorder(), aws("s3"), "s3://no-such-bucket/tables")


def test_ddl_has_no_columns_and_says_delta():
    text = registration("drift", "runs", S3Location("b", "my tables/v=1/runs"))
    assert text == (
        "CREATE EXTERNAL TABLE IF NOT EXISTS `drift`.`runs`\n"
        "LOCATION 's3://b/my tables/v=1/runs/'\nTBLPROPERTIES ('table_type' = 'DELTA')"
    )
    with pytest.raises(UsageError, match="without quotes"):
        registration("drift", "runs", S3Location("b", "it's"))


def test_views_need_the_tables_that_their_sql_reads():
    for view in VIEWS:
        words = set(view.sql.replace("(", " ").replace(")", " ").split())
        assert set(view.needs) - words <= {"runs"} and words & set(TABLES) <= set(view.needs), view.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query", "nothing"], "there are latest_verdicts, latest_coverage, metric_history"),
        (["query", "metric_history", "--parameter", "days=3"], "it has: metric"),
        (["query", "prompts_farthest", "--parameter", "days=few"], "expected a number such as 7"),
        (["query", "prompts_farthest", "--parameter", "days"], "expected NAME=VALUE"),
        (["query", "latest_verdicts", "--output", "/tmp"], "expected a folder in S3"),
        (["register"], "Athena reads tables in S3"),
        (["register", "--tables_path", "tables"], "Athena reads tables in S3"),
    ],
)
def test_invalid_arguments_are_refused_before_any_request(arguments, message):
    with pytest.raises(UsageError, match=message):
        run_athena(parse(["athena", *arguments, "--database", "drift"]), Settings())
    with pytest.raises(UsageError, match="lower-case"):
        run_athena(parse(["athena", *arguments, "--database", "a;b"]), Settings())


def test_parameters_are_values_in_the_order_of_the_question_marks():
    for query in QUERIES:
        assert query.sql.count("?") == len(query.parameters), query.name
    assert values_of(named(QUERIES, "failed_and_slowing_runs"), {"slower": "2"}) == [30, 2.0]


def test_files_for_athena_are_generated_from_the_code():
    written = athena_sql
    files = {
        str(file.relative_to(written.FOLDER)): file.read_text(encoding="utf-8")
        for file in written.FOLDER.rglob("*.sql")
    }
    assert files == written.texts()
