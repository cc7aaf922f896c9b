"""Settings that objects were read with, and the notes when they change."""

from dataclasses import fields

import pytest

from driftwell.archive.ledger import PlannedObject
from driftwell.archive.reread import Reread, former_rows
from driftwell.config import DatasetSettings, FieldNames, IngestSettings, Settings
from driftwell.runs.batch_counts import BatchCounts
from driftwell.runs.notes import Notes
from driftwell.runs.reading import reading_of

DECIDING = {
    "encoding": DatasetSettings(encoding="float16"),
    "key_pattern": DatasetSettings(key_pattern="(?P<year>....)/"),
    "store_text": IngestSettings(store_text=False),
    "max_lateness_days": IngestSettings(max_lateness_days=3),
    **{f"fields.{f.name}": DatasetSettings(fields=FieldNames(**{f.name: "x"})) for f in fields(FieldNames)},
}


def settings_with(part) -> Settings:
    return Settings(ingest=part) if isinstance(part, IngestSettings) else Settings(datasets={"d": part})


def stored(settings: Settings) -> str:
    return reading_of(settings, "d").stored


@pytest.mark.parametrize("name", DECIDING)
def test_each_changed_setting_that_determines_what_is_read_is_noted(name):
    before, now = stored(Settings()), stored(settings_with(DECIDING[name]))
    notes = Notes()
    notes.read_otherwise(3, before, now)
    notes.read_otherwise(3, now, before)
    there, back = notes.sentences
    assert f"3 objects were read with other settings ({name} was the default, is " in there
    assert f"({name} was " in back and ", is the default)" in back and "--reread" in back


def test_without_changed_settings_there_is_no_note():
    notes = Notes()
    notes.read_otherwise(0, None, stored(Settings()))
    assert notes.sentences == []
    assert stored(Settings()) == "{}"


def test_a_request_is_shown_as_it_would_be_typed():
    notes = Notes()
    notes.reread(Reread(reason="too_large", prefix="2026/"), 0, 0)
    notes.reread(Reread(), 4, 2)
    assert "--reread --reread_reason too_large --reread_prefix 2026/" in notes.sentences[0]
    assert notes.sentences[1].startswith("2 objects to reread are no longer in the archive")


def test_former_rows_are_selected_by_batch_and_object_whatever_their_names_contain():
    planned = [PlannedObject("s3://b/it's\\1", 5, None, "old"), PlannedObject("s3://b/2", 5, None, "older")]
    rows = former_rows("d", "new", planned, {one.object_key for one in planned})
    assert rows.condition == (
        "dataset = 'd' AND batch_id IN ('new', 'old', 'older') AND object_key IN ('s3://b/2', 's3://b/it\\'s\\\\1')"
    )
    assert not former_rows("d", "new", [PlannedObject("k", 1, None)], {"k"}).former


def test_an_object_that_cannot_be_reread_keeps_its_records_and_is_noted():
    assert "their earlier records are kept" in BatchCounts({}, 0, {"k": "gone"}, is_again=True).unread()
    assert "retried" in BatchCounts({}, 0, {"k": "gone"}).unread()
