"""Bytes to JSON values: every framing a producer may choose, every damage a transport may do, in linear time."""

import functools
import json
import re
import time
import tracemalloc
from itertools import pairwise
from unittest.mock import ANY

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from driftwell.archive.json_records import Fragment, json_values

X, Y, Z = '{"id":"x","embedding":[1,2]}', '{"id":"y","embedding":[3,4]}', '{"id":"z","embedding":[5,6]}'


def is_record(value):
    return isinstance(value, dict) and isinstance(value.get("embedding"), list)


def items(data):
    """What was found: JSON values, and fragments as bytes."""
    data = data.encode() if isinstance(data, str) else data
    found = list(json_values(data, is_record))
    assert all(one.end <= other.start for one, other in pairwise(found))
    return [data[item.start : item.end] if isinstance(item, Fragment) else item.value for item in found]


def values(*texts):
    return [json.loads(text) for text in texts]


def pretty(text, indent=2):
    return json.dumps(json.loads(text), indent=indent)


@pytest.mark.parametrize(
    "between", ["\n", "\r\n", "", " ", "\n\n \r\n", "\t", "\r", "\ufeff", "\n\ufeff"], ids=lambda between: repr(between)
)
def test_records_may_be_separated_by_white_space_or_nothing(between):
    assert items(between.join([X, Y, Z])) == values(X, Y, Z)
    assert items(between + between.join([X, Y, Z]) + between) == values(X, Y, Z)


def test_braces_inside_strings_do_not_separate_records():
    tricky = json.dumps({"id": "t", "text": '}{ "}{" ]} \\ {"id":"no","embedding":[1]} \n', "embedding": [7]})
    assert items(tricky + X + tricky + tricky) == values(tricky, X, tricky, tricky)
    assert items(f"{tricky}\n{X}") == values(tricky, X)


@pytest.mark.parametrize("between", ["\n", "", " "])
def test_records_may_stretch_over_several_lines(between):
    text = between.join([pretty(X), pretty(Y, indent=0), Z, pretty("[1, 2, 3]"), pretty(X)])
    assert items(text) == [*values(X, Y, Z), [1, 2, 3], *values(X)]


def test_bare_arrays_may_be_separated_by_newlines_or_nothing():
    assert items("[1,2][3,4] [5]\n[6]\n\n[7][]") == [[1, 2], [3, 4], [5], [6], [7], []]


def test_an_object_without_records_holds_nothing():
    assert items("") == []
    assert items(" \r\n\ufeff\n\t") == []


def test_scalars_are_values_where_they_stand_alone():
    assert items('5\n"text"\nnull\ntrue\n-1.5e3') == [5, "text", None, True, -1500.0]
    assert items(f"{X}null{Y}7") == [json.loads(X), None, json.loads(Y), 7]
    assert items("1 2 3\n2026-01-01 12:00 started") == [b"1 2 3", b"2026-01-01 12:00 started"]


def test_of_equal_keys_the_last_wins():
    assert items('{"id":1,"id":2,"embedding":[1],"embedding":[2]}') == [{"id": 2, "embedding": [2]}]


def test_every_line_that_is_no_json_is_one_fragment():
    assert items(f"garbage\n{X}\n<html>\n{{'id': 1}}\n{Y}") == [
        b"garbage",
        json.loads(X),
        b"<html>",
        b"{'id': 1}",
        json.loads(Y),
    ]


@pytest.mark.parametrize("length", range(2, len(X)))  # of its first byte alone nothing is told
@pytest.mark.parametrize("between", ["\n", ""])
def test_a_record_cut_off_anywhere_costs_nothing_but_itself(length, between):
    assert items(between.join([Y, X[:length], Z, X])) == [json.loads(Y), X[:length].encode(), *values(Z, X)]


@pytest.mark.parametrize("first", ["id", "text"])
@pytest.mark.parametrize("length", range(1, 60))
def test_a_record_cut_off_inside_a_string_costs_nothing_but_itself(first, length):
    text = '{"' + first + '":"quote \\" brace { bracket [ \\u00e9 \\\\","embedding":[1]}'
    assert items(text[:length] + Y + Z)[-2:] == values(Y, Z)


def test_records_cut_off_one_after_the_other_are_one_fragment_each_where_they_have_lines():
    assert items(f"[1,\n[2,\n[3]\n[4]\n{X[:-2]}\n{X[:20]}\n{Y}") == [
        b"[1,",
        b"[2,",
        [3],
        [4],
        X[:-2].encode(),
        X[:20].encode(),
        json.loads(Y),
    ]
    assert items(X[:-2] + X[:20] + Y) == [(X[:-2] + X[:20]).encode(), json.loads(Y)]


def test_garbage_between_records_in_a_line_costs_nothing_else():
    assert items(f"{X}garbage{Y}") == [json.loads(X), b"garbage", json.loads(Y)]
    assert items(f"{X}<a>{Y}<b {Z}\n") == [json.loads(X), b"<a>", json.loads(Y), b"<b ", json.loads(Z)]
    assert items(f"garbage{pretty(X)}{Y}") == [b"garbage", *values(X, Y)]


# Pieces of what may stand between records and holds nothing; brackets only beside objects, see below.
NOTHING = [
    *" \t\r\n\v\f\0\x1e\x7f,;|:.-_=+*/#~^<>()!?&%$@`",
    *"\x85\xa0\u1680\u2003\u2028\u2029\u200b\u200d\u2060\u3000\ufeff\u2014\u00b7\u2192",
    *["\\", "\\\\", "\\n", "\\r\\n", "\\t", "\\f", "\\v", "\\b", "\\0", "\\000", "\\012", "\\x00", "\\x1E", "\\xa0"],
    *["\\u0000", "\\u001e", "\\u000A", "\\u00a0", "\\u2028", "\\u200B", "\\uFEFF", "\\\\u0000", "\\\\n", "---"],
]
LEFT_OVER = [*"[]{}", "},{", "][", "]}", "}}", "],[", "[\n", "]\n", "{ ", "\n}\n"]
nothing = st.lists(st.sampled_from(NOTHING), max_size=6).map("".join)
left_over = st.lists(st.sampled_from(NOTHING + LEFT_OVER), max_size=6).map("".join)
# These are JSON, and records without an embedding: [] and {}.
brackets = left_over.filter(lambda text: not re.search(r"\[[ \t\r\n]*\]|\{[ \t\r\n]*\}", text))


@given(st.lists(st.tuples(brackets, st.sampled_from([X, Y, Z, pretty(X)])), max_size=6), brackets)
@example([("[", X), (",", Y)], "]")
@example([("", X), ("][", Y), ("]\n[", Z)], "}")
@example([("", X), ("},{", Y), ("|\u2028\\u0000\n", Z)], "")
def test_what_separates_records_is_no_record(parts, last):
    data = "".join(between + record for between, record in parts) + last
    assert items(data) == values(*(record for _, record in parts))


@given(st.lists(st.tuples(nothing.filter(bool), st.sampled_from([X, "[1, 2]"])), max_size=6), nothing)
def test_what_separates_bare_arrays_is_no_record(parts, last):
    data = "".join(between + record for between, record in parts) + last
    assert items(data) == values(*(record for _, record in parts))


@given(
    brackets.filter(lambda text: not text.endswith("\\")),  # with what follows it would be another escape sequence
    st.sampled_from([*"aZ7'\"", "\u00e9", "\u5b57", "\ufffd", '{"id": "y", "emb', "\\u0041", "\\x41", "\\q"]),
    brackets,
)
def test_what_may_hold_a_lost_record_is_told(before, lost, after):
    found = items(f"{X}\n{before}{lost}{after}\n{Z}")
    assert [found[0], found[-1]] == values(X, Z)
    assert any(lost.encode() in raw if isinstance(raw, bytes) else lost in str(raw) for raw in found[1:-1])


@pytest.mark.parametrize("lost", [b"\xff", b"\xe2\x80", b"|\xa0|"])
def test_bytes_that_are_no_utf8_are_told(lost):
    assert items(X.encode() + b"\n" + lost + b"\n" + Z.encode()) == [json.loads(X), lost, json.loads(Z)]


@pytest.mark.parametrize(
    "write", [json.dumps, functools.partial(json.dumps, indent=1), lambda some: json.dumps(some).replace("}, ", "},\n")]
)
def test_an_array_of_records_is_its_records(write):
    some = values(X, Y, Z)
    assert items(write(some)) == some
    assert items(write(some) + write(some[:1]) + "\n" + write(some)) == [*some, some[0], *some]
    assert items(write(some)[:-2] + "\n" + X)[:2] == some[:2]
    assert items(write(some).replace("3", "oops")) == [some[0], ANY, some[2]]


@pytest.mark.parametrize(
    "damaged",
    [
        '{"id":"x","metadata":{"embedding":[9]},"embedding":[1,2',  # cut off
        '{"id":oops,"metadata":{"embedding":[9]},"embedding":[1,2]}',
        '{"id":"x" "metadata":{"embedding":[9]},"embedding":[1,2]}',
        '{"metadata":{"embedding":[9]},"embedding":[1,,2]}',
        '{"metadata":{"embedding":[9]},"embedding":[1,2]]',
        '{"a":[[1,2],[3,4]],"b":[5,6',
        'garbage{"wrapped":{"embedding":[9]}}',
        '{"id":"x","metadata":{"note":"tab\there","more":{"embedding":[9]},"n":1},"embedding":[1]}',
    ],
)
def test_what_is_nested_in_a_damaged_record_is_no_record(damaged):
    assert items(f"{damaged}\n{Y}") == [damaged.encode(), json.loads(Y)]


def test_what_is_nested_in_a_good_value_is_no_record():
    assert items(f'{{"wrapped":{X}}}{Y}') == [{"wrapped": json.loads(X)}, json.loads(Y)]
    assert items(f"[[{X},{Y}]]") == [[values(X, Y)]]


def test_a_damaged_record_over_several_lines_is_one_fragment():
    damaged = pretty(X).replace("1,", "oops,")
    cut_off = pretty(X)[:-8].rstrip()
    assert items(f"{pretty(Y)}\n{damaged}\n{pretty(Z)}\n") == [json.loads(Y), damaged.encode(), json.loads(Z)]
    assert items(f"{cut_off}\n{pretty(Z)}\n{cut_off}\n{X}") == [
        cut_off.encode(),
        json.loads(Z),
        cut_off.encode(),
        json.loads(X),
    ]


def test_a_record_cut_off_where_a_value_was_due_does_not_take_the_next_one_with_it():
    cut_off = pretty(X)[: pretty(X).index("2")].rstrip()  # its last line is "    1,"
    assert items(f"{cut_off}\n{pretty(Y)}\n{pretty(Z)}\n") == [cut_off.encode(), *values(Y, Z)]
    assert items(f"{cut_off}\n{pretty(Y)}") == [cut_off.encode(), json.loads(Y)]
    assert items(f"{cut_off}\n{Y}\n{cut_off}\n{Z}") == [
        cut_off.encode(),
        json.loads(Y),
        cut_off.encode(),
        json.loads(Z),
    ]


def test_invalid_utf8_costs_the_record_that_holds_it():
    bad = b'{"id":"\xff\xfe","embedding":[1]}'
    assert items(X.encode() + bad + Y.encode()) == [json.loads(X), bad, json.loads(Y)]
    assert items(b"\n".join([X.encode(), bad, Y.encode()])) == [json.loads(X), bad, json.loads(Y)]


def test_control_characters_inside_strings_are_not_json():
    assert items('{"id":"a\tb","embedding":[1]}' + Y) == [b'{"id":"a\tb","embedding":[1]}', json.loads(Y)]


# Large enough for quadratic work to need minutes, small enough for linear work to be done in a fraction of a second.
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
