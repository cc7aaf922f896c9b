"""A line of the benchmark's table: the measurement, the comparison, and whether it reaches its bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Attributes:
        what: the measurement. ours, other: results with units. ratio: how many times as good, or as large.
        bar: the required ratio; None for a line without one. at_most: whether the bar is an upper bound.
    """

    what: str
    ours: str
    other: str
    ratio: float | None = None
    bar: float | None = None
    at_most: bool = False

    def reaches(self, share: float = 1.0) -> bool:
        """Whether this fraction of the bar is reached."""
        if self.bar is None or self.ratio is None:
            return True
        return self.ratio <= self.bar / share if self.at_most else self.ratio >= self.bar * share

    @property
    def cells(self) -> list[str]:
        """As a row of a table."""
        bar = "" if self.bar is None else f"{'at most' if self.at_most else 'at least'} {self.bar:g}"
        return [self.what, self.ours, self.other, "" if self.ratio is None else f"{self.ratio:.2f}", bar]


HEADER = ["what", "driftwell", "against", "ratio", "bar"]


def write_document(document: Path, section: str, machine: str, results: list[Result]) -> None:
    """Write the table between the marks of its section."""
    rows = [HEADER, ["---"] * len(HEADER), *(result.cells for result in results)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    document.write_text(f"{before}{begin}\n{machine}\n\n{table}\n\n{end}{after}", encoding="utf-8")


def fastest(repeats: int, work: Callable[[], float]) -> float:
    """The fewest seconds of a number of repeats."""
    return min(work() for _ in range(repeats))


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """The exponent by which seconds grow with a size: the slope of the line through their logarithms."""
    return linear_regression([math.log(size) for size in sizes], [math.log(s) for s in seconds]).slope
