"""Rows of `drift` and `cluster_drift`: a snapshot's measurements against its baseline's."""

from __future__ import annotations

from typing import Any

import numpy as np

from driftwell.numeric.divergence import jensen_shannon, population_stability_index, total_variation
from driftwell.numeric.matching import cosine
from driftwell.numeric.rounding import rounded
from driftwell.profile.baseline import Baseline
from driftwell.profile.snapshot import Snapshot

Row = dict[str, Any]


def drift_rows(baseline: Baseline, snapshot: Snapshot, psi_epsilon: float, status: str) -> list[Row]:
    """One row per metric: the baseline's value on its calibration half, the snapshot's, their difference, the effect.

    Args:
        psi_epsilon: smallest proportion that PSI sees.
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
    """One row per baseline cluster: its share on both sides, and where its centroid went."""
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
