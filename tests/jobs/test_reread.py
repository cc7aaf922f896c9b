"""Objects are reread on request: exactly once, and without loss, wherever it is interrupted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from driftwell.archive.reread import Reread
from driftwell.config import DatasetSettings, FieldNames, IngestSettings, Settings
from driftwell.profile.window import TimeWindow, flow_between, split_key, window_facts
from driftwell.runs.ingest import run_ingest
from driftwell.runs.run import Context
from driftwell.spark.progress import Progress
from driftwell.tables.datasets import find_dataset
from driftwell.tables.store import Tables

ALL = TimeWindow(None, datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def context(spark, tmp_path):
    settings = Settings(ingest=IngestSettings(max_quarantine_share=1, batch_objects=2))
    return Context(spark, Tables(spark, str(tmp_path / "tables")), settings, Progress(spark.sparkContext))


@pytest.fixture
def archive(tmp_path) -> Path:
    """Three objects: all records good; the second record's embedding in `vector`; all embeddings in `vector`."""
    for key, names in {"01/it's": ["embedding"] * 2, "02/b": ["embedding", "vector"], "03/c": ["vector"] * 2}.items():
        path = tmp_path / "archive" / "2026" / "11" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"id": f"{key}-{i}", "text": "why", "model": "m", name: [1.0, 0.5 + i]} for i, name in enumerate(names)]
        path.write_text("\n".join(map(json.dumps, rows)))
    return tmp_path / "archive"


def ingest(context, archive, **options):
    return run_ingest(context, "d", "prompts", str(archive), **options)


def reading_field(context, name: str) -> Context:
    datasets = {"d": DatasetSettings(fields=FieldNames(embedding=name))}
    return replace(context, settings=replace(context.settings, datasets=datasets))


def ids(context, table: str = "embeddings") -> list[str]:
    return sorted(row["record_id"] for row in context.tables.read(table).select("record_id").collect())


def rejected(context) -> dict[str, int]:
    rows = context.tables.read("quarantine").groupBy("object_key").count().collect()
    return {row["object_key"][-2:]: row["count"] for row in rows}


def assert_ledger_matches_tables(context):
    """One row per object, none waiting, with the record counts that the tables hold for it."""
    ledger = context.tables.read("objects")
    assert ledger.where("status <> 'done' OR reread_asked_at IS NOT NULL").count() == 0
    rows = {row["object_key"]: row for row in ledger.collect()}
    assert len(rows) == ledger.count() == 3
    for table, column in (("embeddings", "records_good"), ("quarantine", "records_quarantined")):
        counted = context.tables.read(table).groupBy("object_key", "batch_id").count().collect()
        held = {(row["object_key"], row["batch_id"]): row["count"] for row in counted}
        assert held == {(key, row["batch_id"]): row[column] for key, row in rows.items() if row[column]}
    for row in rows.values():
        assert row["records_in"] == row["records_good"] + row["records_quarantined"] + row["records_duplicate"]
    assert ids(context, "texts") == ids(context)


def test_a_wrong_field_name_is_reported_and_corrected(context, archive):
    ingest(reading_field(context, "vectors"), archive)
    assert ids(context) == []
    found = ingest(context, archive)
    assert found.objects == 0
    assert any('fields.embedding was "vectors", is the default' in line for line in found.notes)
    again = ingest(context, archive, reread=Reread())
    assert (again.objects, again.objects_again, again.records_good, again.records_quarantined) == (3, 3, 3, 3)
    assert_ledger_matches_tables(context)
    assert ingest(context, archive).notes == ()


def test_only_requested_objects_are_reread_and_good_records_keep_their_time(context, archive):
    ingest(context, archive)
    facts = _facts(context)
    times = _times(context)
    corrected = reading_field(context, "vector")
    # Only the third: the second would lose its first record.
    found = ingest(corrected, archive, reread=Reread(reason="no_embedding", prefix="2026/11/03"))
    assert (found.objects, found.records_good) == (1, 2)
    assert rejected(context) == {"/b": 1}
    assert_ledger_matches_tables(context)
    assert {key: _times(context)[key] for key in times} == times
    assert _facts(context).fingerprint != facts.fingerprint

    # Reread unchanged: the same records, which are not new, but another reading.
    before = _facts(context)
    found = ingest(context, archive, reread=Reread(prefix="2026/11/01/it's"))
    assert (found.objects, found.records_good, found.records_duplicate) == (1, 2, 0)
    assert _facts(context).known_at == before.known_at and _facts(context).n == before.n
    assert _facts(context).fingerprint != before.fingerprint
    assert_ledger_matches_tables(context)

    nothing = ingest(context, archive, reread=Reread(since=datetime(2100, 1, 1, tzinfo=UTC)))
    assert nothing.objects == 0 and any("no object that was read before matches" in line for line in nothing.notes)


def test_a_wrong_width_is_corrected_when_everything_is_reread(context, archive):
    """The field `vector` is configured by mistake; the right field has another width."""
    for path in [path for path in archive.rglob("*") if path.is_file()]:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        path.write_text("\n".join(json.dumps({**row, "embedding": [1.0, 2.0, 3.0], "vector": [1.0]}) for row in rows))
    ingest(reading_field(context, "vector"), archive)
    found = ingest(context, archive, reread=Reread(prefix="2026/11/03"))
    assert found.records_quarantined == 2  # rereading a part keeps the width
    found = ingest(context, archive, reread=Reread(prefix="2026"))
    assert (found.records_good, found.records_quarantined) == (6, 0)
    assert find_dataset(context.tables, "d").dimension == 3
    assert_ledger_matches_tables(context)


def test_records_of_deleted_objects_are_kept(context, archive):
    ingest(context, archive)
    before = ids(context)
    (archive / "2026/11/01/it's").unlink()
    found = ingest(context, archive, reread=Reread())
    assert found.objects == 2 and any("no longer in the archive" in line for line in found.notes)
    assert ids(context) == before
    assert_ledger_matches_tables(context)


@pytest.mark.parametrize("commit", [1, 2, 5])  # marked, planned, some tables written
def test_an_interrupted_reread_is_finished_by_the_next_call(context, archive, commit, monkeypatch):
    ingest(reading_field(context, "vectors"), archive)
    done = []

    def interrupted():
        done.append(1)
        if len(done) > commit:
            raise KeyboardInterrupt

    monkeypatch.setattr(context.tables, "_before_commit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ingest(context, archive, reread=Reread())
    monkeypatch.undo()
    ingest(context, archive)
    assert ids(context) == ["01/it's-0", "01/it's-1", "02/b-0"]
    assert rejected(context) == {"/b": 1, "/c": 2}
    assert_ledger_matches_tables(context)


def _times(context) -> dict[str, datetime]:
    rows = context.tables.read("embeddings").select("record_id", "ingested_at").collect()
    return {row["record_id"]: row["ingested_at"] for row in rows}


def _facts(context):
    records = flow_between(context.tables.read("embeddings"), "d", ALL)
    return window_facts(records, "d", split_key("prompts", None)[1])
