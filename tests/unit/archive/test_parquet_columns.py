"""Columns of Parquet besides the embedding: times, metadata, ids and text of any type, found by name."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from tests.decoding import KEY, parquet, rows

from driftwell.archive.parquet_records import columns_of

NOON = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        (NOON, pa.timestamp("us", tz="UTC"), NOON),
        (NOON, pa.timestamp("ns", tz="Europe/Berlin"), NOON),
        (NOON.replace(tzinfo=None), pa.timestamp("us"), NOON),
        (NOON.replace(tzinfo=None), pa.timestamp("ms"), NOON.replace(microsecond=678000)),
        (date(2026, 1, 2), pa.date32(), datetime(2026, 1, 2, tzinfo=UTC)),
        (1767323045678, pa.int64(), NOON.replace(microsecond=678000)),
        ("2026-01-02T03:04:05.678901", pa.string(), NOON),
        ("1767323045678", pa.string(), NOON.replace(microsecond=678000)),
    ],
    ids=lambda value: str(value),
)
def test_a_timestamp_may_be_a_timestamp_a_number_or_text(value, kind, wanted):
    # A cast, because pyarrow otherwise refuses to write microseconds as milliseconds.
    column = pa.array([value]).cast(kind, safe=False)
    for data in (
        parquet({"embedding": [[1.0]], "timestamp": column}),
        parquet({"embedding": [[1.0]], "timestamp": column}, use_deprecated_int96_timestamps=True),
    ):
        (row,) = rows(data)
        assert (row["event_time"], row["event_time_source"]) == (wanted, "record")


def test_every_microsecond_survives():
    micros = [1767323045000000 + n * 999_983 for n in range(0, 5_000)]
    data = parquet({"embedding": [[1.0]] * 5_000, "timestamp": pa.array(micros, type=pa.timestamp("us"))})
    found = [row["event_time"] for row in rows(data)]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [round((time - epoch).total_seconds() * 1e6) for time in found] == micros


@pytest.mark.parametrize(
    "column",
    [
        # In microseconds this is 2**64 more than a time of 2026.
        pa.array([(2**64 + 1767323045678000) // 1000], type=pa.timestamp("ms")),
        pa.array([2**62], type=pa.timestamp("us")),
        pa.array([-(2**62)], type=pa.timestamp("us")),
        pa.array([2**31 - 1], type=pa.int32()).cast(pa.date32()),
        pa.array([1], type=pa.int64()),
        pa.array([1], type=pa.duration("us")),
        pa.array([1], type=pa.time64("ns")),
        pa.array([float("nan")]),
        pa.array([True]),
    ],
    ids=lambda column: f"{column.type} {column.view(column.type)}"[:30],
)
def test_an_impossible_time_is_a_bad_timestamp(column):
    assert [row["reason"] for row in rows(parquet({"embedding": [[1.0]], "timestamp": column}))] == ["bad_timestamp"]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pa.array([[("a", "1"), ("b", None)]], type=pa.map_(pa.string(), pa.string())), [("a", "1"), ("b", None)]),
        (pa.array([[("a", 1)]], type=pa.map_(pa.string(), pa.int32())), [("a", "1")]),
        (pa.array([[("a", [1, 2])]], type=pa.map_(pa.string(), pa.list_(pa.int32()))), [("a", "[1,2]")]),
        (pa.array([[]], type=pa.map_(pa.string(), pa.string())), []),
        (pa.array([None], type=pa.map_(pa.string(), pa.string())), None),
        (pa.array([{"a": "x", "b": 1, "c": None}]), [("a", "x"), ("b", "1"), ("c", None)]),
        (pa.array([{"a": {"b": [True]}}]), [("a", '{"b":[true]}')]),
        (pa.array([None], type=pa.struct([("a", pa.string())])), None),
        (pa.array(['{"a": "x", "b": [1]}']), [("a", "x"), ("b", "[1]")]),
        (pa.array(["plain"]), [("value", "plain")]),
        (pa.array(["[1]"]), [("value", "[1]")]),
        (pa.array([5]), [("value", "5")]),
        (pa.array([["x", "y"]]), [("value", '["x","y"]')]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_metadata_may_be_a_map_a_struct_or_json_text(column, wanted):
    (row,) = rows(parquet({"embedding": [[1.0]], "metadata": column}))
    assert row["metadata"] == wanted


def test_maps_stay_with_their_rows():
    maps = [[("a", "1")], None, [], [("b", "2"), ("c", "3")]] * 700
    data = parquet({"embedding": [[1.0]] * 2_800, "metadata": pa.array(maps, type=pa.map_(pa.string(), pa.string()))})
    assert [row["metadata"] for row in rows(data)] == maps


def test_ids_may_be_integers_and_missing_ones_come_from_the_key():
    data = parquet({"embedding": [[1.0]] * 3, "id": pa.array([7, None, 0])})
    assert [row["record_id"] for row in rows(data)] == ["7", f"{KEY}#1", "0"]


def test_invalid_utf8_in_a_text_column_is_replaced():
    raw = pa.array([b"caf\xe9", None, b"ok"], type=pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    data = parquet({"embedding": [[1.0]] * 3, "text": text})
    assert [row["text"] for row in rows(data)] == ["caf\ufffd", None, "ok"]


def test_an_excerpt_shows_the_columns_but_the_embedding():
    (row,) = rows(parquet({"embedding": [[0.0]], "id": ["a"], "text": ["secret"]}))
    assert row["excerpt"] == '{"id":"a","text":"secret"}'
    (row,) = rows(parquet({"embedding": [[0.0]], "id": ["a"], "text": ["secret"]}), store_text=False)
    assert row["excerpt"] is None


def written_as_bytes(record: dict) -> bytes:
    """A Parquet file whose text is BINARY, not annotated as text."""
    columns = {name: pa.array([value], pa.binary()) for name, value in record.items()}
    columns["embedding"] = pa.array([[1.0, 2.0]], pa.list_(pa.float32()))
    columns["metadata"] = pa.array([[(b"user", "\u00fc1".encode())]], pa.map_(pa.binary(), pa.binary()))
    return parquet(pa.table(columns))


def test_text_stored_as_bytes_is_text_wherever_text_is_expected():
    record = {"id": b"q-1", "text": "wie gro\u00df?".encode(), "model": b"m", "timestamp": b"2026-01-02T03:04:05z"}
    (row,) = rows(written_as_bytes(record))
    assert (row["record_id"], row["text"], row["model"]) == ("q-1", "wie gro\u00df?", "m")
    assert row["event_time"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert dict(row["metadata"]) == {"user": "\u00fc1"}


def test_bytes_that_are_not_text_lose_only_the_invalid_ones():
    (row,) = rows(written_as_bytes({"id": b"q\xff1", "text": b"caf\xe9"}))
    assert (row["record_id"], row["text"]) == ("q\ufffd1", "caf\ufffd")


@pytest.mark.parametrize(
    "names", [("ID", "Embedding", "TEXT"), ("id", "EMBEDDING", "text"), ("Id", "embedding", "Text")]
)
def test_columns_are_found_whatever_their_case(names):
    data = parquet(pa.table({names[0]: ["a"], names[1]: [[1.0, 2.0]], names[2]: ["t"]}))
    (row,) = rows(data)
    assert (row["record_id"], row["text"], row["reason"]) == ("a", "t", None)


def test_an_exact_name_wins_and_two_inexact_ones_are_ambiguous():
    exact = pa.table({"id": ["a"], "ID": ["b"], "embedding": [[1.0, 2.0]]})
    assert rows(parquet(exact))[0]["record_id"] == "a"
    doubtful = pa.table({"Id": ["a"], "ID": ["b"], "embedding": [[1.0, 2.0]]})
    (row,) = rows(parquet(doubtful))
    assert row["reason"] == "corrupt_object" and row["detail"].startswith("columns ID, Id differ from the field id")


def test_a_column_that_one_field_names_exactly_belongs_to_no_other_field():
    names = ("id", "ID", "Text", "embedding")
    assert columns_of(("Id", "id", "text", "embedding"), names) == {
        **{"id": "id", "embedding": "embedding"},  # by exact names
        **{"Id": "ID", "text": "Text"},  # the only ones left
    }
    assert columns_of(("Text", "text"), ("text",)) == {"text": "text"}
