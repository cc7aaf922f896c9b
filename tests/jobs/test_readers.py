"""Every table is plain Delta: other readers open it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import duckdb_extension_delta
import pytest
from deltalake import DeltaTable

from driftwell.tables.schemas import TABLES


def folder(deployment, name: str) -> str:
    return str(Path(deployment.path) / name)


WITHOUT_ROWS = ("quarantine", "alerts")
"""The deployment has no faulty record, and nobody was alerted."""


@pytest.mark.parametrize("name", [name for name in TABLES if name not in WITHOUT_ROWS])
def test_deltalake_opens_it_with_reader_version_1_and_no_features(deployment, name):
    table = DeltaTable(folder(deployment, name))
    protocol = table.protocol()
    assert protocol.min_reader_version == 1 and not protocol.reader_features
    assert protocol.min_writer_version == 2 and not protocol.writer_features
    assert [field.name for field in table.schema().fields] == TABLES[name].column_names
    assert table.to_pyarrow_table().num_rows == deployment.tables.read(name).count() > 0


def test_duckdb_reads_the_same_numbers(deployment):
    (extension,) = Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension")
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    query = f"SELECT run_id, metric, snapshot_value FROM delta_scan('{folder(deployment, 'drift')}')"
    rows = deployment.only("drift").select("run_id", "metric", "snapshot_value").collect()
    assert sorted(connection.execute(query).fetchall()) == sorted(tuple(row) for row in rows)
