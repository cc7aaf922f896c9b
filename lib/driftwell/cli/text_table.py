"""Rows as text, in columns that line up and are no wider than the terminal."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from driftwell.terminal import columns_taken, harmless

GAP = "  "

NARROWEST = 12
"""Columns of the terminal that a column of words keeps, at least."""

NUMBER = re.compile(r"-|[-+]?\d[\d,]*(\.\d*)?([eE][-+]?\d+)?|[-+]?inf")


def text_table(names: Sequence[str], rows: Sequence[Sequence[Any]], indent: str = "", width: int | None = None) -> str:
    """Rows under the names of their columns: words to the left, numbers to the right.

    Nothing is cut off. What is too wide for the terminal is broken into lines inside its column; where that is not
    enough, the rows come one under another, each value beside its name.

    Args:
        rows: values as `cell_text` shows them, one for each name.
        width: columns of the terminal; None where lines may be of any length, as in a file.
    """
    cells = [[cell_text(value) for value in row] for row in rows]
    words = [not all(NUMBER.fullmatch(row[i]) for row in cells) for i in range(len(names))]
    room = (width or sys.maxsize) - len(indent)
    widths = _fitting(names, cells, words, room)
    if widths is None:
        lines = _one_under_another(names, cells, room)
    else:
        lines = (line for row in [names, *cells] for line in _aligned(row, widths, words))
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def cell_text(value: Any) -> str:
    """A value in a line of text: `-` for null and NaN, four digits of a float, escapes for what is not seen."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else harmless(str(value), lines=False)


def broken(text: str, width: int) -> list[str]:
    """A text in lines of at most so many columns of the terminal, broken at blanks where there are any."""
    lines, rest = [], text
    while (end := _prefix(rest, width)) < len(rest):
        blank = rest.rfind(" ", 1, end + 1)
        at = blank if blank > 0 else end
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*lines, rest]


def _prefix(text: str, width: int) -> int:
    """How many characters fit; one at least."""
    taken = 0
    for i, character in enumerate(text):
        taken += columns_taken(character)
        if taken > width and i > 0:
            return i
    return len(text)


def _fitting(
    names: Sequence[str], cells: Sequence[Sequence[str]], words: Sequence[bool], room: int
) -> list[int] | None:
    """Widths of the columns; None where even narrow columns of words are too wide together."""
    of_names = [columns_taken(name) for name in names]
    natural = [max([of_name, *(columns_taken(row[i]) for row in cells)]) for i, of_name in enumerate(of_names)]
    most = max(natural, default=0)
    for cap in range(most, min(most, NARROWEST) - 1, -1):
        widths = [
            max(of_name, min(wide, cap)) if breaks else wide
            for of_name, wide, breaks in zip(of_names, natural, words, strict=True)
        ]
        if sum(widths) + len(GAP) * (len(widths) - 1) <= room:
            return widths
    return None


def _aligned(row: Sequence[str], widths: Sequence[int], words: Sequence[bool]) -> Iterator[str]:
    """The lines of one row."""
    columns = [broken(cell, width) for cell, width in zip(row, widths, strict=True)]
    for line in zip_longest(*columns, fillvalue=""):
        blanks = [" " * (width - columns_taken(cell)) for cell, width in zip(line, widths, strict=True)]
        yield GAP.join(
            cell + blank if left else blank + cell for cell, blank, left in zip(line, blanks, words, strict=True)
        )


def _one_under_another(names: Sequence[str], cells: Sequence[Sequence[str]], room: int) -> Iterator[str]:
    """Each value beside the name of its column, with an empty line between rows."""
    widths = [max(columns_taken(name) for name in names)]
    widths.append(max(NARROWEST, room - widths[0] - len(GAP)))
    for number, row in enumerate(cells):
        if number:
            yield ""
        for pair in zip(names, row, strict=True):
            yield from _aligned(pair, widths, (True, True))
