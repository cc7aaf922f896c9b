"""The SQL that makes the tables available in Athena: registrations, `latest_*` views, and named queries.

`conf/athena/` has the same SQL as files, written by `scripts/athena_sql.py`. Views and queries are plain Trino SQL;
only the registrations are Athena's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftwell.aws.locations import S3Location
from driftwell.errors import UsageError
from driftwell.tables.schemas import TABLES

LATEST_RUNS = """SELECT {columns}
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY job, dataset, baseline_id, window_start, window_end,
      json_extract_scalar(settings, '$.reference.baseline[0]'),
      CASE WHEN job = 'ingest' THEN run_id END
    ORDER BY finished_at DESC, run_id
  ) AS recency
  FROM runs
  WHERE status = 'done'
)
WHERE recency = 1"""

LATEST_OF_RUNS = """SELECT {columns}
FROM {table}
WHERE run_id IN (SELECT run_id FROM latest_runs)"""

LATEST_PROMPT_DISTANCES = """SELECT {columns}, reference_dataset
FROM (
  SELECT d.*, s.reference_dataset, row_number() OVER (
    PARTITION BY d.prompt_dataset, s.reference_dataset, d.event_date, d.record_id, d.object_key, d.position
    ORDER BY r.finished_at DESC, r.run_id
  ) AS recency
  FROM prompt_distances d
  JOIN latest_runs r ON r.run_id = d.run_id
  JOIN (SELECT DISTINCT run_id, reference_dataset FROM distance_stats) s ON s.run_id = d.run_id
)
WHERE recency = 1"""


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        needs: tables that must exist: its own and those of views it reads.
    """

    name: str
    meaning: str
    needs: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class Parameter:
    """A parameter of a query: text or a number, in the order of the question marks in its SQL."""

    name: str
    default: str | int | float
    meaning: str


@dataclass(frozen=True)
class Query:
    """A named query."""

    name: str
    meaning: str
    sql: str
    parameters: tuple[Parameter, ...] = ()


def registration(database: str, table: str, location: S3Location) -> str:
    """The statement that registers a table in Athena, which reads the columns from Delta's log.

    Raises:
        UsageError: for a path with quotes or backslashes.
    """
    if "'" in str(location) or "\\" in str(location):
        raise UsageError(f"{location}: Athena needs a path without quotes and backslashes")
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS `{database}`.`{table}`\n"
        f"LOCATION '{location}/'\nTBLPROPERTIES ('table_type' = 'DELTA')"
    )


def _latest(table: str, meaning: str) -> View:
    columns = ", ".join(TABLES[table].column_names)
    needs = ("runs",) if table == "runs" else (table, "runs")
    sql = LATEST_RUNS if table == "runs" else LATEST_OF_RUNS
    return View(f"latest_{table}", meaning, needs, sql.format(columns=columns, table=table))


def _views() -> tuple[View, ...]:
    distances = ", ".join(TABLES["prompt_distances"].column_names)
    return (
        _latest("runs", "the newest completed run of each window and comparison; every ingest"),
        _latest("profiles", "profiles of the newest completed runs"),
        _latest("clusters", "clusters of these profiles"),
        _latest("drift", "metrics of the newest completed comparison of each window"),
        _latest("cluster_drift", "clusters of these comparisons"),
        _latest("verdicts", "verdicts of these comparisons"),
        _latest("distance_stats", "distances of the newest completed run of each window"),
        View(
            "latest_prompt_distances",
            "each prompt (a record; ids may recur) once per reference, from its newest completed run",
            ("prompt_distances", "distance_stats", "runs"),
            LATEST_PROMPT_DISTANCES.format(columns=distances),
        ),
    )


VIEWS = _views()
"""In the order of creation: the others read `latest_runs`."""


def view_statement(view: View) -> str:
    """The statement that creates or replaces a view."""
    return f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}"


def literal(value: str | int | float) -> str:
    """A value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def values_of(query: Query, given: dict[str, str]) -> list[str | int | float]:
    """The values of a query's parameters in order, with defaults for those not given.

    Raises:
        UsageError: for an unknown parameter, or text for a number.
    """
    unknown = sorted(set(given) - {parameter.name for parameter in query.parameters})
    if unknown:
        known = ", ".join(f"{p.name} ({p.meaning}; {p.default})" for p in query.parameters) or "none"
        raise UsageError(f"query {query.name} has no parameter {unknown[0]}; it has: {known}")
    return [_value(parameter, given.get(parameter.name)) for parameter in query.parameters]


def _value(parameter: Parameter, text: str | None) -> str | int | float:
    if text is None or isinstance(parameter.default, str):
        return parameter.default if text is None else text
    try:
        return type(parameter.default)(text)
    except ValueError as error:
        wanted = f"a number such as {parameter.default}"
        raise UsageError(f"parameter {parameter.name} is {text!r}, expected {wanted}") from error


def named(queries: Sequence[Query], name: str) -> Query:
    """A query by its name.

    Raises:
        UsageError: if there is none of that name.
    """
    for query in queries:
        if query.name == name:
            return query
    raise UsageError(f"there is no query {name!r}; there are {', '.join(query.name for query in queries)}")
