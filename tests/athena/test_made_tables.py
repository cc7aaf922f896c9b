"""Every table, with rows made by hand, as read by deltalake and DuckDB; kept for the tests with Trino."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pyarrow as pa
import pyspark
import pytest
from deltalake import DeltaTable

from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.schemas import TABLES
from driftwell.tables.store import Tables
from tests.athena import made

KEPT = Path(__file__).parents[2] / ".cache" / "athena"
"""`scripts/test_athena.sh` reads the tables of both lines here."""


@pytest.fixture(scope="module")
def folder(spark) -> Path:
    """The tables as this line's Spark writes them."""
    line = KEPT / pyspark.__version__
    shutil.rmtree(line, ignore_errors=True)
    tables = Tables(spark, str(line))
    side_by_side([partial(tables.append, name, tables.frame(name, made.TABLES[name])) for name in made.TABLES])
    return line


@pytest.fixture(scope="module")
def duck():
    (extension,) = Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension")
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    return connection


def rows_of(found: pa.Table, name: str) -> list[str]:
    """Rows as sorted text, equal for both readers: maps as sorted pairs, times without the suffix for UTC."""
    maps = [column.name for column in TABLES[name].columns if column.type.startswith("map")]
    rows = found.select(TABLES[name].column_names).to_pylist()
    for row in rows:
        row.update({column: sorted(dict(row[column]).items()) for column in maps if row[column] is not None})
    return sorted(json.dumps(row, default=lambda value: str(value).replace("+00:00", "")) for row in rows)


def test_there_are_rows_for_every_table():
    assert set(made.TABLES) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_deltalake_and_duckdb_read_the_same_rows(folder, duck, name):
    table = DeltaTable(str(folder / name))
    assert table.protocol().min_reader_version == 1 and not table.protocol().reader_features
    seen = duck.execute(f"SELECT * FROM delta_scan('{folder / name}')").to_arrow_table()
    rows = rows_of(table.to_pyarrow_table(), name)
    assert rows == rows_of(seen, name)
    assert len(rows) == len(made.TABLES[name])
