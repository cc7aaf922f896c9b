"""Every view and named query on Trino, over tables of both lines, with the rows expected from the made ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftwell.aws.athena_queries import QUERIES
from driftwell.aws.athena_sql import VIEWS, literal, named, values_of
from driftwell.tables.schemas import TABLES
from tests.athena import made
from tests.athena.trino.conftest import LINES


def ask(database, name, **given):
    """Rows of a named query, run as by Athena: question marks with values."""
    query = named(QUERIES, name)
    values = ", ".join(literal(value) for value in values_of(query, given))
    statement = query.sql.replace("'", "''")
    return database.run(f"EXECUTE IMMEDIATE '{statement}'" + (f" USING {values}" if values else ""))


def only(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


def test_tables_of_both_lines_are_there():
    assert [line[:3] for line in LINES] == ["3.5", "4.1"]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_read_with_all_its_columns(database, table):
    rows = database.run(f"SELECT * FROM {table}")
    assert len(rows) == len(made.TABLES[table])
    assert list(rows[0]) == TABLES[table].column_names


VIEW_RUNS = {
    "latest_runs": [
        "base1",
        "dist0",
        "dist1late",
        "dist2",
        "ingest1",
        "ingest2",
        "ingest3",
        "snap1late",
        "snap2",
        "week1",
    ],
    "latest_profiles": ["base1", "snap1late", "snap2"],
    "latest_clusters": ["snap1late", "snap2", "snap2"],
    "latest_drift": ["snap1late", "snap1late", "snap2"],
    "latest_cluster_drift": ["snap1late", "snap2", "snap2"],
    "latest_verdicts": ["snap1late", "snap2", "week1"],
    "latest_distance_stats": ["dist0", "dist1late", "dist2"],
    "latest_prompt_distances": ["dist0", *["dist1late"] * 5, "dist2"],
}


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_views_show_rows_of_the_newest_completed_run_of_each_question(database, view):
    assert [row["run_id"] for row in database.run(f"SELECT * FROM {view} ORDER BY run_id")] == VIEW_RUNS[view]


def test_latest_verdicts(database):
    rows = ask(database, "latest_verdicts")
    assert only(rows, "dataset", "job", "verdict", "main_cause", "n", "explanation") == [
        ("prompts", "period", "NO_DRIFT", "novelty", 1_000, "why NO_DRIFT"),
        ("prompts", "snapshot", "DRIFT", "novelty", 1_000, "why DRIFT"),
    ]
    assert [row["window_end"][:16] for row in rows] == ["2026-03-08 00:00", "2026-03-04 00:00"]


def test_latest_coverage(database):
    rows = ask(database, "latest_coverage")
    assert only(rows, "reference_dataset", "n", "coverage", "outside_change", "outside_verdict") == [
        ("manuals", 3, 0.5, 0.25, "DRIFT"),
        ("reference", 3, 0.5, 0.25, "DRIFT"),
    ]
    assert only(rows, "covered_quantile", "outlier_status", "outside_status", "days") == [(0.9, "ok", "ok", 2)] * 2


def test_history_of_a_metric(database):
    assert only(ask(database, "metric_history"), "metric", "snapshot_value") == [("inertia", 1.5), ("inertia", 2.5)]
    assert only(ask(database, "metric_history", metric="psi"), "metric", "change") == [("psi", -0.5)]
    assert ask(database, "metric_history", metric="it's none") == []


def test_clusters_that_moved_most_are_those_of_the_newest_window(database):
    rows = ask(database, "clusters_moved_most")
    assert only(rows, "cluster", "change", "example_ids") == [(1, -0.25, ["p1", "p2"]), (0, 0.1, None)]


def test_prompts_farthest_from_the_knowledge_base_come_with_their_text(database):
    rows = ask(database, "prompts_farthest")
    assert only(rows, "record_id", "reference_dataset", "distance", "text") == [
        ("p1", "reference", 7.0, None),  # the same id as the last one, a day before
        ("p1", "manuals", 4.0, made.TABLES["texts"][0]["text"]),
        ("p2", "reference", 3.0, None),
        ("p2", "reference", 2.5, "the other p2"),  # the same id on the same day
        ("p3", "reference", 2.0, None),  # its text is that of another day's prompt
        ("p1", "reference", 1.0, made.TABLES["texts"][0]["text"]),
        ("p2", "reference", 0.5, None),
    ]
    newest = only(ask(database, "prompts_farthest", days="1"), "record_id")
    assert newest == [("p1",), ("p2",), ("p2",), ("p1",)]


def test_coverage_by_day(database):
    rows = ask(database, "coverage_by_day")
    assert only(rows, "reference_dataset", "event_date", "prompts", "covered", "covered_by_newest", "outliers") == [
        ("manuals", "2026-03-02", 1, 1.0, 1.0, 0),
        ("reference", "2026-03-01", 3, pytest.approx(1 / 3), 1.0, 0),
        ("reference", "2026-03-02", 3, pytest.approx(1 / 3), 1.0, 1),
    ]
    assert rows[2]["mean_distance"] == pytest.approx(6.5 / 3)


def test_quarantine_by_reason(database):
    rows = ask(database, "quarantine_by_reason")
    assert only(rows, "reason", "day", "records", "objects", "an_object") == [
        ("corrupt_object", "2026-03-02", 1, 1, "s3://b/2"),
        ("not_json", "2026-03-01", 3, 2, "s3://b/0"),
    ]


def test_failed_and_slowing_runs(database):
    rows = ask(database, "failed_and_slowing_runs")
    assert only(rows, "run_id", "status", "seconds", "usual_seconds", "message") == [
        ("snap3", "failed", 5.0, 20.0, "StorageError: gone"),
        ("ingest3", "done", 30.0, 10.0, None),
    ]
    assert only(ask(database, "failed_and_slowing_runs", days="1", slower="9"), "run_id") == [("snap3",)]


def test_cost_of_each_run(database):
    rows = {row["run_id"]: row for row in ask(database, "cost_per_run")}
    assert len(rows) == len(made.RUNS)
    dear = rows["dist2"]
    assert dear["cost"] == pytest.approx(4 * 36 / 3600 * 0.11)
    assert dear["cost_per_million_records"] == pytest.approx(4 * 36 / 3600 * 0.11 * 1_000)
    assert dear["cores_used"] == pytest.approx(0.5)
    assert (dear["executor_heap_mb"], dear["executor_peak_heap_mb"]) == (2_048.0, None)
    assert rows["snap2"]["cost_per_million_records"] is None
    twice = {row["run_id"]: row for row in ask(database, "cost_per_run", price_per_core_hour="0.22")}
    assert twice["dist2"]["cost"] == pytest.approx(2 * dear["cost"])


def test_every_query_is_tested_here():
    asked = Path(__file__).read_text(encoding="utf-8")
    assert [query.name for query in QUERIES if f'ask(database, "{query.name}"' not in asked] == []
