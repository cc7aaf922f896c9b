"""Hostile bytes instead of JSON: linear time, little memory, and no good record lost."""

import time
import tracemalloc

import pytest
from tests.json_texts import X, Y, Z, is_record, items, values

from driftwell.archive.json_records import json_values

# Large enough for quadratic work to take minutes, small enough for linear work to take a fraction of a second.
HOSTILE = {
    "a million deep": b"[" * 1_000_000,
    "a million openings": b'{"' * 1_000_000,
    "deep objects": b'{"a":' * 100_000,
    "deep objects that close": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep embeddings": b'{"embedding":' * 100_000 + b"[1]",
    "openings in strings": b'{"a":"' * 50_000,
    "escapes": b'{"a":"\\' * 50_000,
    "keys that look like openings": b'{"{":' * 100_000,
    "quotes": b'"' * 1_000_000,
    "a long record cut off": b'{"embedding":[' + b"0.125," * 500_000,
    "nearly too deep, and long": b"[" * 99 + b"1," * 500_000 + b"x",
    "flat arrays in an open one": b"[" + b"[1]," * 100_000,
    "lines that open arrays": b"[1,\n" * 20_000,
    "lines of one bracket": b"[\n" * 20_000,
    "indented lines of one bracket": (b"[\n " + X.encode() + b" ") * 30_000,
    "long lines that open arrays": (b"[" + b"1," * 3_000 + b"\n") * 500,
    "lines that open objects": b'{"a":\n' * 20_000,
    "arrays without newlines": b"[1]" * 200_000,
    "records behind commas": b"," + (X.encode() + b",") * 10_000,
    "records cut off, without newlines": X[:20].encode() * 20_000,
    "arrays of objects that are cut off": b'[{"a":' * 50_000,
    "arrays of what is no object": b"[{" * 500_000,
    "brackets and white space": (b"[" + b" " * 1_000) * 2_000,
    "bars": b"|" * 1_000_000 + b"a",
    "lines of bars": (b"|" * 100 + b"a\n") * 5_000,
    "bars between records": (X.encode() + b"|" * 100) * 5_000,
    "escapes written out": b"\\u0000" * 300_000 + b"a",
    "escapes that are none": b"\\q|" * 300_000,
    "white space beyond ASCII": "\u2028".encode() * 500_000 + b"a",
    "digits": b"[" + b"9" * 10_000_000 + b"]",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_take_linear_time(data):
    started = time.process_time()
    for _ in json_values(data, is_record):
        pass
    assert time.process_time() - started < 5


def test_depth_costs_no_memory():
    data = b"[" * 4_000_000 + b"1"
    tracemalloc.start()
    assert items(data) == [data]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(data)


def test_a_good_record_after_hostile_bytes_is_found():
    for hostile in (b'{"a":' * 100_000, b'{"' * 10_000, b'{"a":"' * 10_000, b"[" * 100_000):
        assert items(hostile + Y.encode() + Z.encode())[-2:] == values(Y, Z)
        assert items(hostile + b"\n" + Y.encode())[-1:] == values(Y)
