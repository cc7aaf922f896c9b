"""Text from archives on its way to a terminal: nothing in it may move the cursor, hide, or turn the line around."""

from __future__ import annotations

import logging
import shutil
import sys
import unicodedata
from typing import TextIO

KEPT = ("\n", "\t")
"""Control characters that a text of several lines is made of."""

JOINERS = ("\u200c", "\u200d")


def harmless(text: str, lines: bool = True) -> str:
    """A text with every character that is not seen as itself written as an escape: `\\x1b`, `\\u202e`.

    That is control characters, among them those that begin terminal sequences, marks that turn the direction of
    writing, characters without width, separators of lines, and halves of surrogate pairs.

    Args:
        lines: whether line ends and tabs are kept; in a cell of a table, or a message of one line, they are not.
    """
    if text.isprintable():
        return text
    return "".join(character if _is_seen(character, lines) else _escaped(character) for character in text)


class HarmlessFormatter(logging.Formatter):
    """Log lines that hold nothing but text."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        return harmless(super().format(record))


def show(text: str, stream: TextIO | None = None, lines: bool = True) -> None:
    """Print a text that may hold what comes from archives; on stdout by default."""
    print(harmless(text, lines), file=stream or sys.stdout)


def columns_taken(text: str) -> int:
    """Columns of a terminal that a text without line ends takes: East Asian characters two, marks on others none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Columns of the terminal that is written to, on stdout by default; None for a file or a pipe."""
    return shutil.get_terminal_size().columns if (stream or sys.stdout).isatty() else None


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or character in JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _is_seen(character: str, lines: bool) -> bool:
    if character in KEPT:
        return lines
    category = unicodedata.category(character)
    # A space of any width is seen; joiners belong to words and emoji.
    return character in JOINERS or not (category.startswith("C") or category in ("Zl", "Zp"))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii") if character != "\\" else character
