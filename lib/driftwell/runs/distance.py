"""The DISTANCE run: prompts of a window against the clusters of the reference."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.coverage.distances import Target, distance_statistics, judged_on_days, outliers_among, with_distances
from driftwell.coverage.usual import Usual, measure_usual, usual_of
from driftwell.errors import InputError
from driftwell.numeric.arrays import Floats
from driftwell.numeric.conformal import NONE_AT_ALL, TOO_FEW
from driftwell.numeric.verdict.share_history import ShareHistory
from driftwell.profile.judged import with_place
from driftwell.profile.stored_arrays import read_arrays, write_arrays
from driftwell.profile.window import flow_between, in_fit_half, state_at
from driftwell.runs.coverage import NO_BASELINE, coverage_changes
from driftwell.runs.distance_rows import BASELINE, NEWEST, prompt_rows, statistics_rows
from driftwell.runs.history import Profile, baselines, find_baseline, is_done, newest_profile, profile_centroids
from driftwell.runs.quality import checked_quality
from driftwell.runs.rules import Rules, rules_of
from driftwell.runs.run import FORMAT, Context, Outcome, Question, digest, recorded
from driftwell.runs.windows import Selection, check_apart, select_records
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.kept import ON_DISK, kept
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset, known_dataset


def run_distance(
    context: Context, prompt_dataset: str, reference_dataset: str, start: datetime | None, end: datetime | None
) -> Outcome:
    """Measure how far the prompts of a window lie from the reference, as it was pinned and as it is now.

    Args:
        start, end: window of the prompts; without a start everything after the prompts' baseline where there is one,
            else everything.

    Raises:
        UsageError: when the window overlaps that of the prompts' baseline.
        InputError: when the reference has no baseline, the window is empty, or dimensions or models do not match.
    """
    tables = context.tables
    context.progress.begin()
    prompts, reference, known, newest = side_by_side(
        [
            partial(known_dataset, tables, prompt_dataset, "prompts"),
            partial(known_dataset, tables, reference_dataset, "reference"),
            partial(baselines, tables, prompt_dataset, reference_dataset),
            partial(newest_profile, tables, reference_dataset),
        ]
    )
    _check_alike(prompts, reference)
    rules = rules_of("distance", context.settings, prompts)
    set_arrow_batch(context.spark, prompts.dimension)
    usual = find_baseline(known, prompts, None) if prompts.active_baseline_id else None
    pinned = find_baseline(known, reference, None)
    profiles = {BASELINE: pinned, NEWEST: newest or pinned}
    with context.progress.stage("read window"):
        selection = select_records(tables, rules, usual.window.end if usual and start is None else start, end)
    if usual:
        check_apart(selection.window, usual)
    question = rules.question(
        selection.window,
        selection.facts.fingerprint,
        usual.profile_id if usual else None,
        reference={kind: [profile.profile_id, profile.run_id] for kind, profile in profiles.items()},
    )
    if is_done(tables, question.run_id):
        return Outcome(question.run_id, repeated=True)
    with recorded(context, question) as counts:
        with context.progress.stage("check window"):
            checked_quality(context, selection, counts)
        with context.progress.stage("usual distances"):
            usuals = _usual_distances(context, rules, reference, usual, profiles)
        ids = _ids(question, prompts, reference, usual)
        rows = _measure_and_write(context, selection, usuals, ids, profiles)
    return Outcome(question.run_id, {"distance_stats": rows})


def _check_alike(prompts: Dataset, reference: Dataset) -> None:
    if prompts.dimension != reference.dimension:
        raise InputError(
            f"prompts {prompts.dataset!r} have {prompts.dimension} dimensions, reference {reference.dataset!r} has "
            f"{reference.dimension}: distances want vectors of one embedding model on both sides"
        )
    if prompts.model and reference.model and prompts.model != reference.model:
        raise InputError(
            f"prompts {prompts.dataset!r} come from model {prompts.model}, reference {reference.dataset!r} from "
            f"{reference.model}: distances want vectors of one embedding model on both sides"
        )


def _ids(question: Question, prompts: Dataset, reference: Dataset, usual: Profile | None) -> dict[str, Any]:
    window = question.window
    assert window is not None  # a distance run always has one
    return {
        "run_id": question.run_id,
        "prompt_dataset": prompts.dataset,
        "reference_dataset": reference.dataset,
        "prompt_baseline_id": usual.profile_id if usual else None,
        "calibration_used": "prompts_baseline" if usual else "reference_calibration",
        "window_start": window.start,
        "window_end": window.end,
    }


def _usual_distances(
    context: Context, rules: Rules, reference: Dataset, usual: Profile | None, profiles: dict[str, Profile]
) -> dict[str, tuple[Floats, Usual]]:
    """Centroids and usual distances of each profile; the newest only where it is another than the pinned one."""
    if profiles[NEWEST].run_id == profiles[BASELINE].run_id:
        profiles = {BASELINE: profiles[BASELINE]}
    quantile, found = rules.coverage.covered_quantile, {}
    for kind, profile in profiles.items():
        centroids = profile_centroids(context.tables, profile)
        side = usual.profile_id if usual else reference.dataset
        place = ("_usual_distances", side, profile.profile_id, usual_key(rules, usual, profile))
        folder = context.tables.location(*place)
        if context.tables.exists(*place, "_SUCCESS"):
            found[kind] = centroids, usual_of(read_arrays(context.spark, folder))
        else:
            records = _usual_records(context, rules, reference, usual, profile)
            made = measure_usual(records, centroids, quantile, is_flow=usual is not None)
            write_arrays(context.spark, made.arrays(), folder)
            found[kind] = centroids, made
    return found


def usual_key(rules: Rules, usual: Profile | None, profile: Profile) -> str:
    """A name for what usual distances are made of: records, which of them are judged, clusters, quantile."""
    runs = [usual.run_id if usual else None, profile.run_id]
    return digest([FORMAT, runs, rules.session_key, rules.coverage.covered_quantile])


def _usual_records(
    context: Context, rules: Rules, reference: Dataset, usual: Profile | None, profile: Profile
) -> DataFrame:
    """The baseline's prompts; without a prompts baseline, reference records not fitted on."""
    embeddings = context.tables.read("embeddings")
    if usual:
        return with_place(flow_between(embeddings, usual.dataset, usual.window), rules.session_key)
    state = state_at(embeddings, reference.dataset, profile.window)
    return with_place(state.where(~in_fit_half(reference.dataset, F.col("record_id"))), None)


def _measure_and_write(
    context: Context,
    selection: Selection,
    usuals: dict[str, tuple[Floats, Usual]],
    ids: dict[str, Any],
    profiles: dict[str, Profile],
) -> list[dict[str, Any]]:
    tables, settings, n = context.tables, selection.rules.coverage, selection.facts.n
    exact = n <= settings.exact_quantile_rows
    targets = {
        kind: Target(centroids, usual.distances, usual.distances.quantile(settings.covered_quantile))
        for kind, (centroids, usual) in usuals.items()
    }
    # Kept on disk without vectors: outliers need all p-values before the first is known.
    with kept(with_distances(selection.records, targets), ON_DISK) as measured:
        with context.progress.stage("distances"):
            outliers = {
                kind: outliers_among(measured, kind, n, settings.outlier_rate, target.usual.n)
                for kind, target in targets.items()
            }
            judged = judged_on_days(measured)
            of_target = {}
            for kind, target in targets.items():
                found = distance_statistics(measured, kind, target, outliers[kind], exact)
                history = _history(usuals[kind][1], ids["prompt_baseline_id"])
                k = len(target.centroids)
                changes = coverage_changes(found, judged, history, k, selection.window, selection.rules.drift)
                of_target[kind] = statistics_rows(found, changes, target, outliers[kind], settings, exact)
            rows = [
                {**ids, "reference_profile_id": profile.profile_id, "reference_kind": kind, **row}
                for kind, profile in profiles.items()
                for row in of_target.get(kind, of_target[BASELINE])
            ]
        with context.progress.stage("write tables"):
            chosen = prompt_rows(measured, ids, targets, outliers)
            frames = {"distance_stats": tables.frame("distance_stats", rows), "prompt_distances": chosen}
            tables.write_results(ids["run_id"], frames)
    return rows


def _history(usual: Usual, prompt_baseline: str | None) -> ShareHistory | str:
    """How often the baseline's prompts were not covered, or why that is not known."""
    if usual.distances.n == 0:
        return NONE_AT_ALL
    return (usual.uncovered or TOO_FEW) if prompt_baseline else NO_BASELINE
