"""Reading and writing the Delta tables below one `tables_path`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from driftwell.spark.paths import names_in, path_exists, qualified
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.log_names import makes_a_table
from driftwell.tables.schemas import TABLES
from driftwell.tables.schemas.table import Table
from driftwell.tables.schemas.types import struct

PROPERTIES = {
    "delta.minReaderVersion": "1",
    "delta.minWriterVersion": "2",
    "delta.enableDeletionVectors": "false",
    "delta.columnMapping.mode": "none",
    "delta.checkpointPolicy": "classic",
}
"""Plain Delta, set explicitly because vendors' defaults differ: Athena, Trino, DuckDB and deltalake read it."""


class Tables:
    """The tables of one deployment. A table that has not been written yet reads as empty."""

    def __init__(self, spark: SparkSession, path: str, before_commit: Callable[[], None] = lambda: None) -> None:
        """Tables below `path`; `before_commit` is called before each commit, and may raise to prevent it."""
        self.spark = spark
        self.path = qualified(spark, path)
        self._before_commit = before_commit
        self._known: set[str] = set()

    def location(self, *parts: str) -> str:
        """Path of a table, or of a file that belongs to the tables."""
        return "/".join((self.path, *parts))

    def exists(self, *parts: str) -> bool:
        """Whether anything exists at that location; for tables use `has`."""
        return path_exists(self.spark, self.location(*parts))

    def has(self, name: str) -> bool:
        """Whether a table exists, that is, has a commit."""
        if name not in self._known and any(map(makes_a_table, names_in(self.spark, self.location(name, "_delta_log")))):
            self._known.add(name)
        return name in self._known

    def read(self, name: str) -> DataFrame:
        """A table, with all columns of its schema."""
        table = TABLES[name]
        if not self.has(name):
            return self.spark.createDataFrame([], struct(table))
        frame = self.spark.read.format("delta").load(self.location(name))
        older = [column for column in struct(table) if column.name not in frame.columns]
        missing = [F.lit(None).cast(column.dataType).alias(column.name) for column in older]
        return frame.select("*", *missing).select(*table.column_names)

    def frame(self, name: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
        """Rows built on the driver as a frame with the table's schema, in one partition."""
        table = TABLES[name]
        unknown = {key for row in rows for key in row} - set(table.column_names)
        if unknown:
            raise KeyError(f"table {name} has no column {sorted(unknown)}")
        if not rows:
            return self.spark.createDataFrame([], struct(table))
        # Through Arrow: for a list of rows Spark would start Python workers to read them.
        columns = {
            column.name: _series([row.get(column.name) for row in rows], column.type == "timestamp")
            for column in table.columns
        }
        return self.spark.createDataFrame(pd.DataFrame(columns), struct(table)).coalesce(1)

    def append(self, name: str, frame: DataFrame) -> None:
        """Add rows."""
        self._write(name, frame, "append")

    def replace(self, name: str, frame: DataFrame, condition: str) -> None:
        """Replace the rows that match a condition, in one commit; all new rows must match it too."""
        if self.has(name):
            self._write(name, frame, "overwrite", replaceWhere=condition)
        else:
            self._write(name, frame, "append")

    def add(self, name: str, frame: DataFrame, condition: str, is_repeated: bool) -> None:
        """Add the rows of one attempt; a repeated attempt replaces what the previous one left.

        Not Delta's `txnAppId`: it rebuilds a table's state before each commit, to find out what the caller knows.

        Args:
            condition: matches these rows and no others. is_repeated: an earlier attempt may have left some.
        """
        if is_repeated:
            self.replace(name, frame, condition)
        else:
            self.append(name, frame)

    def write_results(self, run_id: str, frames: Mapping[str, DataFrame]) -> None:
        """Write the results of one run.

        The first table is written before the others, so that its rows show whether an earlier attempt of the same run
        was interrupted; only then are that attempt's rows replaced.
        """
        names = list(frames)
        of_run = f"run_id = '{run_id}'"
        is_repeated = not self.read(names[0]).where(of_run).isEmpty()

        def write(name: str) -> None:
            self.add(name, frames[name], of_run, is_repeated)

        write(names[0])
        side_by_side([partial(write, name) for name in names[1:]])

    def write_rows(self, run_id: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """`write_results` for rows built on the driver."""
        self.write_results(run_id, {name: self.frame(name, of_table) for name, of_table in rows.items()})

    def _write(self, name: str, frame: DataFrame, mode: str, **options: str) -> None:
        """Write rows in one commit, which also creates the table, with its properties, if it does not exist."""
        table = TABLES[name]
        chosen = frame.select(*table.column_names)
        if table.partitioned_by:
            chosen = _clustered(chosen, table.partitioned_by)
        made = {} if self.has(name) else properties(table)
        # The schema adds the columns' descriptions to a new table; columns that an older table lacks are added.
        writer = chosen.to(struct(table)).write.format("delta").options(**options, **made, mergeSchema="true")
        self._before_commit()
        writer.mode(mode).partitionBy(*table.partitioned_by).save(self.location(name))
        self._known.add(name)


def _series(values: list[Any], are_times: bool) -> pd.Series:
    """Values unchanged, including None; times as timezone-aware pandas timestamps."""
    return pd.Series(pd.to_datetime(values, utc=True) if are_times else values, dtype=None if are_times else object)


def properties(table: Table) -> dict[str, str]:
    """Delta properties of a new table."""
    return {**PROPERTIES, "delta.dataSkippingStatsColumns": ",".join(table.indexed)}


def _clustered(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Rows grouped by table partition, in files of Spark's advisory size instead of one file per task."""
    return frame.sparkSession.sql(f"SELECT /*+ REBALANCE({', '.join(columns)}) */ * FROM {{rows}}", rows=frame)
