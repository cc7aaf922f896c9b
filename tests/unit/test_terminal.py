"""Content of archives reaches a terminal as text and nothing else."""

from __future__ import annotations

import io
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.spark.progress import Progress
from driftwell.terminal import JOINERS, HarmlessFormatter, columns_taken, harmless, show, terminal_width

HOSTILE = {
    "\x1b[2J\x1b[1;1Hroot#": r"\x1b[2J\x1b[1;1Hroot#",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "a\rb": r"a\rb",
    "\u202etxt.exe": r"\u202etxt.exe",
    "\u2066x\u2069": r"\u2066x\u2069",
    "a\u200bb": r"a\u200bb",
    "a\u2028b": r"a\u2028b",
    "\x9b31m": r"\x9b31m",
    "half \ud800": r"half \ud800",
    "nul\0": r"nul\x00",
}
GOOD = ["What is ü?", "日本語", "🙂", "a b", "C:\\temp\\new", "שלום"]


@pytest.mark.parametrize(("text", "wanted"), HOSTILE.items())
def test_invisible_characters_are_escaped(text: str, wanted: str) -> None:
    assert harmless(text) == wanted


@pytest.mark.parametrize("text", GOOD)
def test_all_scripts_are_left_alone(text: str) -> None:
    assert harmless(text) == harmless(text, lines=False) == text


def test_line_breaks_are_kept_where_allowed() -> None:
    assert harmless("a\n\tb") == "a\n\tb"
    assert harmless("a\n\tb", lines=False) == r"a\n\tb"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text())
def test_no_control_sequences_are_left(text: str) -> None:
    found = harmless(text, lines=False)
    assert all(character.isprintable() or character.isspace() or character in JOINERS for character in found)
    assert "\x1b" not in found and "\n" not in found
    found.encode("utf-8")


def test_progress_log_and_print_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    Progress(stream=stream).say("id \x1b[2J")
    show("id \x1b[2J")
    record = logging.LogRecord("driftwell", logging.INFO, "", 0, "id %s", ("\x1b[2J",), None)
    assert stream.getvalue() == capsys.readouterr().out == "id \\x1b[2J\n"
    assert HarmlessFormatter("%(message)s").format(record) == "id \\x1b[2J"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    assert terminal_width(Screen()) == 72
    assert terminal_width(io.StringIO()) is None


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("日本語", 6), ("ｱ", 1), ("\uff21", 2), ("🙂", 2)],
)
def test_columns_taken_are_those_of_a_terminal(text: str, columns: int) -> None:
    assert columns_taken(text) == columns
