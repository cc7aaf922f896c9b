"""The DISTANCE run: prompts of a window against the clusters of the reference."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from driftwell.coverage.distances import Target, with_distances
from driftwell.coverage.statistics import judged_on_days, statistics_of
from driftwell.runs.coverage import coverage_changes, uncovered_history
from driftwell.runs.distance_rows import prompt_rows, statistics_rows
from driftwell.runs.history import is_done
from driftwell.runs.quality import checked_quality
from driftwell.runs.rules import rules_of
from driftwell.runs.run import Context, Outcome, Question, recorded
from driftwell.runs.sides import BASELINE, Sides, find_sides
from driftwell.runs.usual_distances import find_targets
from driftwell.runs.windows import Selection, check_apart, select_records
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.kept import ON_DISK, kept
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.row import Row


def run_distance(
    context: Context, prompt_dataset: str, reference_dataset: str, start: datetime | None, end: datetime | None
) -> Outcome:
    """Measure the distance of a window's prompts to the reference, both its baseline and its newest profile.

    Args:
        start, end: window of the prompts; without a start everything after the prompts' baseline if there is one,
            else everything.

    Raises:
        UsageError: if the window overlaps that of the prompts' baseline.
        InputError: if the reference has no baseline, the window is empty, or dimensions or models do not match.
    """
    tables = context.tables
    context.progress.begin()
    sides = find_sides(tables, prompt_dataset, reference_dataset)
    rules = rules_of("distance", context.settings, sides.prompts)
    set_arrow_batch(context.spark, sides.prompts.dimension)
    if sides.baseline and start is None:
        start = sides.baseline.window.end
    with context.progress.stage("read window"):
        selection = select_records(tables, rules, start, end)
    if sides.baseline:
        check_apart(selection.window, sides.baseline)
    measured_by = {kind: [profile.profile_id, profile.run_id] for kind, profile in sides.profiles.items()}
    question = rules.question(selection.window, selection.facts.fingerprint, sides.baseline_id, reference=measured_by)
    if is_done(tables, question.run_id):
        return Outcome(question.run_id, repeated=True)
    with recorded(context, question) as counts:
        with context.progress.stage("check window, usual distances"):
            _, targets = side_by_side(
                [partial(checked_quality, context, selection, counts), partial(find_targets, tables, rules, sides)]
            )
        rows = _measure_and_write(context, selection, sides, targets, question)
    return Outcome(question.run_id, {"distance_stats": rows})


def _measure_and_write(
    context: Context, selection: Selection, sides: Sides, targets: dict[str, Target], question: Question
) -> list[Row]:
    tables, progress, rules = context.tables, context.progress, selection.rules
    # Kept on disk without vectors: Benjamini-Hochberg needs all p-values before the first outlier is known.
    with kept(with_distances(selection.records, targets), ON_DISK) as measured:
        with progress.stage("distances"):
            judged = judged_on_days(measured)
            found = statistics_of(measured, targets, selection.facts.n, rules.coverage)
            rows_of = {}
            for kind, target in targets.items():
                history = uncovered_history(target.usual, sides.baseline is not None)
                changes = coverage_changes(
                    found[kind].by_cluster, judged, history, len(target.centroids), selection.window, rules.drift
                )
                rows_of[kind] = statistics_rows(found[kind], changes, target, rules.coverage)
            rows = [
                {
                    **_columns(question, sides),
                    "reference_profile_id": profile.profile_id,
                    "reference_kind": kind,
                    **row,
                }
                for kind, profile in sides.profiles.items()
                for row in rows_of.get(kind, rows_of[BASELINE])
            ]
        with progress.stage("write tables"):
            chosen = prompt_rows(measured, question.run_id, sides.prompts.dataset, targets, found)
            frames = {"distance_stats": tables.frame("distance_stats", rows), "prompt_distances": chosen}
            tables.write_results(question.run_id, frames)
    return rows


def _columns(question: Question, sides: Sides) -> Row:
    """Columns that all rows of `distance_stats` of a run share."""
    window = question.window
    assert window is not None  # a distance run always has one
    return {
        "run_id": question.run_id,
        "prompt_dataset": sides.prompts.dataset,
        "reference_dataset": sides.reference.dataset,
        "prompt_baseline_id": sides.baseline_id,
        "calibration_used": "prompts_baseline" if sides.baseline else "reference_calibration",
        "window_start": window.start,
        "window_end": window.end,
    }
