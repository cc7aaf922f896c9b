"""Runs read only what they need: after months of runs the driver receives no more than after one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from driftwell.alerts.changes import verdict_changes
from driftwell.alerts.metrics import unpublished_runs
from driftwell.profile.window import TimeWindow
from driftwell.runs.history import baselines, is_done, newest_profile
from driftwell.runs.period import disjoint, newest_day, sums_between
from driftwell.tables.store import Tables

DAYS, WEEK = 90, timedelta(days=7)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
FIRST = TODAY - timedelta(days=DAYS)
# Either a snapshot of each day, or each day one of everything since the baseline; "failed" never completed.
DATASETS = ("daily", "growing", "failed")

Rows = dict[str, list[dict[str, Any]]]


def day(i: int) -> datetime:
    return FIRST + timedelta(days=i)


def run_of(dataset: str, i: int) -> tuple[dict[str, Any], Rows]:
    """A snapshot that ends on day i, at noon if it grows, and its rows."""
    grows = dataset == "growing"
    window = {"window_start": FIRST if grows else day(i), "window_end": day(i + 1) - timedelta(hours=12 * grows)}
    ids = {"run_id": f"{dataset}-{i}", "dataset": dataset, "baseline_id": f"{dataset}-v1", **window}
    status = "failed" if dataset == "failed" else "done"
    times = {"started_at": day(i + 1), "finished_at": day(i + 1) + timedelta(minutes=1)}
    dates = [day(j).date() for j in range(0 if grows else i, i + 1)]
    of_profile = {key: value for key, value in ids.items() if key != "baseline_id"}
    return {**ids, **times, "job": "snapshot", "status": status, "records_in": 9}, {
        "daily_sums": [{**ids, "event_date": d, "n": 3, "sums": [1.0]} for d in dates],
        "profiles": [{**of_profile, "profile_id": ids["run_id"], "kind": "SNAPSHOT"}],
        "verdicts": [{**ids, "verdict": "NO_DRIFT", "n": 9}],
    }


@pytest.fixture(scope="module")
def tables(spark, tmp_path_factory) -> Tables:
    """Three months of runs, written month by month."""
    made = Tables(spark, str(tmp_path_factory.mktemp("history")))
    for month in range(3):
        rows: Rows = {"runs": [], "daily_sums": [], "profiles": [], "verdicts": [], "alerts": []}
        for i in range(month * DAYS // 3, (month + 1) * DAYS // 3):
            for dataset in DATASETS:
                run, left = run_of(dataset, i)
                rows["runs"].append(run)
                for name, of_table in left.items():
                    rows[name] += of_table
            published = {"dataset": "daily", "published_at": day(i + 1), "window_end": day(i + 1), "kind": "metrics"}
            if i < DAYS - 2:
                rows["alerts"].append({**published, "alert_id": f"a{i}", "run_id": f"daily-{i}"})
        if month == 0:
            for dataset in DATASETS:
                ids = {"run_id": f"{dataset}-b", "dataset": dataset, "window_start": FIRST - WEEK, "window_end": FIRST}
                rows["runs"].append({**ids, "job": "baseline", "status": "done", "finished_at": FIRST})
                rows["profiles"].append({**ids, "profile_id": f"{dataset}-v1", "kind": "BASELINE"})
        for name, of_table in rows.items():
            made.append(name, made.frame(name, of_table))
    return made


class Asked:
    """What the driver received, and how many files of each table were read for it."""

    def __init__(self) -> None:
        self.rows = 0
        self.files: dict[str, int] = {}


@pytest.fixture
def asking(spark, monkeypatch):
    kind = type(spark.range(1))
    real = kind.collect

    @contextmanager
    def counted() -> Iterator[Asked]:
        asked = Asked()

        def collect(frame):
            found = real(frame)
            asked.rows += len(found)
            for file in frame.inputFiles():
                name = file.split("/")[-2]
                asked.files[name] = asked.files.get(name, 0) + 1
            return found

        with monkeypatch.context() as patched:
            patched.setattr(kind, "collect", collect)
            yield asked

    return counted


def test_profiles_are_looked_up_and_not_all_read(tables, asking) -> None:
    with asking() as asked:
        (baseline,) = baselines(tables, "daily")
        newest = newest_profile(tables, "daily")
        assert is_done(tables, "daily-80") and not is_done(tables, "failed-80") and not is_done(tables, "nobody")
        assert newest_profile(tables, "failed").run_id == "failed-b"
    assert (baseline.profile_id, newest.run_id) == ("daily-v1", f"daily-{DAYS - 1}")
    assert asked.rows <= 8


@pytest.mark.parametrize("dataset", ["daily", "growing"])
def test_a_period_reads_its_own_days(tables, asking, dataset) -> None:
    end = day(50)
    window = TimeWindow(end - WEEK, end)
    with asking() as asked:
        found = sums_between(tables, dataset, f"{dataset}-v1", window)
        assert newest_day(tables, dataset, f"{dataset}-v1") == day(DAYS - 1).date()
    assert asked.rows <= 8
    rows = tables.read("daily_sums").where(f"dataset = '{dataset}'").toPandas().to_dict("records")
    ended = {row["run_id"]: day(int(row["run_id"].split("-")[1]) + 1) for row in rows}
    for row in rows:
        times = {name: row[name].to_pydatetime().replace(tzinfo=UTC) for name in ("window_start", "window_end")}
        row.update(times, finished_at=ended[row["run_id"]])
    assert {row["event_date"] for row in found} == {day(i).date() for i in range(43, 50)}
    for date in sorted({row["event_date"] for row in found}):
        all_of_day = [row for row in rows if row["event_date"] == date]
        chosen = [row["run_id"] for row in disjoint([row for row in found if row["event_date"] == date])]
        assert chosen == [row["run_id"] for row in disjoint(all_of_day)]


def test_a_period_skips_the_files_of_other_months(tables, asking) -> None:
    with asking() as asked:
        sums_between(tables, "daily", "daily-v1", TimeWindow(day(DAYS - 7), TODAY))
    assert asked.files == {"daily_sums": 1, "runs": 1}


def test_new_verdicts_are_found_without_reading_published_ones(tables, asking) -> None:
    with asking() as asked:
        assert verdict_changes(tables) == []
        found = unpublished_runs(tables, TODAY + timedelta(hours=1))
    unpublished = {row["run_id"] for row in found}
    assert {row for row in unpublished if row.startswith("daily")} == {f"daily-{i}" for i in (DAYS - 2, DAYS - 1)}
    assert len({row for row in unpublished if row.startswith("growing")}) <= 14
    assert asked.rows <= len(unpublished) + 4
