"""Objects to rows: any format and compression, and objects that cannot be read."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from tests.decoding import HOUR, KEY, MODIFIED, reasons, row, rows

from driftwell.archive.decode import ArchiveObject, DecodeRules, decode_objects


def test_five_records_without_newlines_in_one_gzip_object_are_five_rows():
    records = [{"id": str(n), "text": 'a "}{" b }{ c', "embedding": [n + 1]} for n in range(5)]
    data = gzip.compress("".join(map(json.dumps, records)).encode())
    assert [(one["position"], one["record_id"], one["embedding"]) for one in rows(data)] == [
        (n, str(n), [n + 1]) for n in range(5)
    ]


@pytest.mark.parametrize("key", ["2026/01/02/03/x", "2026/01/02/03/x.gz", "2026/01/02/03/x.parquet"])
def test_the_name_of_an_object_says_nothing_about_its_format(key):
    assert reasons(b"[1]\n[2]", key=key) == [(0, None), (1, None)]
    assert reasons(gzip.compress(b"[1]\n[2]"), key=key) == [(0, None), (1, None)]


EMPTY = gzip.compress(b"", mtime=0)  # tests need the same name in every process


@pytest.mark.parametrize("data", [b"", EMPTY, EMPTY * 3, b"\n \r\n", b"\xef\xbb\xbf"])
def test_an_object_without_content_has_no_rows(data):
    assert rows(data) == []


def test_members_of_a_gzip_object_are_one_stream_of_records():
    data = b"".join(map(gzip.compress, [b"[1]\n[2", b"]\n", b"", b"[3]"]))
    assert [one["embedding"] for one in rows(data)] == [[1], [2], [3]]


def test_a_truncated_gzip_object_is_quarantined_as_a_whole():
    data = gzip.compress(b"\n".join(b"[%d,%d]" % (n, n * n + 1) for n in range(10_000)))
    (found,) = rows(data[: len(data) // 2])
    assert (found["reason"], found["position"], found["excerpt"]) == ("corrupt_object", None, None)
    assert (found["event_time"], found["event_time_source"]) == (HOUR, "key")
    assert reasons(data[:-1] + b"\7") == [(None, "corrupt_object")]
    assert reasons(data + b"garbage") == [(None, "corrupt_object")]


@pytest.mark.parametrize(
    "data",
    [
        np.random.default_rng(7).bytes(20_000),
        b"\0" * 5_000,
        b"\x89PNG\r\n\x1a\n" + bytes(100) + b"\n[]\n{}\n[1]\n7\n",
        "[1, 2]\n[3, 4]".encode("utf-16"),
        b"PK\x03\x04[1,2]\n[3,4]",
        b"\x1f\x8b",
        gzip.compress(gzip.compress(b"[1]")),
        gzip.compress(np.random.default_rng(8).bytes(5_000)),
    ],
    ids=["random", "zero bytes", "an image", "UTF-16", "ZIP", "two bytes of gzip", "gzip in gzip", "random in gzip"],
)
def test_an_object_that_is_not_text_is_corrupt_as_a_whole(data):
    assert reasons(data) == [(None, "corrupt_object")]


def test_text_that_is_not_json_is_one_unusable_record_per_line():
    assert reasons(b"a,b,c\n1,2,3\n\nend") == [(0, "not_json"), (1, "not_json"), (2, "not_json")]


def test_one_bad_byte_at_the_start_does_not_cost_the_object():
    assert reasons(b'{"id": "\xff"}\n[1, 2]\n[3, 4]') == [(0, "not_json"), (1, None), (2, None)]
    assert reasons(b'\0\n{"embedding": [1]}') == [(0, None)]
    assert reasons(b'\x81\n{"embedding": [1]}') == [(0, "not_json"), (1, None)]


def test_an_object_over_the_limit_is_too_large_as_a_whole():
    data = b"[1]\n" * 100
    assert len(rows(data, max_object_bytes=400)) == 100
    for large in (data, gzip.compress(data)):
        assert reasons(large, max_object_bytes=399) == [(None, "too_large")]


def test_a_gzip_bomb_costs_no_more_memory_than_the_limit():
    bomb = gzip.compress(b"[" * (50 << 20))
    tracemalloc.start()
    assert reasons(bomb, max_object_bytes=1 << 20) == [(None, "too_large")]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_positions_count_unusable_records_too():
    data = b'[1]\ngarbage\n{"id":"x"}{"id":"y","embedding":[1,2\n[NaN]\n\n[2]5\n'
    assert reasons(data) == [
        (0, None),
        (1, "not_json"),
        (2, "no_embedding"),
        (3, "not_json"),
        (4, "not_finite"),
        (5, None),
        (6, "no_embedding"),
    ]


def test_an_array_nested_a_million_levels_deep_is_not_json():
    assert reasons(b"[" * 1_000_000 + b"1") == [(0, "not_json")]
    assert reasons(b"[" * 1_000_000 + b"1" + b"]" * 1_000_000 + b"\n[1]") == [(0, "not_json"), (1, None)]


def test_a_long_line_is_one_record():
    found = row("[" + "0.5," * 1_000_000 + "1]")
    assert (found["reason"], len(found["embedding"])) == (None, 1_000_001)


def test_batches_are_bounded_by_their_bytes():
    record = json.dumps({"text": "t" * 100, "embedding": [0.5] * 1000}).encode()  # 4,000 bytes of floats
    batches = list(decode_objects([ArchiveObject(KEY, MODIFIED, record * 50)], DecodeRules(float_batch_bytes=20_000)))
    assert len(batches) > 10
    assert all(batch.nbytes <= 20_000 for batch in batches)
    assert pa.Table.from_batches(batches)["position"].to_pylist() == list(range(50))
    (whole,) = decode_objects([ArchiveObject(KEY, MODIFIED, record * 50)], DecodeRules())
    assert whole.num_rows == 50
    # A record larger than the bound is its own batch.
    single = decode_objects([ArchiveObject(KEY, MODIFIED, record * 3)], DecodeRules(float_batch_bytes=1))
    assert [batch.num_rows for batch in single] == [1, 1, 1]


def test_the_same_bytes_give_the_same_rows():
    data = b'[1]\n{"id":"a","embedding":[2]}garbage{"embedding":[3]}\n[4'
    assert rows(data) == rows(data) == rows(gzip.compress(data))


def test_a_naive_modification_time_is_utc():
    (found,) = rows(b"[1]", key="x", modified_at=datetime(2026, 1, 2, 4))
    assert found["event_time"] == datetime(2026, 1, 2, 4, tzinfo=UTC)
