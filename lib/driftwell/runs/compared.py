"""A snapshot against its baseline, as rows of the tables: metrics, clusters, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from driftwell.numeric.divergence import jensen_shannon, population_stability_index, total_variation
from driftwell.numeric.matching import cosine
from driftwell.numeric.rounding import rounded
from driftwell.profile.baseline_fit import Baseline
from driftwell.profile.lengths import lengths_of
from driftwell.profile.snapshot_measures import Snapshot
from driftwell.profile.verdict_state import VerdictState
from driftwell.profile.window import state_at
from driftwell.runs.census import census_of, census_rows, census_verdict
from driftwell.runs.data_faults import faults_of, norm_moved
from driftwell.runs.history import Profile
from driftwell.runs.quality import Quality
from driftwell.runs.run import Context
from driftwell.runs.verdict import WindowVerdict, window_verdict
from driftwell.runs.verdict_rows import daily_rows, group_rows, verdict_row, without_state
from driftwell.runs.windows import Selection
from driftwell.tables.row import Row

Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Compared:
    """The two sides of a comparison."""

    baseline: Baseline
    snapshot: Snapshot


def flow_rows(
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
    if state is None or snapshot.sums is None:
        verdict = without_state(selection.facts.n, settings, faults)
        return {"drift": metrics, "cluster_drift": clusters, "verdicts": [verdict]}
    found = window_verdict(state, snapshot.sums, selection.window, baseline.centroids, settings, faults)
    return {
        "drift": metrics + group_rows(found.judgement),
        "cluster_drift": _tested(clusters, found),
        "verdicts": [verdict_row(found, _examples_of_grown(snapshot, clusters))],
        "daily_sums": daily_rows(snapshot.sums),
    }


def state_rows(context: Context, selection: Selection, profile: Profile, compared: Compared) -> Rows:
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
    """Rows of `cluster_drift` with p-values (Holm over the clusters) and contributions to the change of the mixture."""
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
    """Ids of members of the clusters that grew, largest growth first."""
    own = {int(baseline): cluster for cluster, baseline in enumerate(snapshot.matched) if baseline >= 0}
    grown = sorted((row for row in clusters if (row["change"] or 0) > 0), key=lambda row: -row["change"])
    ids = [snapshot.examples[own[row["cluster"]]] for row in grown[:2] if row["cluster"] in own]
    return [record_id for of_cluster in ids for record_id in of_cluster]


def drift_rows(baseline: Baseline, snapshot: Snapshot, psi_epsilon: float, status: str) -> list[Row]:
    """One row per metric: the baseline's value on its calibration half, the snapshot's, their difference, the effect.

    Args:
        psi_epsilon: smaller proportions are raised to it in PSI.
        status: of defined values: `ok` for a flow, `census` for a state.
    """
    pinned, refits = snapshot.under_baseline, snapshot.refits
    p, q = baseline.moments.proportions, pinned.proportions
    some = baseline.moments.n > 0 and pinned.n > 0
    apart = {
        "total_variation": total_variation(p, q) if some else None,
        "jensen_shannon": jensen_shannon(p, q) if some else None,
        "psi": population_stability_index(p, q, psi_epsilon) if some else None,
    }
    pairs = {
        "inertia": (baseline.moments.inertia, pinned.inertia),
        "refit_dims95": (refits.baseline.dims, refits.snapshot.dims),
        "refit_inertia": (refits.baseline.inertia, refits.snapshot.inertia),
        "refit_silhouette": (refits.baseline.silhouette, refits.snapshot.silhouette),
    }
    rows = [_row(metric, before, after, _relative(before, after), status) for metric, (before, after) in pairs.items()]
    rows.append(_mean_shift(baseline, snapshot, status))
    rows += [_row(metric, 0.0, value, None, status) for metric, value in apart.items()]
    return rows


def cluster_drift_rows(baseline: Baseline, snapshot: Snapshot, status: str) -> list[Row]:
    """One row per baseline cluster: its share on both sides, and how its centroid moved."""
    before, after = baseline.moments.proportions, snapshot.under_baseline.proportions
    moved = np.abs(after - before).sum()
    partner = {int(m): own for own, m in enumerate(snapshot.matched) if m >= 0}
    rows = []
    for cluster, centroid in enumerate(baseline.centroids):
        change = after[cluster] - before[cluster]
        new = snapshot.centroids[partner[cluster]] if cluster in partner else None
        rows.append(
            {
                "cluster": cluster,
                "baseline_proportion": rounded(before[cluster]),
                "snapshot_proportion": rounded(after[cluster]),
                "change": rounded(change),
                "centroid_shift": None if new is None else rounded(float(np.linalg.norm(new - centroid))),
                "centroid_cosine": None if new is None else rounded(cosine(new, centroid)),
                "contribution": rounded(abs(change) / moved) if moved > 0 else None,
                "status": _cluster_status(snapshot, cluster, new is not None, status),
            }
        )
    return rows


def _mean_shift(baseline: Baseline, snapshot: Snapshot, status: str) -> Row:
    """Euclidean distance between the two means; its effect is in units of the baseline's root total variance."""
    shift = float(np.linalg.norm(snapshot.under_baseline.mean - baseline.moments.mean))
    spread = baseline.spectrum.total_variance
    return _row("mean_shift", 0.0, shift, shift / spread**0.5 if spread else None, status)


def _row(metric: str, before: float | None, after: float | None, effect: float | None, status: str) -> Row:
    defined = before is not None and after is not None and np.isfinite([before, after]).all()
    return {
        "metric": metric,
        "baseline_value": rounded(before),
        "snapshot_value": rounded(after),
        "change": rounded(after - before) if defined else None,  # type: ignore[operator]  # defined means not None
        "effect": rounded(effect),
        "status": status if defined else "undefined",
    }


def _relative(before: float | None, after: float | None) -> float | None:
    """Change relative to the baseline's value."""
    return (after - before) / abs(before) if before and after is not None else None


def _cluster_status(snapshot: Snapshot, cluster: int, has_match: bool, status: str) -> str:
    if snapshot.under_baseline.sizes[cluster] == 0:
        return "empty_in_snapshot"
    return status if has_match else "no_match"
