"""Every table, with rows made by hand, in the eyes of deltalake and DuckDB; kept for Trino, which reads them too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pyspark
import pytest
from deltalake import DeltaTable

from driftwell.tables.schemas import TABLES
from driftwell.tables.store import Tables, in_threads
from tests.athena import made

KEPT = Path(__file__).parents[2] / ".cache" / "athena"
"""`scripts/test_athena.sh` reads the tables of both lines here."""


@pytest.fixture(scope="module")
def folder(spark) -> Path:
    """The tables as this line's Spark writes them."""
    line = KEPT / pyspark.__version__
    shutil.rmtree(line, ignore_errors=True)
    tables = Tables(spark, str(line))
    in_threads(lambda name: tables.append(name, tables.frame(name, made.TABLES[name]), "made"), list(made.TABLES))
    return line


@pytest.fixture(scope="module")
def duck():
    (extension,) = Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension")
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    return connection


def plain(row: dict) -> str:
    """A row as text that two readers write alike: maps as pairs, times without their way to name UTC."""
    values = {name: sorted(value.items()) if isinstance(value, dict) else value for name, value in row.items()}
    return json.dumps(values, sort_keys=True, default=lambda value: str(value).replace("+00:00", ""))


def test_rows_are_made_for_every_table():
    assert set(made.TABLES) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_deltalake_and_duckdb_read_the_same_rows(folder, duck, name):
    table = DeltaTable(str(folder / name))
    assert table.protocol().min_reader_version == 1 and not table.protocol().reader_features
    seen = duck.execute(f"SELECT * FROM delta_scan('{folder / name}')").to_arrow_table()
    rows = table.to_pyarrow_table().select(TABLES[name].column_names).to_pylist()
    assert len(rows) == len(made.TABLES[name])
    for reader in (rows, seen.select(TABLES[name].column_names).to_pylist()):
        for row in reader:
            for column, kind in ((c.name, c.type) for c in TABLES[name].columns):
                if kind.startswith("map") and row[column] is not None:
                    row[column] = dict(row[column])
    assert sorted(map(plain, rows)) == sorted(map(plain, seen.select(TABLES[name].column_names).to_pylist()))
