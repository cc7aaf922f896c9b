"""The PERIOD run: the verdict on a week or a month, from the stored sums of its days. No embedding is read."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from pyspark.sql import functions as F

from driftwell.errors import InputError
from driftwell.profile.artifacts import load_judging
from driftwell.profile.window import TimeWindow
from driftwell.runs.profiles import Profile, baselines, find_baseline, is_done
from driftwell.runs.rules import Rules, check_rules, rules_of
from driftwell.runs.run import Context, Outcome, digest, recorded
from driftwell.runs.verdict import group_rows, judge_window, judged_days, verdict_row
from driftwell.side_by_side import side_by_side
from driftwell.tables.datasets import known_dataset
from driftwell.times import from_micros

Row = dict[str, Any]

PERIODS = {"week": 7, "month": 30}
"""Days of each period."""


def run_period(context: Context, name: str, period: str, end: datetime | None, baseline: str | None = None) -> Outcome:
    """Judge the days before a moment together: smaller changes show in more records.

    Args:
        period: one of `PERIODS`. end: its end; None takes the end of the newest day that has sums.
        baseline: id or label; None takes the active one.

    Raises:
        InputError: when no day of the period has sums, or the baseline cannot judge.
    """
    tables = context.tables
    context.progress.begin()
    dataset, known = side_by_side([partial(known_dataset, tables, name, "prompts"), partial(baselines, tables, name)])
    rules, profile = rules_of("period", context.settings, dataset), find_baseline(known, dataset, baseline)
    differences = check_rules(rules, profile)
    with context.progress.stage("read sums of days"):
        stored = _stored_days(context, name, profile)
        window = _window(stored, name, profile, period, end)
        assert window.start is not None  # a period has a beginning
        chosen = [row for row in stored if window.start.date() <= row["event_date"] < window.end.date()]
        chosen = [row for of_day in _by_day(chosen).values() for row in disjoint(of_day)]
    if not chosen:
        raise InputError(f"dataset {name!r}: no day of {window} has sums; take snapshots of its days first")
    fingerprint = digest(sorted(row["run_id"] + row["event_date"].isoformat() for row in chosen))
    question = rules.question(window, fingerprint, profile.profile_id, period=period)
    if is_done(tables, question.run_id):
        return Outcome(question.run_id, repeated=True)
    with recorded(context, question) as counts:
        counts.records_in = counts.records_good = sum(row["n"] for row in chosen)
        counts.tell(differences)
        counts.tell(_gaps(chosen, PERIODS[period]))
        with context.progress.stage("verdict"):
            found = _judged(context, rules, profile, chosen)
        with context.progress.stage("write tables"):
            rows = {table: [{**question.columns, **row} for row in of_table] for table, of_table in found.items()}
            tables.write_rows(question.run_id, rows)
    return Outcome(question.run_id, rows)


def disjoint(rows: list[Row]) -> list[Row]:
    """Of the sums of one day those that overlap in no record: of whole days the newest, else windows side by side."""
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


def _stored_days(context: Context, name: str, profile: Profile) -> list[Row]:
    """Rows of `daily_sums` of completed runs, with the windows of their runs."""
    runs = context.tables.read("runs").where("status = 'done'").select("run_id", "finished_at")
    times = ("window_start", "window_end", "finished_at")
    sums = context.tables.read("daily_sums").where(
        (F.col("dataset") == name) & (F.col("baseline_id") == profile.profile_id)
    )
    micros = [F.unix_micros(time).alias(time) for time in times]
    rows = sums.join(runs, "run_id").select("run_id", "event_date", "n", "sums", *micros).collect()
    found = [row.asDict() for row in rows]
    for row in found:
        row.update({time: from_micros(row[time]) for time in times})
    return found


def _window(stored: list[Row], name: str, profile: Profile, period: str, end: datetime | None) -> TimeWindow:
    if end is None:
        if not stored:
            raise InputError(
                f"dataset {name!r} has no sums of days under {profile.profile_id}: take snapshots of its days first"
            )
        end = datetime.combine(max(row["event_date"] for row in stored), time(), UTC) + timedelta(days=1)
    return TimeWindow(end - timedelta(days=PERIODS[period]), end)


def _by_day(rows: list[Row]) -> dict[Any, list[Row]]:
    days: dict[Any, list[Row]] = {}
    for row in rows:
        days.setdefault(row["event_date"], []).append(row)
    return days


def _gaps(chosen: list[Row], wanted: int) -> str | None:
    days = len({row["event_date"] for row in chosen})
    return f"{days} of {wanted} days have sums" if days < wanted else None


def _judged(context: Context, rules: Rules, profile: Profile, chosen: list[Row]) -> dict[str, list[Row]]:
    folder = context.tables.location(profile.artifacts or "")
    baseline, state = load_judging(context.spark, folder)
    if state is None:
        raise InputError(f"baseline {profile.profile_id} has too few records for a verdict: make a longer one")
    judged = judged_days(chosen, len(baseline.centroids))
    found = judge_window(state, judged, None, baseline.centroids, rules.drift, [])
    return {"verdicts": [verdict_row(found, [])], "drift": group_rows(found.judgement)}
