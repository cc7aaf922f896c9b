"""No part of an archive is silently skipped, and no object blocks the others."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from driftwell.config import IngestSettings, Settings
from driftwell.errors import UsageError
from driftwell.runs.ingest import run_ingest
from driftwell.runs.run import Context
from driftwell.spark.progress import Progress
from driftwell.tables.store import Tables

NOW = datetime.now(UTC)


@pytest.fixture
def context(spark, tmp_path):
    settings = Settings(ingest=IngestSettings(max_quarantine_share=1))
    return Context(spark, Tables(spark, str(tmp_path / "tables")), settings, Progress(spark.sparkContext))


def ingest(context, archive, **options):
    return run_ingest(context, "d", "prompts", str(archive), **options)


def put(archive: Path, key: str, record_id: str) -> Path:
    """An object with one record that has no timestamp."""
    path = archive / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"id": record_id, "model": "m", "embedding": [1.0, 0.5]}))
    return path


def ids(context) -> list[str]:
    return sorted(row["record_id"] for row in context.tables.read("embeddings").select("record_id").collect())


def day(ago: int, form: str = "%Y/%m/%d/10") -> str:
    return f"{NOW - timedelta(days=ago):{form}}"


def test_every_place_is_read_to_its_own_newest_date_whatever_its_name(context, tmp_path):
    archive = tmp_path / "archive"
    first = [
        f"1001/{day(9)}/a",
        f"acme/{day(30)}/b",
        f"hive/dt={day(9, '%Y-%m-%d')}/hr=03/c",
        "2062/11/01/00/d",
        f"{day(9)}/e",
    ]
    for key in first:
        put(archive, key, key[-1])
    assert ingest(context, archive).objects == 5
    later = [
        f"1001/{day(8)}/f",
        f"acme/{day(29)}/g",
        f"hive/dt={day(8, '%Y-%m-%d')}/hr=04/h",
        "2062/11/01/00/i",
        f"{day(8)}/j",
    ]
    for key in later:
        put(archive, key, key[-1])
    put(archive, f"acme/{day(200)}/k", "k")
    found = ingest(context, archive)
    assert ids(context) == list("abcdefghij")
    # What was not listed is reported, and is read once everything is listed.
    assert any("older date folders were not listed" in line for line in found.notes)
    assert ingest(context, archive, relist=True).objects == 1
    times = context.tables.read("embeddings").where("record_id IN ('d', 'c')").orderBy("record_id")
    sources = {row["record_id"]: row["event_time_source"] for row in times.collect()}
    assert sources == {"c": "key", "d": "object"}


def test_everything_is_listed_again_when_due(context, tmp_path):
    archive = tmp_path / "archive"
    put(archive, f"{day(5)}/a", "a")
    ingest(context, archive)
    put(archive, f"{day(300)}/b", "b")
    assert ingest(context, archive).objects == 0
    due = Context(
        context.spark,
        context.tables,
        Settings(ingest=IngestSettings(relist_days=0)),
        Progress(context.spark.sparkContext),
    )
    assert ingest(due, archive).objects == 1


def test_nested_tables_and_archives_are_refused_and_foreign_tables_skipped(context, tmp_path):
    for archive in (tmp_path, tmp_path / "tables", tmp_path / "tables" / "embeddings"):
        with pytest.raises(UsageError, match="contains the other"):
            ingest(context, archive)
    archive = tmp_path / "archive"
    put(archive, f"{day(3)}/a", "a")
    context.spark.range(3).selectExpr("string(id) AS id", "array(1F, 2F) AS embedding").write.format("delta").save(
        str(archive / "theirs")
    )
    found = ingest(context, archive)
    assert ids(context) == ["a"]
    assert any("lie below Delta tables" in line for line in found.notes)
    assert ingest(context, archive).objects == 0


@pytest.mark.skipif(os.sep != "/", reason="names with a colon")
def test_one_object_that_cannot_be_read_blocks_no_other(context, tmp_path):
    archive = tmp_path / "archive"
    for name in "abc":
        put(archive, f"{day(3)}/{name}", name)
    with (archive / day(3) / "huge").open("wb") as huge:
        huge.truncate(3 << 30)  # sparse: it takes no space, and is never read
    put(archive, f"{day(3)}/with:colon", "d")
    found = ingest(context, archive)
    rows = context.tables.read("quarantine").collect()
    assert {row["object_key"].rpartition("/")[2]: row["reason"] for row in rows} == {
        "huge": "too_large",
        "with:colon": "unreadable",  # no file system of Hadoop opens it
    }
    assert (found.records_good, found.records_quarantined) == (3, 2)
    assert ingest(context, archive).objects == 0


def test_an_object_that_vanished_is_read_once_it_is_back(context, tmp_path, monkeypatch):
    archive = tmp_path / "archive"
    put(archive, f"{day(3)}/a", "a")
    lost, kept = put(archive, f"{day(3)}/b", "b"), tmp_path / "kept"
    add = context.tables.append

    def vanishing(name, frame):
        add(name, frame)
        if name == "objects" and lost.exists():  # planned, then deleted
            shutil.move(lost, kept)

    monkeypatch.setattr(context.tables, "append", vanishing)
    found = ingest(context, archive)
    assert found.records_good == 1 and any("1 object" in line for line in found.notes)
    monkeypatch.undo()
    shutil.move(kept, lost)
    assert ingest(context, archive).records_good == 1
    assert ids(context) == ["a", "b"]
