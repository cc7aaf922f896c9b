"""One JSON value: limits, messages, and that both parsers agree."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwell.archive.json_value import MAX_DEPTH, NotJson, _parse_exactly, _parse_fast, parse_json


@pytest.mark.usefixtures("each_parser")
def test_every_depth_beyond_the_limit_is_treated_alike():
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse_json(deepest.encode()) == json.loads(deepest)
    for depth in (MAX_DEPTH + 1, 500, 5_000, 1_000_000):
        with pytest.raises(NotJson, match="nested deeper than 100 levels"):
            parse_json(b"[" * depth + b"]" * depth)
    assert parse_json(json.dumps({"text": "[{" * 500, "a": [[]] * 500}).encode())["a"] == [[]] * 500


@pytest.mark.usefixtures("each_parser")
def test_numbers_of_any_length_are_read():
    assert parse_json(b"[" + b"1" * 5000 + b", -" + b"1" * 5000 + b"]") == [float("inf"), float("-inf")]
    assert parse_json(b"1" * 400) == int("1" * 400)
    assert parse_json(b"0." + b"3" * 100_000) == pytest.approx(1 / 3)
    assert parse_json(b"1e999999999") == float("inf")


@pytest.mark.usefixtures("each_parser")
def test_the_message_does_not_quote_the_record():
    for raw in (b'{"text": "secret', b'{"secret": secret}', b"secret", b'{"a":"secret\xff"}', b"{} secret"):
        with pytest.raises(NotJson) as error:
            parse_json(raw)
        assert "secret" not in str(error.value)


def outcome(parse, raw):
    """A parser's result for some bytes; the text of a value distinguishes 1 from 1.0 and 0.0 from -0.0."""
    try:
        return repr(parse(raw))
    except (ValueError, RecursionError) as error:
        return type(error)


ODD = [
    "-0", "-0.0", "1e400", "-1e400", "1e-400", "1E5", "18446744073709551615", "18446744073709551616",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "123456789012345678901234", "1e22", "NaN",
    "[1, -Infinity]", '"\\ud800"', '"\\ud83d\\ude00"', "\ufeff[1]", '{"a": 1, "a": 2}', "1.", "01", ".5", "+1", "[1,]",
    "\x0b[1]", '"\x01"', '"\x7f"', '"\\u0000"', "", " ", "[1] x", "tru", "0.0012345678901234567",
    '{"id": 36893488147419103232, "embedding": [0.5]}', '{"metadata": {"a": [[-36893488147419103232]]}}',
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_the_fast_parser_reads_odd_values_as_the_standard_one_does(text):
    assert outcome(_parse_fast, text.encode()) == outcome(_parse_exactly, text.encode())


@pytest.mark.parametrize("raw", [b"\xff", b'"\xed\xa0\x80"', b'"\xc0\x80"', b"[" * 1_100 + b"]" * 1_100])
def test_the_fast_parser_refuses_what_the_standard_one_refuses(raw):
    assert outcome(_parse_fast, raw) == outcome(_parse_exactly, raw)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_fast_parser_reads_any_value_as_the_standard_one_does(value):
    raw = json.dumps(value).encode()
    assert outcome(_parse_fast, raw) == outcome(_parse_exactly, raw)


@given(st.text(alphabet='0123456789.-+eE[]{}",:tfn \\uNaI', max_size=40))
def test_the_fast_parser_reads_any_text_as_the_standard_one_does(text):
    assert outcome(_parse_fast, text.encode()) == outcome(_parse_exactly, text.encode())
