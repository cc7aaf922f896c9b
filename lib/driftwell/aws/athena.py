"""Athena: runs statements to their end, registers tables, returns results as rows of text."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from driftwell.aws.athena_sql import VIEWS, literal, registration, view_statement
from driftwell.aws.client_errors import explained
from driftwell.aws.delta_log import delta_columns
from driftwell.aws.locations import S3Location, s3_location
from driftwell.errors import StorageError
from driftwell.tables.schemas import TABLES

logger = logging.getLogger(__name__)

CATALOG = "AwsDataCatalog"
RUN = "athena:StartQueryExecution, athena:GetQueryExecution, athena:GetQueryResults and athena:StopQueryExecution"
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 3.0


@dataclass(frozen=True)
class Result:
    """The result of a statement: column names, and rows of text (None for null)."""

    columns: list[str]
    rows: list[list[str | None]]


@dataclass(frozen=True)
class Registered:
    """A table as registered in Athena: its columns, and its location (None if not given)."""

    columns: list[str]
    location: str | None

    def is_that(self, columns: list[str], location: S3Location) -> bool:
        """Whether this is a table with these columns at this location."""
        here = self.location is None or s3_location(self.location) == location
        return here and sorted(self.columns) == sorted(columns)


class Athena:
    """One database of Athena.

    Attributes:
        database: its name. workgroup: None for `primary`.
        output: where Athena writes results (s3://…); None for the workgroup's location.
    """

    def __init__(
        self,
        client: Any,
        database: str,
        workgroup: str | None = None,
        output: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self.database, self._workgroup, self._output = client, database, workgroup, output
        self._sleep = sleep

    def run(self, statement: str, values: Sequence[str | int | float] = (), in_database: bool = True) -> Result:
        """Run a statement and wait for its end; an interrupt stops it.

        Args:
            values: for its question marks.

        Raises:
            StorageError: if it failed or was cancelled, or the service failed.
        """
        with explained(f"run a statement in Athena's database {self.database}", RUN):
            execution = self._start(statement, values, in_database)
            try:
                self._wait(execution, statement)
            except BaseException:
                # Also on Ctrl-C: a running query costs money. Stopping one that has ended does no harm.
                self._stop(execution)
                raise
            return self._rows(execution)

    def registered(self, table: str) -> Registered | None:
        """The registration of a table; None if there is none."""
        with explained(f"look up {self.database}.{table}", "athena:GetTableMetadata and glue:GetTable"):
            try:
                answer = self._client.get_table_metadata(
                    CatalogName=CATALOG, DatabaseName=self.database, TableName=table
                )
            except ClientError as error:
                if "EntityNotFound" in str(error) or "not found" in str(error).lower():
                    return None
                raise
        found = answer["TableMetadata"]
        columns = [column["Name"] for column in [*found.get("Columns", []), *found.get("PartitionKeys", [])]]
        return Registered(columns, found.get("Parameters", {}).get("location"))

    def _start(self, statement: str, values: Sequence[str | int | float], in_database: bool) -> str:
        wanted: dict[str, Any] = {"QueryString": statement}
        if in_database:
            wanted["QueryExecutionContext"] = {"Catalog": CATALOG, "Database": self.database}
        if self._workgroup:
            wanted["WorkGroup"] = self._workgroup
        if self._output:
            wanted["ResultConfiguration"] = {"OutputLocation": self._output}
        if values:
            wanted["ExecutionParameters"] = [literal(value) for value in values]
        return str(self._client.start_query_execution(**wanted)["QueryExecutionId"])

    def _wait(self, execution: str, statement: str) -> None:
        pause = FIRST_PAUSE
        while True:
            status = self._client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            state, reason = status["State"], status.get("StateChangeReason", "no reason given")
            if state == "SUCCEEDED":
                return
            if state in ("FAILED", "CANCELLED"):
                ended = "failed" if state == "FAILED" else "was cancelled"
                raise StorageError(
                    f"Athena query {execution} {ended}: {reason} (statement: {' '.join(statement.split())[:80]}…)"
                )
            self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _stop(self, execution: str) -> None:
        try:
            self._client.stop_query_execution(QueryExecutionId=execution)
        except ClientError as error:
            logger.debug("query %s was not stopped: %s", execution, error)

    def _rows(self, execution: str) -> Result:
        pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
        columns: list[str] = []
        rows: list[list[str | None]] = []
        for page in pages:
            columns = [item["Name"] for item in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
            rows += [[item.get("VarCharValue") for item in row["Data"]] for row in page["ResultSet"]["Rows"]]
        # The first row of a SELECT repeats the column names; other statements have no such row.
        return Result(columns, rows[1:] if rows and rows[0] == columns else rows)


def register(athena: Athena, s3: Any, tables_path: str) -> list[str]:
    """Register all tables below `tables_path`, and the views, in Athena. A later call updates only what has changed.

    A table that gained columns is re-registered, because Athena reads the columns only then; a deleted one is
    unregistered. Nothing in S3 is written or deleted.

    Returns:
        One line for each table and view that was changed, or skipped because it has not been written yet.
    """
    athena.run(f"CREATE DATABASE IF NOT EXISTS `{athena.database}`", in_database=False)
    said, there = [], set()
    for table in TABLES:
        location = s3_location(tables_path).below(table)
        columns = delta_columns(s3, location)
        if columns is not None:
            there.add(table)
        line = _register_table(athena, table, columns, location)
        if line:
            said.append(f"{table}: {line}")
    for view in VIEWS:
        missing = [table for table in view.needs if table not in there]
        if missing:
            said.append(f"{view.name}: skipped, {missing[0]} has not been written yet")
        else:
            athena.run(view_statement(view))
    return said


def _register_table(athena: Athena, table: str, columns: list[str] | None, location: S3Location) -> str | None:
    """Bring one registration up to date; returns what was done, None for nothing."""
    before = athena.registered(table)
    if columns is None and before is None:
        return "skipped, it has not been written yet"
    if before is not None:
        if columns is not None and before.is_that(columns, location):
            return None
        athena.run(f"DROP TABLE IF EXISTS `{athena.database}`.`{table}`")  # external: the files stay
    if columns is None:
        return f"unregistered, there is no table at {location}"
    athena.run(registration(athena.database, table, location))
    gained = [name for name in columns if before is not None and name not in before.columns]
    return f"re-registered, with {', '.join(gained)}" if gained else f"registered at {location}"
