"""Damaged JSON: what a transport cuts off or corrupts costs nothing but itself, and is reported."""

import json

import pytest
from tests.json_texts import X, Y, Z, items, pretty, values


def test_every_line_that_is_not_json_is_one_fragment():
    assert items(f"garbage\n{X}\n<html>\n{{'id': 1}}\n{Y}") == [
        b"garbage",
        json.loads(X),
        b"<html>",
        b"{'id': 1}",
        json.loads(Y),
    ]


@pytest.mark.parametrize("length", range(2, len(X)))  # its first byte alone is not reported
@pytest.mark.parametrize("between", ["\n", ""])
def test_a_record_cut_off_anywhere_costs_nothing_but_itself(length, between):
    assert items(between.join([Y, X[:length], Z, X])) == [json.loads(Y), X[:length].encode(), *values(Z, X)]


@pytest.mark.parametrize("first", ["id", "text"])
@pytest.mark.parametrize("length", range(1, 60))
def test_a_record_cut_off_inside_a_string_costs_nothing_but_itself(first, length):
    text = '{"' + first + '":"quote \\" brace { bracket [ \\u00e9 \\\\","embedding":[1]}'
    assert items(text[:length] + Y + Z)[-2:] == values(Y, Z)


def test_records_cut_off_on_consecutive_lines_are_one_fragment_each():
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


@pytest.mark.parametrize("lost", [b"\xff", b"\xe2\x80", b"|\xa0|"])
def test_bytes_that_are_not_utf8_are_reported(lost):
    assert items(X.encode() + b"\n" + lost + b"\n" + Z.encode()) == [json.loads(X), lost, json.loads(Z)]


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
def test_a_value_nested_in_a_damaged_record_is_not_a_record(damaged):
    assert items(f"{damaged}\n{Y}") == [damaged.encode(), json.loads(Y)]


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


def test_a_record_cut_off_before_a_value_does_not_swallow_the_next_one():
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
