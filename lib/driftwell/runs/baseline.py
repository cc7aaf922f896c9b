"""The BASELINE run: fit a profile, store it, and activate it if it is the dataset's first."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from functools import partial

from driftwell.config import check_name
from driftwell.errors import InputError, UsageError
from driftwell.numeric.spectrum import ZERO_VARIANCE_STATUS as ZERO_VARIANCE
from driftwell.numeric.verdict.cells import MOST_DAYS
from driftwell.profile.artifacts import save_baseline
from driftwell.profile.baseline_fit import FittedBaseline, fit_baseline
from driftwell.runs.history import Profile, baselines, find_baseline
from driftwell.runs.quality import Quality, checked_quality
from driftwell.runs.rows import cluster_rows, profile_row
from driftwell.runs.rules import rules_of
from driftwell.runs.run import Context, Outcome, Question, recorded
from driftwell.runs.windows import Selection, select_records
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset, activate, known_dataset
from driftwell.tables.row import Row
from driftwell.times import EPOCH

LEAST_FIT, LEAST_CALIBRATION = 2, 1
"""Fewer records give no spectrum, or nothing to measure it on."""

EQUAL_VECTORS = (
    "all {n:,} vectors that the baseline is fitted on are equal: whatever differs from them will be drift; look for a "
    "producer that sends a constant, then make another baseline"
)


def run_baseline(
    context: Context, name: str, start: datetime | None, end: datetime | None, label: str | None = None
) -> Outcome:
    """Make a baseline of a window of prompts, or of the state of a reference.

    Args:
        name: dataset. start, end: window; None as `select_records` says.
        label: name of the baseline, v1, v2, ... by default; its id is `<dataset>-<label>`.

    Raises:
        UsageError: if another baseline has that name.
        InputError: if there are too few records.
    """
    tables = context.tables
    context.progress.begin()
    dataset, known = side_by_side([partial(known_dataset, tables, name), partial(baselines, tables, name)])
    rules = rules_of("baseline", context.settings, dataset)
    set_arrow_batch(context.spark, dataset.dimension)
    with context.progress.stage("read window"):
        selection = select_records(tables, rules, start, end)
    _check_size(selection, dataset)
    question = rules.question(selection.window, selection.facts.fingerprint, split=selection.split, label=label)
    baseline_id = next((found.profile_id for found in known if found.run_id == question.run_id), None)
    if baseline_id is not None:
        outcome = Outcome(question.run_id, repeated=True)
    else:
        baseline_id = _new_id({found.profile_id for found in known}, name, label)
        outcome = _make(context, selection, question, baseline_id)
    # Also if the run was already completed: an attempt may have died between its last commit and this one.
    if dataset.active_baseline_id is None:
        activate(tables, dataset, baseline_id)
    return outcome


def _make(context: Context, selection: Selection, question: Question, baseline_id: str) -> Outcome:
    with recorded(context, question, baseline_id) as counts:
        with context.progress.stage("check window"):
            quality = checked_quality(context, selection, counts)
        fitted, rows = _fit_and_write(context, selection, quality, question.run_id, baseline_id)
        counts.note(_days_left_out(fitted, selection))
        if rows["profiles"][0]["status"] == ZERO_VARIANCE:
            counts.note(EQUAL_VECTORS.format(n=selection.n_fit))
    return Outcome(question.run_id, rows)


def promote_baseline(context: Context, name: str, baseline: str) -> Profile:
    """Make another baseline the active one of its dataset: later snapshots are compared with it.

    Args:
        baseline: its id or its label.
    """
    dataset = known_dataset(context.tables, name)
    found = find_baseline(baselines(context.tables, name), dataset, baseline)
    activate(context.tables, dataset, found.profile_id)
    return found


def _check_size(selection: Selection, dataset: Dataset) -> None:
    n, n_fit = selection.facts.n, selection.n_fit
    if n_fit < LEAST_FIT or n - n_fit < LEAST_CALIBRATION:
        raise InputError(
            f"dataset {dataset.dataset!r}, {selection.window}: {n} records, {n_fit} for the fit half, {n - n_fit} for "
            f"calibration; a baseline needs at least {LEAST_FIT} and {LEAST_CALIBRATION}: choose a longer window"
        )


def _new_id(taken: Set[str], name: str, label: str | None) -> str:
    if label is None:
        version = 1
        while f"{name}-v{version}" in taken:
            version += 1
        return f"{name}-v{version}"
    baseline_id = f"{name}-{check_name(label, '--baseline_name')}"
    if baseline_id in taken:
        raise UsageError(
            f"baseline {baseline_id} exists, with other records or settings: choose another --baseline_name"
        )
    return baseline_id


def _fit_and_write(
    context: Context, selection: Selection, quality: Quality, run_id: str, baseline_id: str
) -> tuple[FittedBaseline, dict[str, list[Row]]]:
    tables, rules, dataset = context.tables, selection.rules, selection.rules.dataset
    n, n_fit = selection.facts.n, selection.n_fit
    fitted = fit_baseline(
        selection.records,
        n_fit,
        n - n_fit,
        dataset.dimension or 1,
        rules.profile,
        context.progress,
        with_state=dataset.role == "prompts",
        weekends=rules.drift.weekends,
    )
    folder = f"_baselines/{dataset.dataset}/{baseline_id}"
    with context.progress.stage("save models"):
        save_baseline(fitted, tables.location(folder))
    with context.progress.stage("write tables"):
        measured, *of_clusters = _rows(fitted, dataset, quality, rules.measures)
        ids = {"run_id": run_id, "profile_id": baseline_id}
        profile = {
            **ids,
            **measured,
            "kind": "BASELINE",
            "window_start": selection.window.start,
            "window_end": selection.window.end,
            "known_at": selection.facts.known_at,
            "n": n,
            "n_fit": n_fit,
            "n_calibration": n - n_fit,
            "split": selection.split,
            "rules": rules.stored,
            "artifacts": folder,
        }
        rows = {"profiles": [profile], "clusters": [{**ids, **row} for row in of_clusters]}
        tables.write_rows(run_id, rows)
    return fitted, rows


def _days_left_out(fitted: FittedBaseline, selection: Selection) -> str | None:
    """A note if the baseline has more days than windows are compared with, else None."""
    if fitted.verdict is None or selection.facts.first is None:
        return None
    first = (EPOCH + timedelta(days=int(fitted.verdict.calibration.days[0]))).date()
    if len(fitted.verdict.calibration.days) < MOST_DAYS or first <= selection.facts.first.date():
        return None
    return f"verdicts compare with the newest {MOST_DAYS} days of this baseline, from {first} on; its profile has all"


def _rows(fitted: FittedBaseline, dataset: Dataset, quality: Quality, measures: Sequence[str]) -> list[Row]:
    """The profile's row, then those of its clusters."""
    baseline = fitted.baseline
    moments, centroids = baseline.moments, baseline.centroids
    profile = profile_row(dataset, baseline.spectrum, moments, baseline.silhouette, quality, measures)
    return [profile, *cluster_rows(dataset.dataset, centroids, moments, fitted.examples, None, measures)]
