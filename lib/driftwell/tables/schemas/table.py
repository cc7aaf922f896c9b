"""The definition of a table: its columns, partitions, and the columns indexed in Delta's log."""

from __future__ import annotations

from dataclasses import dataclass

RUN = "run that wrote the row"
WINDOW_START = "first moment of the window (inclusive); null for a state"
WINDOW_END = "end of the window (exclusive); for a state its moment"
STATUS = "ok, or the reason a value is null"


@dataclass(frozen=True)
class Column:
    """One column: name, Spark SQL type, and meaning, including its unit and the meaning of null."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table. Only `indexed` columns get minimum and maximum in Delta's log, which must not contain text."""

    name: str
    row: str
    columns: tuple[Column, ...]
    indexed: tuple[str, ...]
    partitioned_by: tuple[str, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """Names in order."""
        return [column.name for column in self.columns]


def table_of(name: str, row: str, columns: str, indexed: str, partitioned_by: str = "") -> Table:
    """A table from text.

    Args:
        row: the meaning of a row, as in "One row per …".
        columns: one line each, `name | type | meaning`.
        indexed, partitioned_by: names separated by blanks.
    """
    parsed = (line.split("|") for line in columns.strip().splitlines())
    made = tuple(Column(*(part.strip() for part in parts)) for parts in parsed)
    return Table(name, row, made, tuple(indexed.split()), tuple(partitioned_by.split()))
