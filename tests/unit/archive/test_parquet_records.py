"""Parquet objects give the same rows as JSON, and none if they are damaged or too large."""

import json

import numpy as np
import pyarrow as pa
import pytest
from tests.decoding import parquet, rows

from driftwell.archive.inflate import CorruptObject, TooLarge
from driftwell.archive.parquet_records import parquet_records


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


def test_a_flipped_bit_is_found_if_pages_have_checksums():
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
    # Dictionary and run-length encoding: by the footer, 8 MB of floats take a few hundred bytes.
    folded = parquet({"embedding": [[0.1] * 1_000] * 1_000})
    assert len(folded) < 200_000
    for data in (plain, folded):
        with pytest.raises(TooLarge):
            parquet_records(data, ["embedding"], 100_000)
        (found,) = rows(data, max_object_bytes=100_000)
        assert (found["position"], found["reason"]) == (None, "too_large")


def test_a_file_that_is_too_large_by_its_footer_is_not_read():
    data = parquet({"embedding": [[0.1, 0.2]] * 10_000}, use_dictionary=False, compression="none")
    unreadable = data[:100] + b"\xff" * 1_000 + data[1_100:]
    with pytest.raises(CorruptObject):
        parquet_records(unreadable, ["embedding"], 1 << 20)
    with pytest.raises(TooLarge):
        parquet_records(unreadable, ["embedding"], 100_000)


def test_bytes_that_are_not_parquet_raise_corrupt_object():
    with pytest.raises(CorruptObject, match="cannot be read as Parquet"):
        parquet_records(b"PAR1 and then nothing", ["embedding"], 1 << 20)
