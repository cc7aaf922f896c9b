"""The PERIOD run: the verdict on a week or month, from the stored daily sums. No embedding is read."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from driftwell.errors import InputError
from driftwell.profile.artifacts import load_with_state
from driftwell.profile.window import TimeWindow
from driftwell.runs.history import Profile, baselines, find_baseline, is_done
from driftwell.runs.rules import Rules, check_rules, rules_of
from driftwell.runs.run import Context, Outcome, digest, recorded
from driftwell.runs.verdict import window_verdict
from driftwell.runs.verdict_rows import group_rows, sums_of_days, verdict_row
from driftwell.spark.moments import moment
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import known_dataset
from driftwell.tables.row import Row
from driftwell.tables.store import Tables
from driftwell.times import from_micros, midnight

PERIODS = {"week": 7, "month": 30}
"""Days of each period."""

TIMES = ("window_start", "window_end", "finished_at")
DAY_MICROS = 86_400_000_000


def run_period(context: Context, name: str, period: str, end: datetime | None, baseline: str | None = None) -> Outcome:
    """Give one verdict on the days before a moment: more records reveal smaller changes.

    Args:
        period: one of `PERIODS`. end: its end, a midnight; None means the end of the newest day that has sums.
        baseline: id or label; None means the active one.

    Raises:
        UsageError: if the end is not midnight, or the baseline was made with other rules.
        InputError: if no day of the period has sums, or the baseline has no state.
    """
    tables, end = context.tables, end and midnight(end, "the end of a period")
    context.progress.begin()
    dataset, known = side_by_side([partial(known_dataset, tables, name, "prompts"), partial(baselines, tables, name)])
    rules, profile = rules_of("period", context.settings, dataset), find_baseline(known, dataset, baseline)
    differences = check_rules(rules, profile)
    with context.progress.stage("read sums of days"):
        window = _window(tables, name, profile, period, end)
        stored = sums_between(tables, name, profile.profile_id, window)
        chosen = [row for of_day in _by_day(stored).values() for row in disjoint(of_day)]
    if not chosen:
        raise InputError(f"dataset {name!r}: no day of {window} has sums; take snapshots of its days first")
    fingerprint = digest(sorted(row["run_id"] + row["event_date"].isoformat() for row in chosen))
    question = rules.question(window, fingerprint, profile.profile_id, period=period)
    if is_done(tables, question.run_id):
        return Outcome(question.run_id, repeated=True)
    with recorded(context, question) as counts:
        counts.records_in = counts.records_good = sum(row["n"] for row in chosen)
        counts.note(differences)
        counts.note(_gaps(chosen, PERIODS[period]))
        with context.progress.stage("verdict"):
            found = _verdict(context, rules, profile, chosen)
        with context.progress.stage("write tables"):
            rows = {table: [{**question.columns, **row} for row in of_table] for table, of_table in found.items()}
            tables.write_rows(question.run_id, rows)
    return Outcome(question.run_id, rows)


def disjoint(rows: list[Row]) -> list[Row]:
    """Sums of one day that share no record: the newest of the whole day, else those of windows that do not overlap."""
    kept: list[Row] = []
    for row in sorted(rows, key=lambda row: (not _is_whole(row), -row["finished_at"].timestamp())):
        if all(
            row["window_end"] <= other["window_start"] or other["window_end"] <= row["window_start"] for other in kept
        ):
            kept.append(row)
    return kept


def _is_whole(row: Row) -> bool:
    start = datetime.combine(row["event_date"], time(), UTC)
    return bool(row["window_start"] <= start and start + timedelta(days=1) <= row["window_end"])


def newest_day(tables: Tables, name: str, baseline_id: str) -> date | None:
    """The newest day that has sums under a baseline; None if there is none. One row."""
    row = _sums(tables, name, baseline_id).agg(F.max("event_date")).first()
    assert row is not None  # an aggregate without groups always has one row
    found: date | None = row[0]
    return found


def sums_between(tables: Tables, name: str, baseline_id: str, window: TimeWindow) -> list[Row]:
    """Daily sums in a window by completed runs, with the windows of these runs.

    For each day the newest sums of the whole day, or else the newest of each window that covers a part: no more rows
    than the days have windows, however often these got a new verdict.
    """
    assert window.start is not None  # a period has a start
    day, next_day = (F.unix_date("event_date") + i for i in (0, 1))
    is_whole = (F.unix_micros("window_start") <= day.cast("bigint") * DAY_MICROS) & (
        F.unix_micros("window_end") >= next_day.cast("bigint") * DAY_MICROS
    )
    part = F.when(~is_whole, F.struct("window_start", "window_end"))
    newest = Window.partitionBy("event_date", part).orderBy(F.desc("finished_at"), "run_id")
    of_days = F.col("event_date").between(window.start.date(), window.end.date() - timedelta(days=1))
    ranked = (
        _sums(tables, name, baseline_id, of_days, F.col("window_end") > moment(window.start))
        .withColumn("has_whole", F.max(is_whole).over(Window.partitionBy("event_date")))
        .withColumn("rank", F.row_number().over(newest))
        .where((F.col("rank") == 1) & (is_whole | ~F.col("has_whole")))
    )
    micros = [F.unix_micros(time).alias(time) for time in TIMES]
    found = [row.asDict() for row in ranked.select("run_id", "event_date", "n", "sums", *micros).collect()]
    for row in found:
        row.update({time: from_micros(row[time]) for time in TIMES})
    return found


def _sums(
    tables: Tables, name: str, baseline_id: str, of_days: Column | None = None, of_runs: Column | None = None
) -> DataFrame:
    """Rows of `daily_sums` under a baseline by completed runs, with the time each run ended."""
    own = (F.col("dataset") == name) & (F.col("baseline_id") == baseline_id)
    done = tables.read("runs").where(own & (F.col("status") == "done") & (F.col("job") == "snapshot"))
    done = (done if of_runs is None else done.where(of_runs)).select("run_id", "finished_at")
    sums = tables.read("daily_sums").where(own)
    return (sums if of_days is None else sums.where(of_days)).join(done, "run_id")


def _window(tables: Tables, name: str, profile: Profile, period: str, end: datetime | None) -> TimeWindow:
    if end is None:
        newest = newest_day(tables, name, profile.profile_id)
        if newest is None:
            raise InputError(
                f"dataset {name!r} has no sums of days under {profile.profile_id}: take snapshots of its days first"
            )
        end = datetime.combine(newest, time(), UTC) + timedelta(days=1)
    return TimeWindow(end - timedelta(days=PERIODS[period]), end)


def _by_day(rows: list[Row]) -> dict[Any, list[Row]]:
    days: dict[Any, list[Row]] = {}
    for row in rows:
        days.setdefault(row["event_date"], []).append(row)
    return days


def _gaps(chosen: list[Row], wanted: int) -> str | None:
    days = len({row["event_date"] for row in chosen})
    return f"{days} of {wanted} days have sums" if days < wanted else None


def _verdict(context: Context, rules: Rules, profile: Profile, chosen: list[Row]) -> dict[str, list[Row]]:
    folder = context.tables.location(profile.artifacts or "")
    baseline, state = load_with_state(context.spark, folder)
    if state is None:
        raise InputError(f"baseline {profile.profile_id} has too few records for a verdict: make a longer one")
    sums = sums_of_days(chosen, len(baseline.centroids))
    found = window_verdict(state, sums, None, baseline.centroids, rules.drift, [])
    return {"verdicts": [verdict_row(found, [])], "drift": group_rows(found.judgement)}
