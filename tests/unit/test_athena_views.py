"""`latest_prompt_distances` in DuckDB: which prompts it keeps when ids recur and runs overlap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.athena import made

from driftwell.aws.athena_queries import QUERIES
from driftwell.aws.athena_sql import VIEWS, named, view_statement
from driftwell.tables.schemas import TABLES

NEEDED = ("runs", "prompt_distances", "distance_stats")
TYPES = {
    "string": "VARCHAR",
    "array<string>": "VARCHAR[]",
    "map<string,string>": "MAP(VARCHAR, VARCHAR)",
    "map<string,double>": "MAP(VARCHAR, DOUBLE)",
}


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that the view needs, empty, and the views."""
    connection = duckdb.connect()
    connection.execute("CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)")
    for name in NEEDED:
        columns = ", ".join(f"{column.name} {TYPES.get(column.type, column.type)}" for column in TABLES[name].columns)
        connection.execute(f"CREATE TABLE {name} ({columns})")
    for view in VIEWS:
        if set(view.needs) <= set(NEEDED):
            connection.execute(view_statement(view))
    yield connection
    connection.close()


def fill(duck: duckdb.DuckDBPyConnection, tables: dict[str, list[dict[str, Any]]]) -> None:
    for name in NEEDED:
        duck.execute(f"DELETE FROM {name}")
        rows = pd.DataFrame(tables[name])  # noqa: F841, DuckDB finds it by its name
        names = ", ".join(tables[name][0].keys())
        duck.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM rows")


Prompt = tuple[str, int, int]
"""Id, day, place in its object."""

prompts = st.tuples(st.sampled_from(["p", "q"]), st.integers(1, 3), st.integers(0, 2))
answers = st.lists(st.sets(prompts, min_size=1, max_size=8), min_size=1, max_size=4)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(answers)
def test_each_prompt_is_there_once_as_the_newest_run_found_it(
    duck: duckdb.DuckDBPyConnection, found: list[set[Prompt]]
) -> None:
    """Run i has another window each time, and finds distance i."""
    runs = [
        made.run(f"d{i}", "distance", made.at(4, i), 1, window_start=made.at(1), window_end=made.at(4, i))
        | {"settings": made.REFERENCE, "resources": None}
        for i in range(len(found))
    ]
    rows = [
        made.distance(f"d{i}", record, day, float(i), 0.5, place)
        for i, of_run in enumerate(found)
        for record, day, place in of_run
    ]
    fill(
        duck, {"runs": runs, "prompt_distances": rows, "distance_stats": [made.stats(r["run_id"], "kb") for r in runs]}
    )
    seen = duck.execute("SELECT record_id, day(event_date), position, distance FROM latest_prompt_distances").fetchall()
    newest = {prompt: float(i) for i, of_run in enumerate(found) for prompt in of_run}
    assert sorted(seen) == sorted((*prompt, distance) for prompt, distance in newest.items())


def test_coverage_by_day_counts_what_was_covered_at_the_time_whatever_the_quantile(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    run = made.run("d", "distance", made.at(4), 1, **made.window(2)) | {"settings": made.REFERENCE, "resources": None}
    rows = [made.distance("d", f"p{i}", 2, 1.0, p) for i, p in enumerate((0.03, 0.07, 0.2, 0.4))]
    unknown = {"is_covered": None, "is_outlier": None}
    fill(duck, {"runs": [run], "prompt_distances": rows, "distance_stats": [made.stats("d", "kb")]})
    query = f"SELECT prompts, covered, outliers FROM ({named(QUERIES, 'coverage_by_day').sql})"
    assert duck.execute(query).fetchall() == [(4, 0.5, 0)]
    fill(
        duck,
        {"runs": [run], "prompt_distances": [r | unknown for r in rows], "distance_stats": [made.stats("d", "kb")]},
    )
    assert duck.execute(query).fetchall() == [(4, None, None)]
