"""Parquet objects give the rows that the same records give as JSON."""

import base64
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from driftwell.archive.decode import ArchiveObject, DecodeRules, decode_objects
from driftwell.archive.inflate import CorruptObject, TooLarge
from driftwell.archive.parquet_records import columns_of, parquet_records

KEY = "prompts/2026/01/02/03/x"
MODIFIED = datetime(2026, 1, 2, 4, 5, 6, tzinfo=UTC)
VECTOR = np.array([0.5, -1.25, 3e-3], dtype=np.float32)


def parquet(table, **options):
    """A Parquet object of a table, or of columns."""
    sink = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), sink, **options)
    return sink.getvalue()


def rows(data, **rules):
    return [
        row
        for batch in decode_objects([ArchiveObject(KEY, MODIFIED, data)], DecodeRules(**rules))
        for row in batch.to_pylist()
    ]


def embeddings(values, kind):
    return parquet({"embedding": pa.array(values, type=kind)})


def test_the_same_records_give_the_same_rows_as_parquet_and_as_json():
    def record(record_id, text, timestamp, metadata, embedding, deleted=None):
        fields = {"id": record_id, "text": text, "timestamp": timestamp, "metadata": metadata, "embedding": embedding}
        return {**fields, "model": text, "deleted": deleted}

    records = [
        record("a", "one", "2026-01-02T03:04:05Z", {"k": "v"}, [1, 0.1]),
        record("b", None, None, None, [1, None]),
        record(None, "\u00e9", "", {}, []),
        record("", "", "soon", {"k": None}, [2]),
        record("e", "", "1767322800000", {"k": ""}, None),
        record("f", "", "2026-01-02", {}, [0, 0]),
        record("g", "", "2026-01-02", {}, None, deleted=True),
        record("", "", "2026-01-02", {}, None, deleted=True),
    ]
    kinds = {name: pa.string() for name in ("id", "text", "timestamp", "model")}
    kinds |= {"metadata": pa.map_(pa.string(), pa.string()), "embedding": pa.list_(pa.float64()), "deleted": pa.bool_()}
    columns = {
        name: pa.array([list(v.items()) if isinstance(v := r.get(name), dict) else v for r in records], type=kind)
        for name, kind in kinds.items()
    }

    def comparable(found):
        return [{name: value for name, value in row.items() if name != "excerpt"} for row in found]

    assert comparable(rows(parquet(columns))) == comparable(rows("\n".join(map(json.dumps, records)).encode()))


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float32()),
        pa.list_(pa.float64()),
        pa.large_list(pa.float32()),
        pa.list_(pa.float16()),
    ],
    ids=str,
)
def test_lists_of_floats_are_embeddings(kind):
    wanted = [0.5, -1.25, 0.0078125]
    values = np.array(wanted, dtype=np.float16) if kind.value_type == pa.float16() else wanted
    found = rows(embeddings([values, None, values], kind))
    assert [row["embedding"] for row in found] == [wanted, None, wanted]
    assert [row["reason"] for row in found] == [None, "no_embedding", None]


def test_lists_of_fixed_size_are_embeddings():
    # Without a null among them: pyarrow before 26 cannot read that, and the object is then corrupt as a whole.
    found = rows(embeddings([[1, 2, 3], [4, 5, 6]], pa.list_(pa.float32(), 3)))
    assert [row["embedding"] for row in found] == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, -2, 3], pa.int8()),
        ([1, -2, 2**46], pa.int64()),
        ([1, 2, 2**49], pa.uint64()),
        ([Decimal("1.5"), Decimal("-2.25")], pa.decimal128(5, 2)),
    ],
    ids=str,
)
def test_lists_of_other_numbers_are_embeddings_too(values, kind):
    (row,) = rows(embeddings([values], pa.list_(kind)))
    assert row["embedding"] == [float(np.float32(float(value))) for value in values]


@pytest.mark.parametrize(
    ("value", "kind", "reason", "detail"),
    [
        ([1.0, None], pa.list_(pa.float32()), "not_numeric", "element 1 is null"),
        ([None, None, 1.0], pa.list_(pa.float32(), 3), "not_numeric", "element 0 is null"),
        ([], pa.list_(pa.float32()), "no_embedding", "empty"),
        ([1.0, float("nan")], pa.list_(pa.float32()), "not_finite", "element 1 is nan"),
        ([1.0, 1e39], pa.list_(pa.float64()), "not_finite", "element 1 is 1e+39"),
        ([0.0, -0.0, 1e-60], pa.list_(pa.float64()), "zero_vector", "all 3 elements"),
        ([True, False], pa.list_(pa.bool_()), "not_numeric", "element 0 is true or false"),
        (["1", "2"], pa.list_(pa.string()), "not_numeric", "element 0 is a string"),
        ([[1.0], [2.0]], pa.list_(pa.list_(pa.float32())), "not_numeric", "element 0 is an array"),
        (1.5, pa.float64(), "not_numeric", "the embedding is a number"),
        ("0.1,0.2", pa.string(), "not_numeric", "not base64"),
        ({"a": 1.0}, pa.struct([("a", pa.float64())]), "not_numeric", "the embedding is an object"),
    ],
)
def test_any_other_column_has_the_reason_that_json_would_get(value, kind, reason, detail):
    (row,) = rows(embeddings([value], kind))
    assert (row["reason"], row["embedding"], row["position"]) == (reason, None, 0)
    assert detail in row["detail"]


TEXT_KINDS = [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.binary()]


@pytest.mark.parametrize("kind", TEXT_KINDS, ids=str)
def test_base64_text_is_an_embedding_in_any_column_of_text_or_bytes(kind):
    encoded = base64.b64encode(VECTOR.tobytes())
    value = encoded if kind == pa.binary() else encoded.decode()
    assert [row["embedding"] for row in rows(embeddings([value, None], kind))] == [VECTOR.tolist(), None]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(12)], ids=str)
def test_bytes_that_are_no_base64_text_are_the_floats_themselves(kind):
    (row,) = rows(embeddings([VECTOR.tobytes()], kind))
    assert row["embedding"] == VECTOR.tolist()


def test_a_tensor_column_is_a_list_of_floats():
    storage = pa.array([[1.0, 2.0], [3.0, 4.0]], type=pa.list_(pa.float32(), 2))
    column = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [2]), storage)
    assert [row["embedding"] for row in rows(parquet({"embedding": column}))] == [[1, 2], [3, 4]]


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
    # A cast, because pyarrow writes no microseconds into milliseconds otherwise.
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
def test_a_time_that_cannot_be_is_a_bad_timestamp(column):
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


def test_maps_keep_to_their_rows():
    maps = [[("a", "1")], None, [], [("b", "2"), ("c", "3")]] * 700
    data = parquet({"embedding": [[1.0]] * 2_800, "metadata": pa.array(maps, type=pa.map_(pa.string(), pa.string()))})
    assert [row["metadata"] for row in rows(data)] == maps


def test_ids_may_be_integers_and_absent_ones_come_from_the_key():
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


def test_rows_without_an_embedding_column_have_none():
    assert [row["reason"] for row in rows(parquet({"vector": [[1.0], [2.0]]}))] == ["no_embedding"] * 2
    tombstone = rows(parquet({"id": ["a"], "deleted": [True]}))
    assert [(row["reason"], row["deleted"]) for row in tombstone] == [(None, True)]


def test_a_file_without_rows_or_columns_has_no_rows():
    assert rows(parquet({"embedding": pa.array([], type=pa.list_(pa.float32()))})) == []
    assert rows(parquet(pa.table({}))) == []


def test_positions_count_over_row_groups_and_compression_does_not_matter():
    table = pa.table({"id": [str(n) for n in range(3_000)], "embedding": [[n + 1.0] for n in range(3_000)]})
    for compression in ("none", "snappy", "gzip", "zstd"):
        found = rows(parquet(table, row_group_size=700, compression=compression))
        assert [(row["position"], row["record_id"]) for row in found] == [(n, str(n)) for n in range(3_000)]


def test_a_damaged_file_is_corrupt_as_a_whole():
    vectors = [[float(n), 1.0] for n in range(3_000)]
    data = parquet({"embedding": vectors}, row_group_size=1_000, write_page_checksum=True)
    middle = len(data) // 2
    overwritten = data[:middle] + b"\xff" * 9 + data[middle + 9 :]
    for damaged in (data[:middle], overwritten, data[:-4] + b"PAR2", b"PAR1", b"PAR1" * 3):
        found = rows(damaged)
        assert [(row["position"], row["reason"]) for row in found] == [(None, "corrupt_object")]


def test_a_flipped_bit_is_found_where_pages_have_checksums():
    number = np.float64(0.123456789)
    plain = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    data = parquet({"embedding": [[number, 1.0]]}, write_page_checksum=True, **plain)
    assert data.count(number.tobytes()) == 1
    first = data.index(number.tobytes())
    damaged = data[:first] + bytes([data[first] ^ 1]) + data[first + 1 :]
    assert [row["reason"] for row in rows(data) + rows(damaged)] == [None, "corrupt_object"]


def test_no_changed_byte_makes_the_decoder_raise():
    data = parquet({"id": ["a", "b"], "embedding": [[1.0, 2.0], [3.0, 4.0]], "timestamp": [1767323045678, None]})
    for position in range(4, len(data), 3):
        damaged = bytearray(data)
        damaged[position] ^= 0x55
        for row in rows(bytes(damaged)):
            assert row["reason"] is not None or row["embedding"] is not None


def test_a_file_that_needs_more_than_the_limit_is_too_large():
    plain = parquet({"embedding": [[0.1, 0.2]] * 10_000}, use_dictionary=False, compression="none")
    # Dictionary and run-length encoding: the footer says a few hundred bytes for 8 MB of floats.
    folded = parquet({"embedding": [[0.1] * 1_000] * 1_000})
    assert len(folded) < 200_000
    for data in (plain, folded):
        with pytest.raises(TooLarge):
            parquet_records(data, ["embedding"], 100_000)
        (found,) = rows(data, max_object_bytes=100_000)
        assert (found["position"], found["reason"]) == (None, "too_large")


def test_a_file_that_is_too_large_by_its_own_account_is_not_read():
    data = parquet({"embedding": [[0.1, 0.2]] * 10_000}, use_dictionary=False, compression="none")
    unreadable = data[:100] + b"\xff" * 1_000 + data[1_100:]
    with pytest.raises(CorruptObject):
        parquet_records(unreadable, ["embedding"], 1 << 20)
    with pytest.raises(TooLarge):
        parquet_records(unreadable, ["embedding"], 100_000)


def test_bytes_that_are_no_parquet_raise_corrupt_object():
    with pytest.raises(CorruptObject, match="cannot be read as Parquet"):
        parquet_records(b"PAR1 and then nothing", ["embedding"], 1 << 20)


def written_as_bytes(record: dict) -> bytes:
    """A Parquet file whose text is BINARY without a word that it is text."""
    columns = {name: pa.array([value], pa.binary()) for name, value in record.items()}
    columns["embedding"] = pa.array([[1.0, 2.0]], pa.list_(pa.float32()))
    columns["metadata"] = pa.array([[(b"user", "\u00fc1".encode())]], pa.map_(pa.binary(), pa.binary()))
    return parquet(pa.table(columns))


def test_text_stored_as_bytes_is_text_wherever_text_is_meant():
    record = {"id": b"q-1", "text": "wie gro\u00df?".encode(), "model": b"m", "timestamp": b"2026-01-02T03:04:05z"}
    (row,) = rows(written_as_bytes(record))
    assert (row["record_id"], row["text"], row["model"]) == ("q-1", "wie gro\u00df?", "m")
    assert row["event_time"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert dict(row["metadata"]) == {"user": "\u00fc1"}


def test_bytes_that_are_no_text_lose_only_what_is_wrong():
    (row,) = rows(written_as_bytes({"id": b"q\xff1", "text": b"caf\xe9"}))
    assert (row["record_id"], row["text"]) == ("q\ufffd1", "caf\ufffd")


@pytest.mark.parametrize(
    "names", [("ID", "Embedding", "TEXT"), ("id", "EMBEDDING", "text"), ("Id", "embedding", "Text")]
)
def test_columns_are_found_whatever_their_case(names):
    data = parquet(pa.table({names[0]: ["a"], names[1]: [[1.0, 2.0]], names[2]: ["t"]}))
    (row,) = rows(data)
    assert (row["record_id"], row["text"], row["reason"]) == ("a", "t", None)


def test_an_exact_name_wins_and_two_others_are_not_guessed_between():
    exact = pa.table({"id": ["a"], "ID": ["b"], "embedding": [[1.0, 2.0]]})
    assert rows(parquet(exact))[0]["record_id"] == "a"
    doubtful = pa.table({"Id": ["a"], "ID": ["b"], "embedding": [[1.0, 2.0]]})
    (row,) = rows(parquet(doubtful))
    assert row["reason"] == "corrupt_object" and row["detail"].startswith("columns ID, Id differ from the field id")


def test_a_column_that_one_field_names_exactly_is_no_other_fields():
    names = ("id", "ID", "Text", "embedding")
    assert columns_of(("Id", "id", "text", "embedding"), names) == {
        **{"id": "id", "embedding": "embedding"},  # by their own names
        **{"Id": "ID", "text": "Text"},  # the only ones that are left
    }
    assert columns_of(("Text", "text"), ("text",)) == {"text": "text"}
