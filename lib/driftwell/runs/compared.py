"""A snapshot against its baseline, as rows of the tables: metrics, clusters, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from driftwell.drift.comparison import cluster_drift_rows, drift_rows
from driftwell.numeric.rounding import rounded
from driftwell.profile.baseline import Baseline
from driftwell.profile.lengths import lengths_of
from driftwell.profile.snapshot import Snapshot
from driftwell.profile.verdict_state import VerdictState
from driftwell.profile.window import state_at
from driftwell.runs.census import census_of, census_rows, census_verdict
from driftwell.runs.faults import faults_of, norm_moved
from driftwell.runs.profiles import Profile
from driftwell.runs.quality import Quality
from driftwell.runs.run import Context
from driftwell.runs.verdict import (
    WindowVerdict,
    daily_rows,
    group_rows,
    judge_window,
    verdict_row,
    without_state,
)
from driftwell.runs.windows import Selection

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Compared:
    """The two sides of a comparison."""

    baseline: Baseline
    snapshot: Snapshot


def judged_flow(
    selection: Selection,
    quality: Quality,
    profile: Profile,
    compared: Compared,
    state: VerdictState | None,
) -> Rows:
    """Rows of `drift`, `cluster_drift`, `verdicts` and `daily_sums` of a window of a flow."""
    settings, baseline, snapshot = selection.rules.drift, compared.baseline, compared.snapshot
    metrics = drift_rows(baseline, snapshot, settings.psi_epsilon, "ok")
    clusters = cluster_drift_rows(baseline, snapshot, "ok")
    norms = snapshot.moments.mean_norm, baseline.moments.mean_norm
    lengths = lengths_of(selection.records, norms[1]) if norm_moved(*norms) else None
    faults = faults_of(selection.facts.n, quality, *norms, profile.duplicate_share, lengths)
    if state is None or snapshot.judged is None:
        verdict = without_state(selection.facts.n, settings, faults)
        return {"drift": metrics, "cluster_drift": clusters, "verdicts": [verdict]}
    found = judge_window(state, snapshot.judged, selection.window, baseline.centroids, settings, faults)
    return {
        "drift": metrics + group_rows(found.judgement),
        "cluster_drift": _tested(clusters, found),
        "verdicts": [verdict_row(found, _examples_of_grown(snapshot, clusters))],
        "daily_sums": daily_rows(snapshot.judged),
    }


def judged_state(context: Context, selection: Selection, profile: Profile, compared: Compared) -> Rows:
    """Rows of `drift`, `cluster_drift` and `verdicts` of a state: a census."""
    settings, dataset = selection.rules.drift, selection.rules.dataset
    metrics = drift_rows(compared.baseline, compared.snapshot, settings.psi_epsilon, "census")
    clusters = cluster_drift_rows(compared.baseline, compared.snapshot, "census")
    before = state_at(context.tables.read("embeddings"), dataset.dataset, profile.window)
    census = census_of(before, selection.records)
    verdict = census_verdict(census, settings.state_floor, clusters)
    grown = _examples_of_grown(compared.snapshot, clusters)
    return {
        "drift": metrics + census_rows(census),
        "cluster_drift": clusters,
        "verdicts": [{**verdict, "example_ids": grown}],
    }


def _tested(clusters: list[Row], found: WindowVerdict) -> list[Row]:
    """Rows of `cluster_drift` with p-values (Holm over the clusters) and parts in the change of the mixture."""
    changes, parts = found.clusters, found.parts
    tested = []
    for row in clusters:
        p = float(changes.p_values[row["cluster"]])
        added: Row = {"p_value": rounded(p)}
        if parts is not None:
            added["contribution"] = rounded(float(parts.contributions[row["cluster"]]))
        tested.append({**row, **added})
    return tested


def _examples_of_grown(snapshot: Snapshot, clusters: list[Row]) -> list[str]:
    """Ids of members of the clusters that grew, the most grown first."""
    own = {int(baseline): cluster for cluster, baseline in enumerate(snapshot.matched) if baseline >= 0}
    grown = sorted((row for row in clusters if (row["change"] or 0) > 0), key=lambda row: -row["change"])
    ids = [snapshot.examples[own[row["cluster"]]] for row in grown[:2] if row["cluster"] in own]
    return [record_id for of_cluster in ids for record_id in of_cluster]
