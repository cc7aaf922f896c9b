"""The lease around commands, and before each commit; and its files through Hadoop's file systems."""

from __future__ import annotations

import pytest

from driftwell.cli.main import main
from driftwell.config import LeaseSettings
from driftwell.errors import StorageError
from driftwell.lease.files import HadoopFiles, LocalFiles
from driftwell.lease.lease import held
from driftwell.lease.one_writer import lease_files, one_writer
from driftwell.tables.store import Tables


@pytest.fixture
def at_once(tmp_path):
    file = tmp_path / "at once.yaml"
    file.write_text("lease: {wait_seconds: 0}\n")
    return str(file)


def test_a_command_that_writes_stops_while_another_runs_and_one_that_reads_does_not(spark, tmp_path, at_once, capsys):
    tables = str(tmp_path / "tables = mine")
    arguments = ["--tables_path", tables, "--config", at_once]
    with one_writer(spark, tables, "ingest", LeaseSettings(0, 30), print):
        assert main(["ingest", "--dataset", "prompts", "--data_path", str(tmp_path), *arguments], spark) == 5
        assert "driftwell ingest (process" in capsys.readouterr().err
        assert main(["alerts", "--dry_run", *arguments], spark) == 0
    assert main(["alerts", "--dry_run", *arguments], spark) == 0


def test_nothing_is_written_once_another_run_has_taken_over(spark, tmp_path):
    def followed() -> None:
        raise StorageError("another run has taken over")

    tables = Tables(spark, str(tmp_path), followed)
    with pytest.raises(StorageError, match="taken over"):
        tables.append("datasets", tables.frame("datasets", [{"dataset": "d"}]))
    assert not tables.exists("datasets")


def test_files_through_hadoop_are_created_once(spark, tmp_path):
    files = HadoopFiles(spark, f"file:{tmp_path}/a = b/_lease")
    assert files.names() == [] and files.read("000000000001.json") is None
    assert files.create("000000000001.json", "é")
    assert not files.create("000000000001.json", "other")
    text, age = files.read("000000000001.json")
    assert text == "é" and -1 < age < 60
    files.write("000000000001.json", "again")
    assert files.read("000000000001.json")[0] == "again" and files.names() == ["000000000001.json"]
    files.remove("000000000001.json")
    assert files.names() == []
    with held(files, "there", "driftwell drift", LeaseSettings(0, 30), print) as lease:
        lease.check()


def test_local_tables_have_their_lease_on_disk(spark, tmp_path):
    files = lease_files(spark, f"file:{tmp_path}/t")
    assert isinstance(files, LocalFiles)
    files.create("000000000001.json", "x")
    assert (tmp_path / "t" / "_lease" / "000000000001.json").read_text() == "x"
