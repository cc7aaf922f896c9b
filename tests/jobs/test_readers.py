"""Every table is plain Delta: other readers can open it."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pytest
from deltalake import DeltaTable

from driftwell.tables.schemas import TABLES
from tests.guides import blocks


@pytest.fixture(scope="module")
def folder(deployment, tmp_path_factory) -> Path:
    """The tables in a folder with a plain name: other readers take the deployment's for a pattern."""
    return Path(shutil.copytree(deployment.path, tmp_path_factory.mktemp("readers") / "tables with space"))


WITHOUT_ROWS = ("quarantine", "alerts")
"""The deployment has no faulty record, and no alert was sent."""


@pytest.mark.parametrize("name", [name for name in TABLES if name not in WITHOUT_ROWS])
def test_deltalake_opens_it_with_reader_version_1_and_no_features(deployment, folder, name):
    table = DeltaTable(str(folder / name))
    protocol = table.protocol()
    assert protocol.min_reader_version == 1 and not protocol.reader_features
    assert protocol.min_writer_version == 2 and not protocol.writer_features
    assert [field.name for field in table.schema().fields] == TABLES[name].column_names
    assert table.to_pyarrow_table().num_rows == deployment.tables.read(name).count() > 0


def test_duckdb_reads_the_same_numbers(deployment, folder):
    (extension,) = Path(duckdb_extension_delta.__file__).parent.rglob("*.duckdb_extension")
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    query = f"SELECT run_id, metric, snapshot_value FROM delta_scan('{folder / 'drift'}')"
    rows = deployment.only("drift").select("run_id", "metric", "snapshot_value").collect()
    assert len(rows) >= 13  # metrics of the snapshot
    assert sorted(connection.execute(query).fetchall()) == sorted(tuple(row) for row in rows)


def test_the_first_query_of_the_readme_shows_the_clusters_that_moved(spark, deployment, folder, capsys):
    (code,) = blocks("README", "python", "demo/tables")
    exec(code.replace("demo/tables", str(folder)), {})
    names, *shown = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("|")
    ]
    moved = deployment.only("cluster_drift").orderBy("change").limit(20).collect()
    for name in ("cluster", "baseline_proportion", "snapshot_proportion", "change"):
        assert [float(row[names.index(name)]) for row in shown] == [row[name] for row in moved], name
