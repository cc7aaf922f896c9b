"""Bytes to JSON values: every framing a producer may choose, and separators between records."""

import functools
import json
import re
from unittest.mock import ANY

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.json_texts import X, Y, Z, items, pretty, values


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
def test_records_may_span_several_lines(between):
    text = between.join([pretty(X), pretty(Y, indent=0), Z, pretty("[1, 2, 3]"), pretty(X)])
    assert items(text) == [*values(X, Y, Z), [1, 2, 3], *values(X)]


def test_bare_arrays_may_be_separated_by_newlines_or_nothing():
    assert items("[1,2][3,4] [5]\n[6]\n\n[7][]") == [[1, 2], [3, 4], [5], [6], [7], []]


def test_an_object_without_records_holds_nothing():
    assert items("") == []
    assert items(" \r\n\ufeff\n\t") == []


def test_scalars_on_their_own_are_values():
    assert items('5\n"text"\nnull\ntrue\n-1.5e3') == [5, "text", None, True, -1500.0]
    assert items(f"{X}null{Y}7") == [json.loads(X), None, json.loads(Y), 7]
    assert items("1 2 3\n2026-01-01 12:00 started") == [b"1 2 3", b"2026-01-01 12:00 started"]


def test_of_equal_keys_the_last_wins():
    assert items('{"id":1,"id":2,"embedding":[1],"embedding":[2]}') == [{"id": 2, "embedding": [2]}]


# Pieces of separators between records; brackets only beside objects, see below.
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
def test_separators_of_records_are_not_records(parts, last):
    data = "".join(between + record for between, record in parts) + last
    assert items(data) == values(*(record for _, record in parts))


@given(st.lists(st.tuples(nothing.filter(bool), st.sampled_from([X, "[1, 2]"])), max_size=6), nothing)
def test_separators_of_bare_arrays_are_not_records(parts, last):
    data = "".join(between + record for between, record in parts) + last
    assert items(data) == values(*(record for _, record in parts))


@given(
    brackets.filter(lambda text: not text.endswith("\\")),  # it would form an escape sequence with what follows
    st.sampled_from([*"aZ7'\"", "\u00e9", "\u5b57", "\ufffd", '{"id": "y", "emb', "\\u0041", "\\x41", "\\q"]),
    brackets,
)
def test_text_that_may_hold_a_lost_record_is_reported(before, lost, after):
    found = items(f"{X}\n{before}{lost}{after}\n{Z}")
    assert [found[0], found[-1]] == values(X, Z)
    assert any(lost.encode() in raw if isinstance(raw, bytes) else lost in str(raw) for raw in found[1:-1])


@pytest.mark.parametrize(
    "write", [json.dumps, functools.partial(json.dumps, indent=1), lambda some: json.dumps(some).replace("}, ", "},\n")]
)
def test_an_array_of_records_yields_its_records(write):
    some = values(X, Y, Z)
    assert items(write(some)) == some
    assert items(write(some) + write(some[:1]) + "\n" + write(some)) == [*some, some[0], *some]
    assert items(write(some)[:-2] + "\n" + X)[:2] == some[:2]
    assert items(write(some).replace("3", "oops")) == [some[0], ANY, some[2]]


def test_a_value_nested_in_a_good_value_is_not_a_record():
    assert items(f'{{"wrapped":{X}}}{Y}') == [{"wrapped": json.loads(X)}, json.loads(Y)]
    assert items(f"[[{X},{Y}]]") == [[values(X, Y)]]
