"""Tables on a terminal: they line up whatever they contain, fit its width, and lose nothing."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwell.cli.text_table import broken, cell_text, text_table

NAMES = ["dataset", "n", "explanation"]
ROWS = [["chat", 12, "Many questions are about a new topic"], ["mail", 1_234, None]]


def lines(width: int | None = None, indent: str = "") -> list[str]:
    return text_table(NAMES, ROWS, indent, width).splitlines()


@pytest.mark.parametrize("width", [None, 57, 200])
def test_words_are_left_aligned_and_numbers_right_aligned(width: int | None) -> None:
    assert lines(width, indent="  ") == [
        "  dataset     n  explanation",
        "  chat       12  Many questions are about a new topic",
        "  mail     1234  -",
    ]


def test_a_value_that_is_too_wide_is_wrapped_in_its_column() -> None:
    assert lines(34) == [
        "dataset     n  explanation",
        "chat       12  Many questions are",
        "               about a new topic",
        "mail     1234  -",
    ]


def test_if_that_is_not_enough_values_are_listed_vertically() -> None:
    assert lines(26, indent=" ") == [
        " dataset      chat",
        " n            12",
        " explanation  Many",
        "              questions",
        "              are about a",
        "              new topic",
        "",
        " dataset      mail",
        " n            1234",
        " explanation  -",
    ]


def test_a_table_without_rows_is_its_names() -> None:
    assert text_table(["a", "b"], []) == "a  b"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(None, "-"), (float("nan"), "-"), (0.123456, "0.1235"), (1e-9, "1e-09"), (12_345, "12345"), (True, "True")],
        *[("a\nb", r"a\nb"), ("\x1b[2J", r"\x1b[2J"), ("", "")],
    ],
)
def test_a_cell_is_one_line_of_visible_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_characters_of_width_two_or_zero_line_up() -> None:
    rows = [["日本語", "x"], ["noe\u0308l", "y"], ["ab", "z"]]
    assert text_table(["id", "w"], rows).splitlines() == ["id      w", "日本語  x", "noe\u0308l    y", "ab      z"]


def test_numbers_and_words_are_distinguished_by_the_whole_column() -> None:
    rows = [["1", "1"], ["-2.5e-07", "x2"], [None, "3"], ["inf", "-"]]
    assert text_table(["number", "word"], rows).splitlines() == [
        "  number  word",
        "       1  1",
        "-2.5e-07  x2",
        "       -  3",
        "     inf  -",
    ]


def taken(text: str) -> int:
    """Columns of the terminal, computed naively."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.category(character) in ("Mn", "Me") for character in text)


TEXT = st.text(st.sampled_from("ab 1.-é日本\u0308"), max_size=60)


@given(st.data(), st.integers(1, 6), st.integers(30, 120))
def test_every_table_fits_the_terminal_and_shows_every_character(data: st.DataObject, columns: int, width: int) -> None:
    names = [f"name_{i}" for i in range(columns)]
    rows = data.draw(st.lists(st.lists(TEXT | st.integers(), min_size=columns, max_size=columns), min_size=1))
    shown = text_table(names, rows, "  ", width)
    assert max(map(taken, shown.splitlines())) <= width
    wanted = Counter("".join(str(cell) for row in rows for cell in row).replace(" ", ""))
    assert wanted <= Counter(shown)


@given(TEXT, st.integers(2, 20))
def test_wrapped_lines_keep_the_text_and_break_only_words_that_are_too_long(text, width) -> None:
    found = broken(text, width)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert max(map(taken, found)) <= width
    if all(taken(word) <= width for word in text.split(" ")):
        assert " ".join(found).split() == text.split()
