"""Ingest: everything is counted, nothing is ingested twice, nothing is lost."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import functions as F

from driftwell.config import DatasetSettings, IngestSettings, Settings
from driftwell.errors import InputError
from driftwell.profile.window import TimeWindow, state_at
from driftwell.runs import ingest as ingest_run
from driftwell.runs.ingest import run_ingest
from driftwell.runs.run import Context
from driftwell.spark.progress import Progress
from driftwell.tables.store import Tables
from tests.archives import cloud, records, with_base64, write_objects

DAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def context(spark, tmp_path):
    settings = Settings(ingest=IngestSettings(max_quarantine_share=1))
    return Context(spark, Tables(spark, str(tmp_path / "tables")), settings, Progress(spark.sparkContext))


def ingest(context, archive, role="prompts", **options):
    return run_ingest(context, "d", role, str(archive), **options)


def ids(context):
    return sorted(row["record_id"] for row in context.tables.read("embeddings").select("record_id").collect())


def put(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def test_each_format_of_records_and_each_fault_is_counted(context, tmp_path):
    archive = tmp_path / "archive"
    vectors = cloud(2, 4).draw(9, 0)
    items = records(vectors, DAY, 0.1, "r")
    hour = archive / "2026/05/01/00"
    put(hour, "arrays.gz", gzip.compress("\n".join(json.dumps(v.tolist()) for v in vectors[:3]).encode()))
    put(hour, "concatenated", gzip.compress("".join(json.dumps(item) for item in items[:3]).encode()))
    put(hour, "base64.gz", "\n".join(json.dumps(item) for item in with_base64(items[3:6])).encode())
    put(hour, "truncated.gz", gzip.compress(json.dumps(items[6]).encode() * 50)[:-20])
    put(hour, "empty", b"")
    put(hour, "_hidden", json.dumps(items[7]).encode())
    faults = [
        "nonsense", '{"id": "a"}', '{"embedding": [1, "2", 3, 4]}', '{"embedding": [1, NaN, 3, 4]}',
        '{"embedding": [1, 2, 3]}', '{"embedding": [0, 0, 0, 0]}', json.dumps(items[8]),
    ]  # fmt: skip
    put(hour, "faults = and spaces.json", "\n".join(faults).encode())

    found = ingest(context, archive)

    assert (found.objects, found.records_in, found.records_good) == (6, 17, 10)
    reasons = context.tables.read("quarantine").groupBy("reason").count().collect()
    assert {row["reason"]: row["count"] for row in reasons} == dict.fromkeys(
        ["corrupt_object", "not_json", "no_embedding", "not_numeric", "not_finite", "wrong_dimension", "zero_vector"], 1
    )
    ledger = {Path(row["object_key"]).name: row for row in context.tables.read("objects").collect()}
    assert ledger["empty"]["records_in"] == 0 and ledger["empty"]["status"] == "done"
    assert ledger["faults = and spaces.json"]["records_quarantined"] == 6
    assert "_hidden" not in ledger
    (dataset,) = context.tables.read("datasets").collect()
    assert (dataset["dimension"], dataset["model"], dataset["role"]) == (4, "test-model", "prompts")
    kept = {row["record_id"]: row for row in context.tables.read("embeddings").collect()}
    assert np.array(kept["r4"]["embedding"], dtype=np.float32) == pytest.approx(vectors[4])
    derived = [row for name, row in kept.items() if "arrays.gz#" in name]
    assert {row["event_time_source"] for row in derived} == {"key"} and len(derived) == 3


def test_a_second_run_adds_nothing_and_late_objects_are_found(context, tmp_path):
    archive = tmp_path / "archive"
    items = records(cloud(2, 4).draw(30, 0), DAY, 20, "r")
    write_objects(archive, items, 1)
    assert ingest(context, archive).records_good == 30
    late = {**items[-1], "id": "late"}
    put(archive / "2026/05/20/02", "late.gz", gzip.compress(json.dumps(late).encode()))
    old = {"id": "old", "embedding": [1, 2, 3, 4]}
    put(archive / "2026/04/01/02", "old.gz", gzip.compress(json.dumps(old).encode()))
    # Under the dates that are always listed again; one long past needs --relist.
    assert ingest(context, archive).records_good == 1
    assert ingest(context, archive).run_ids == []
    assert ingest(context, archive, relist=True).records_good == 1
    assert {"late", "old"} <= set(ids(context)) and len(ids(context)) == 32


def test_a_batch_killed_after_its_records_were_written_is_replayed_without_duplicates(context, tmp_path, monkeypatch):
    archive = tmp_path / "archive"
    paths = write_objects(archive, records(cloud(2, 4).draw(20, 0), DAY, 1, "r"), 5)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ingest_run, "ledger_row", _only_planned(killed))
        with pytest.raises(KeyboardInterrupt):
            ingest(context, archive)
    assert len(ids(context)) == 20
    planned = context.tables.read("objects").agg(F.max("planned_at")).first()[0]
    # The tables and the ledger agree on what can be read now: an object that was deleted in between is marked failed.
    paths[1].unlink()
    again = ingest(context, archive)
    assert (again.records_in, again.records_good, again.records_duplicate) == (15, 15, 0)
    assert len(ids(context)) == 15
    statuses = context.tables.read("objects").groupBy("status").count().collect()
    assert {row["status"]: row["count"] for row in statuses} == {"done": 3, "failed": 1}
    assert context.tables.read("runs").where("status = 'done'").count() == 1
    # Replayed records were known since the plan; a later batch has a later time.
    (later,) = records(cloud(2, 4).draw(1, 1), DAY, 1, "later")
    put(archive / "2026/05/02/02", "later.gz", gzip.compress(json.dumps(later).encode()))
    assert ingest(context, archive).records_good == 1
    times = context.tables.read("embeddings").groupBy("ingested_at").count().orderBy("ingested_at").collect()
    assert [row["count"] for row in times] == [15, 1] and times[0]["ingested_at"] == planned


def _only_planned(killed):
    """Let objects be planned, and die before they are marked done."""
    real = ingest_run.ledger_row
    return lambda planned, dates, **columns: (
        real(planned, dates, **columns) if columns["status"] == "planned" else killed()
    )


def test_the_same_prompt_in_two_objects_counts_once_also_across_batches(context, tmp_path):
    archive = tmp_path / "archive"
    items = records(cloud(2, 4).draw(6, 0), DAY, 0.2, "r")
    write_objects(archive, items, 3)
    put(archive / "2026/05/01/05", "copy.gz", gzip.compress(json.dumps(items[0]).encode()))
    first = ingest(context, archive)
    assert (first.records_in, first.records_good, first.records_duplicate) == (7, 6, 1)
    put(archive / "2026/05/02/05", "redelivered.gz", gzip.compress(json.dumps(items[1]).encode()))
    assert ingest(context, archive).records_duplicate == 1
    assert len(ids(context)) == 6


def test_a_reference_record_sent_again_is_a_duplicate_and_a_changed_one_a_new_version(context, tmp_path):
    archive = tmp_path / "archive"
    vectors = cloud(2, 4).draw(3, 0)
    first = records(vectors, DAY, 0.2, "doc")
    write_objects(archive, first, 3)
    ingest(context, archive, "reference")
    again = {**first[0], "timestamp": "2026-05-02T00:00:00Z"}
    changed = {**first[1], "timestamp": "2026-05-02T00:00:00Z", "embedding": [9, 9, 9, 9]}
    back = {**first[1], "timestamp": "2026-05-03T00:00:00Z"}
    put(archive / "2026/05/02/00", "again.gz", gzip.compress("".join(map(json.dumps, [again, changed, back])).encode()))
    found = ingest(context, archive, "reference")
    assert (found.records_good, found.records_duplicate) == (2, 1)
    assert ids(context).count("doc1") == 3


def test_batches_are_capped_in_objects(context, tmp_path):
    archive = tmp_path / "archive"
    write_objects(archive, records(cloud(2, 4).draw(25, 0), DAY, 1, "r"), 5)
    small = Settings(ingest=IngestSettings(batch_objects=3))
    found = run_ingest(Context(context.spark, context.tables, small, context.progress), "d", "prompts", str(archive))
    assert len(found.run_ids) == 2 and found.records_good == 25


def test_every_object_is_read_once_whatever_its_name_and_format(context, tmp_path):
    archive = tmp_path / "archive ü=1"
    items = [json.dumps(item).encode() for item in records(cloud(2, 4).draw(20, 0), DAY, 0.1, "r")]
    put(archive / "2026/05/01/00", "gzip without its ending", gzip.compress(b"".join(items[:5])))
    put(archive / "2026/05/01/00", "plain text named.gz", b"\n".join(items[5:7]))
    put(archive / "year=2026/month=05/day=01/hour=03", "hive=style {1}.gz", gzip.compress(items[7]))
    put(archive / "2026/05/01/01", "members.gz", gzip.compress(items[8]) + gzip.compress(items[9] + items[10]))
    put(archive / "2026/05/01/01", "empty member.gz", gzip.compress(b""))
    put(archive / "2026/05/01/01", "*?[a]%20#.json", b"\xef\xbb\xbf" + items[11] + b"\r\n" + items[12])
    put(archive / "no date", "ünïcode 漢字.gz", gzip.compress(items[13]))
    put(archive / "2026/05/01/01", ".hidden", items[14])
    put(archive / "_temporary/2026/05/01/01", "unfinished", items[15])
    put(archive / "failed/2026/05/01/01", "error", items[16])
    settings = Settings(ingest=IngestSettings(error_prefix="failed", batch_objects=3))
    context = Context(context.spark, context.tables, settings, context.progress)
    found = ingest(context, archive)
    assert (found.objects, found.records_in, found.records_good, len(found.run_ids)) == (7, 14, 14, 3)
    assert ids(context) == sorted(f"r{i}" for i in range(14))
    assert ingest(context, archive, relist=True).run_ids == []


def test_a_deleted_document_leaves_the_state_until_it_comes_back(context, tmp_path):
    archive = tmp_path / "archive"
    documents = records(cloud(2, 4).draw(3, 0), DAY, 0.01, "doc")
    gone = {"id": "doc1", "deleted": True, "timestamp": "2026-05-02T00:00:00Z"}
    back = {**documents[1], "timestamp": "2026-05-04T00:00:00Z"}
    put(archive / "2026/05/04/00", "all", "\n".join(map(json.dumps, [*documents, gone, back])).encode())
    found = ingest(context, archive, "reference")
    assert (found.records_good, found.records_quarantined) == (5, 0)
    embeddings = context.tables.read("embeddings")

    def state(end):
        rows = state_at(embeddings, "d", TimeWindow(None, end)).select("record_id").collect()
        return sorted(row["record_id"] for row in rows)

    assert state(DAY + timedelta(days=1)) == ["doc0", "doc1", "doc2"]
    assert state(DAY + timedelta(days=2)) == ["doc0", "doc2"]
    assert state(DAY + timedelta(days=4)) == ["doc0", "doc1", "doc2"]


def test_prompts_are_not_deleted_by_records(context, tmp_path):
    archive = tmp_path / "archive"
    question = records(cloud(2, 4).draw(1, 0), DAY, 0.01, "q")[0]
    put(archive, "both", json.dumps(question).encode() + b'{"id": "q0", "deleted": true}')
    found = ingest(context, archive)
    assert (found.records_good, found.records_quarantined) == (1, 1)


def test_a_dataset_keeps_its_dimension_and_its_model(context, tmp_path):
    archive = tmp_path / "archive"
    items = records(cloud(2, 4).draw(3, 0), DAY, 0.01, "r")
    write_objects(archive, items, 3)
    ingest(context, archive)
    put(archive / "2026/05/01/02", "other", json.dumps({**items[0], "id": "x", "model": "other"}).encode())
    assert ingest(context, archive).records_quarantined == 1
    reasons = context.tables.read("quarantine").select("reason", "detail").collect()
    assert [tuple(row) for row in reasons] == [("wrong_model", "model other, expected test-model")]
    for given, message in ((DatasetSettings(dimension=5), "dimension 4.*says 5"), (DatasetSettings(model="m"), "m")):
        changed = Settings(datasets={"d": given})
        with pytest.raises(InputError, match=message):
            ingest(Context(context.spark, context.tables, changed, context.progress), archive)


def test_too_many_faults_fail_the_ingest_after_storing_good_records_and_again_on_retry(context, tmp_path):
    archive = tmp_path / "archive"
    items = records(cloud(2, 4).draw(5, 0), DAY, 0.1, "r")
    put(archive, "mixed", "\n".join([json.dumps(item) for item in items] + ["nonsense"] * 5).encode())
    strict = Context(context.spark, context.tables, Settings(), context.progress)
    for _ in range(2):
        with pytest.raises(InputError, match="5 of 10 records"):
            ingest(strict, archive)
    assert len(ids(context)) == 5
    (run,) = context.tables.read("runs").collect()
    assert (run["records_quarantined"], run["status"]) == (5, "done") and "max_quarantine_share" in run["message"]
    put(archive, "mended", json.dumps({**items[0], "id": "new"}).encode())
    assert ingest(strict, archive).records_good == 1


def test_text_is_kept_apart_from_the_vectors_and_out_of_the_log(context, tmp_path):
    archive = tmp_path / "archive"
    write_objects(archive, [{**item, "text": "a very private question"} for item in
                            records(cloud(2, 4).draw(3, 0), DAY, 0.1, "r")])  # fmt: skip
    ingest(context, archive)
    assert context.tables.read("texts").where("text = 'a very private question'").count() == 3
    log = Path(context.tables.path.removeprefix("file:")) / "texts" / "_delta_log"
    assert "private" not in "".join(entry.read_text() for entry in log.glob("*.json"))
