"""Records to rows: each field, and the reasons of unusable records."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.decoding import HOUR, KEY, MODIFIED, reasons, row, rows

from driftwell.config import FieldNames


def test_a_full_record_becomes_a_full_row():
    record = {
        "id": "q-1",
        "text": "Wie geht das?",
        "timestamp": "2026-01-02T03:04:05Z",
        "model": "titan-v2",
        "metadata": {"lang": "de", "n": 3, "tags": ["a", "b"], "none": None, "ok": True},
        "embedding": [0.5, -1, 2e-1],
        "unknown": "is ignored",
    }
    assert row(record) == {
        "object_key": KEY,
        "position": 0,
        "reason": None,
        "detail": None,
        "excerpt": json.dumps(record)[:200],
        "record_id": "q-1",
        "event_time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "event_time_source": "record",
        "text": "Wie geht das?",
        "model": "titan-v2",
        "metadata": [("lang", "de"), ("n", "3"), ("tags", '["a","b"]'), ("none", None), ("ok", "true")],
        "deleted": False,
        "embedding": [0.5, -1.0, float(np.float32(0.2))],
    }


def test_a_bare_array_takes_its_id_and_its_time_from_the_object():
    first, second = rows(b"[1,2]\n[3,4]\n")
    assert (first["record_id"], second["record_id"]) == (f"{KEY}#0", f"{KEY}#1")
    assert (first["event_time"], first["event_time_source"]) == (HOUR, "key")
    assert first["text"] is first["model"] is first["metadata"] is None
    assert rows(b"[1,2]", key="x")[0]["event_time"] == MODIFIED
    assert rows(b"[1,2]", key="x")[0]["event_time_source"] == "object"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('"a"', "a"),
        ('""', f"{KEY}#0"),
        ("null", f"{KEY}#0"),
        ("7", "7"),
        ("0", "0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.5", "1.5"),
        ("true", "true"),
        ('["a", 1]', '["a",1]'),
        ('{"a": "é"}', '{"a":"é"}'),
        ('"a\\ud800b"', "a\ufffdb"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('["\\udfff"]', '["\ufffd"]'),
        ('"a\\u0000b"', "a\0b"),
    ],
)
def test_an_id_may_be_any_value_and_is_derived_only_if_missing(written, wanted):
    assert row(f'{{"id": {written}, "embedding": [1]}}')["record_id"] == wanted


def test_text_and_model_that_are_not_strings_are_kept_as_json():
    found = row('{"text": {"q": ["a", 1]}, "model": 3, "embedding": [1]}')
    assert (found["text"], found["model"]) == ('{"q":["a",1]}', "3")
    found = row('{"text": "", "model": null, "embedding": [1]}')
    assert (found["text"], found["model"]) == ("", None)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("null", None),
        ("{}", []),
        ('"de"', [("value", "de")]),
        ("[1, 2]", [("value", "[1,2]")]),
        ("7", [("value", "7")]),
        ('{"a": {"b": [1, null]}}', [("a", '{"b":[1,null]}')]),
        ('{"\\ud800": "\\udfff", "\\ud801": "second"}', [("\ufffd", "second")]),
    ],
)
def test_metadata_is_a_map_of_text(written, wanted):
    assert row(f'{{"metadata": {written}, "embedding": [1]}}')["metadata"] == wanted


@pytest.mark.parametrize(
    ("record", "reason", "detail"),
    [
        ("{}", "no_embedding", "missing or null"),
        ('{"id": "a"}', "no_embedding", "missing or null"),
        ('{"embedding": null}', "no_embedding", "missing or null"),
        ('{"embedding": []}', "no_embedding", "empty"),
        ("[]", "no_embedding", "empty"),
        ("5", "no_embedding", "neither an object nor an array"),
        ('"text"', "no_embedding", "neither an object nor an array"),
        ("null", "no_embedding", "neither an object nor an array"),
        ("true", "no_embedding", "neither an object nor an array"),
        ('{"Embedding": [1]}', "no_embedding", "missing or null"),
        ('{"embedding": "abc!"}', "not_numeric", "not base64"),
        ("[1, true]", "not_numeric", "element 1 is true or false"),
        ('[[{"embedding": [1]}]]', "not_numeric", "element 0 is an array"),
        ("[NaN]", "not_finite", "element 0"),
        ("[1, 1e39]", "not_finite", "element 1"),
        ("[0, 0]", "zero_vector", "all 2 elements"),
        ('{"embedding": [1], "embedding": [0]}', "zero_vector", "all 1 elements"),
        ('{"embedding": [1], "timestamp": "soon"}', "bad_timestamp", "neither ISO 8601"),
        ('{"embedding": [1], "timestamp": 1767322800}', "bad_timestamp", "seconds"),
        ('{"embedding": [1], "timestamp": "2026-01-03T04:00:01Z"}', "bad_timestamp", "after arrival"),
        ('{"embedding": [0], "timestamp": "soon"}', "zero_vector", "all 1"),  # the embedding is checked first
        ('{"embedding": [1}', "not_json", "character 16"),
        ("{'embedding': [1]}", "not_json", "property name"),
        ("<html>", "not_json", "Expecting value"),
    ],
)
def test_every_unusable_record_has_a_reason_and_a_detail(record, reason, detail):
    found = row(record)
    assert found["reason"] == reason
    assert detail in found["detail"]
    assert found["excerpt"] == record
    assert found["position"] == 0
    assert found["record_id"] is found["embedding"] is found["text"] is None
    assert (found["event_time"], found["deleted"]) == (HOUR, False)


def test_lateness_is_measured_from_the_hour_of_the_key():
    record = {"embedding": [1], "timestamp": "2026-01-01T03:59:59Z"}
    assert row(record)["reason"] is None
    assert row(record, max_lateness_days=1.0)["reason"] == "bad_timestamp"
    # The same under an old hour, 26 h late: the hour in the key counts, not when the object was written.
    assert row(record, key="2026/01/01/03/x", max_lateness_days=1.0)["reason"] is None


@pytest.mark.parametrize("absent", [None, ""])
def test_a_missing_timestamp_is_replaced_by_the_time_in_the_key(absent):
    found = row({"embedding": [1], "timestamp": absent})
    assert found["reason"] is None
    assert (found["event_time"], found["event_time_source"]) == (HOUR, "key")


@pytest.mark.parametrize("embedding", ['"embedding": null, ', "", '"embedding": [1, 2], ', '"embedding": "junk", '])
def test_a_deletion_with_an_id_is_a_tombstone(embedding):
    found = row("{" + embedding + '"id": "a", "deleted": true, "text": "gone", "timestamp": "2026-01-02"}')
    assert (found["reason"], found["deleted"], found["record_id"]) == (None, True, "a")
    assert found["embedding"] is found["text"] is None
    assert found["event_time"] == datetime(2026, 1, 2, tzinfo=UTC)


def test_a_deletion_needs_an_id_and_a_valid_time():
    for record in ('{"deleted": true}', '{"deleted": true, "id": ""}', '{"deleted": true, "embedding": [1]}'):
        found = row(record)
        assert (found["reason"], found["deleted"]) == ("no_embedding", False)
        assert "id" in found["detail"]
    assert row('{"deleted": true, "id": "a", "timestamp": "soon"}')["reason"] == "bad_timestamp"


def test_a_tombstone_is_found_after_damage_in_its_line():
    cut_off, tombstone = rows(b'{"id": "x", "embedding": [1{"id": "a", "deleted": true}')
    assert (cut_off["reason"], tombstone["record_id"], tombstone["deleted"]) == ("not_json", "a", True)
    # Without an id it is not a record, only part of the damage.
    assert reasons(b'{"id": "x", "embedding": [1{"deleted": true}') == [(0, "not_json")]


@pytest.mark.parametrize("value", ["false", "null", '"true"', "1"])
def test_only_true_means_deleted(value):
    assert row(f'{{"deleted": {value}, "id": "a", "embedding": [1]}}')["deleted"] is False
    assert row(f'{{"deleted": {value}, "id": "a"}}')["reason"] == "no_embedding"


def test_field_names_are_configurable():
    fields = FieldNames("vec", "key", "body", "at", "encoder", "attributes", "gone")
    record = '{"vec": [1], "key": "k", "body": "b", "at": "2026-01-02", "encoder": "e", "attributes": {"a": 1}}'
    found = row(record, fields=fields)
    assert (found["record_id"], found["text"], found["model"], found["metadata"]) == ("k", "b", "e", [("a", "1")])
    assert found["event_time"] == datetime(2026, 1, 2, tzinfo=UTC)
    assert row('{"key": "k", "gone": true}', fields=fields)["deleted"] is True
    assert row(record)["reason"] == "no_embedding"


def test_without_text_storage_neither_text_nor_excerpts_nor_details_hold_any():
    data = b'{"text": "secret", "embedding": [1]}{"text": "secret", "embedding": [0]}{"text": "secret'
    found = rows(data, store_text=False)
    assert [one["reason"] for one in found] == [None, "zero_vector", "not_json"]
    assert "secret" not in repr(found)


def test_an_excerpt_is_the_first_200_characters_of_the_record():
    long = '{"text": "' + "\U0001f600" * 300 + '"}'
    first, second = rows((long + "\n garbage \xe9\r\n").encode("utf-8"))
    assert first["excerpt"] == long[:200]
    assert second["excerpt"] == "garbage \xe9"
    third, _ = rows(b'{"embedding": [1], "text": "\xff"}\n[1, 2]')
    assert third["excerpt"] == '{"embedding": [1], "text": "\ufffd"}'
