"""The SNAPSHOT run: a later window or state against a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import functions as F

from driftwell.errors import InputError
from driftwell.profile.artifacts import calibration_rows, load_with_state
from driftwell.profile.baseline_fit import Baseline
from driftwell.profile.snapshot_measures import Snapshot, take_snapshot
from driftwell.profile.verdict_state import VerdictState
from driftwell.runs.compared import Compared, flow_rows, state_rows
from driftwell.runs.history import Profile, baselines, find_baseline, is_done
from driftwell.runs.quality import Quality, checked_quality
from driftwell.runs.rows import cluster_rows, profile_row
from driftwell.runs.rules import Rules, check_rules, rules_of
from driftwell.runs.run import Context, Outcome, Question, recorded
from driftwell.runs.windows import Selection, check_apart, select_records
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset, known_dataset
from driftwell.tables.row import Row


def run_snapshot(
    context: Context, name: str, start: datetime | None, end: datetime | None, baseline: str | None = None
) -> Outcome:
    """Measure a window of prompts, or the state of a reference, and compare it with a baseline.

    Args:
        name: dataset.
        start, end: window; without them everything after the baseline, or the newest state.
        baseline: id or label; None means the active one.

    Raises:
        UsageError: if the window overlaps the baseline's, or the baseline was made with other rules.
        InputError: if there is no baseline, or no record in the window.
    """
    tables = context.tables
    context.progress.begin()
    dataset, known = side_by_side([partial(known_dataset, tables, name), partial(baselines, tables, name)])
    rules, profile = rules_of("snapshot", context.settings, dataset), find_baseline(known, dataset, baseline)
    differences = check_rules(rules, profile)
    set_arrow_batch(context.spark, dataset.dimension)
    if dataset.role == "prompts" and start is None:
        start = profile.window.end
    with context.progress.stage("read window"):
        selection = select_records(tables, rules, start, end)
    check_apart(selection.window, profile)
    question = rules.question(selection.window, selection.facts.fingerprint, profile.profile_id)
    if is_done(tables, question.run_id):
        return Outcome(question.run_id, repeated=True)
    with recorded(context, question) as counts:
        counts.note(differences)
        with context.progress.stage("check window, read baseline"):
            quality, stored = side_by_side(
                [
                    partial(checked_quality, context, selection, counts),
                    partial(_read_baseline, context, rules, profile),
                ]
            )
        rows = _measure_and_write(context, selection, quality, profile, stored, question)
    return Outcome(question.run_id, rows)


@dataclass(frozen=True)
class Stored:
    """What is stored of a baseline: models, first calibration records, and the state for verdicts."""

    baseline: Baseline
    calibration: NDArray[np.float32]
    state: VerdictState | None


def _read_baseline(context: Context, rules: Rules, profile: Profile) -> Stored:
    spark, folder = context.spark, context.tables.location(profile.artifacts or "")
    most = rules.profile.refit_sample
    (baseline, state), calibration = side_by_side(
        [partial(load_with_state, spark, folder), partial(calibration_rows, spark, folder, most)]
    )
    _check_dimension(baseline, rules.dataset, profile)
    return Stored(baseline, calibration, state)


def _measure_and_write(
    context: Context,
    selection: Selection,
    quality: Quality,
    profile: Profile,
    stored: Stored,
    question: Question,
) -> dict[str, list[Row]]:
    tables, rules, n = context.tables, selection.rules, selection.facts.n
    is_state = rules.dataset.role == "reference"
    # Unchanged records of a state are in the baseline too: only those it was not fitted on are compared.
    records = selection.records.withColumn("compared", ~F.col("is_fit") if is_state else F.lit(True))
    row = stored.state.features.row if stored.state else None
    snapshot = take_snapshot(records, n, stored.baseline, stored.calibration, rules.profile, context.progress, row)
    with context.progress.stage("verdict"):
        compared = Compared(stored.baseline, snapshot)
        if is_state:
            found = state_rows(context, selection, profile, compared)
        else:
            found = flow_rows(selection, quality, profile, compared, stored.state)
    with context.progress.stage("write tables"):
        rows = _rows(selection, quality, question, snapshot, found)
        tables.write_rows(question.run_id, rows)
    return rows


def _check_dimension(baseline: Baseline, dataset: Dataset, profile: Profile) -> None:
    width = len(baseline.spectrum.mean)
    if dataset.dimension is not None and width != dataset.dimension:
        raise InputError(
            f"baseline {profile.profile_id} has {width} dimensions, dataset {dataset.dataset!r} has {dataset.dimension}"
        )


def _rows(
    selection: Selection,
    quality: Quality,
    question: Question,
    snapshot: Snapshot,
    found: dict[str, list[Row]],
) -> dict[str, list[Row]]:
    """Rows of all tables: the profile, and the comparison with run and window added."""
    window, n, rules = selection.window, selection.facts.n, selection.rules
    dataset, measures = rules.dataset, rules.measures
    ids: dict[str, Any] = {"run_id": question.run_id, "profile_id": f"{dataset.dataset}-{question.run_id}"}
    times = {"window_start": window.start, "window_end": window.end, "known_at": selection.facts.known_at}
    moments = snapshot.moments
    measured = profile_row(dataset, snapshot.spectrum, moments, snapshot.silhouette, quality, measures)
    clusters = cluster_rows(dataset.dataset, snapshot.centroids, moments, snapshot.examples, snapshot.matched, measures)
    return {
        "profiles": [{**ids, **measured, **times, "kind": "SNAPSHOT", "n": n, "n_fit": n, "rules": rules.stored}],
        "clusters": [{**ids, **row} for row in clusters],
        **{table: [{**question.columns, **row} for row in rows] for table, rows in found.items()},
    }
