"""What is said of a table: its columns, partitions, and which columns may appear in Delta's log."""

from __future__ import annotations

from dataclasses import dataclass

RUN = "run that wrote the row"
WINDOW_START = "first moment of the window (inclusive); null for a state"
WINDOW_END = "end of the window (exclusive); for a state the moment it is taken at"
STATUS = "ok, or the word for why a value is null"


@dataclass(frozen=True)
class Column:
    """One column: name, Spark SQL type, and what it means, with its unit and what null means."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table. Only `indexed` columns get minimum and maximum in Delta's log: text and excerpts must not lie there."""

    name: str
    row: str
    columns: tuple[Column, ...]
    indexed: tuple[str, ...]
    partitioned_by: tuple[str, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """Names in their order."""
        return [column.name for column in self.columns]


def table_of(name: str, row: str, columns: str, indexed: str, partitioned_by: str = "") -> Table:
    """A table from text.

    Args:
        row: what a row is, "One row per …".
        columns: a line for each, `name | type | meaning`.
        indexed, partitioned_by: names with blanks between them.
    """
    parsed = (line.split("|") for line in columns.strip().splitlines())
    made = tuple(Column(*(part.strip() for part in parts)) for parts in parsed)
    return Table(name, row, made, tuple(indexed.split()), tuple(partitioned_by.split()))
