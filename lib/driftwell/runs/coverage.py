"""The verdict on coverage: did the share of prompts not covered change, overall and in each cluster?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from driftwell.config import DriftSettings
from driftwell.coverage.statistics import ALL_CLUSTERS
from driftwell.coverage.usual import Usual
from driftwell.numeric.conformal import NONE_AT_ALL, TOO_FEW
from driftwell.numeric.rounding import rounded
from driftwell.numeric.verdict.outcome import INSUFFICIENT_DATA, NO_DRIFT
from driftwell.numeric.verdict.share_history import ShareHistory
from driftwell.numeric.verdict.shares import ShareChanges, compare_shares
from driftwell.numeric.verdict.units import pooled_days
from driftwell.profile.window import TimeWindow
from driftwell.runs.alpha import alpha_for
from driftwell.tables.row import Row

NO_BASELINE = "no_prompts_baseline"
"""Why there is no verdict on coverage, besides the reasons of `compare_shares` and the usual distances."""


def coverage_changes(
    statistics: Mapping[int, Any],
    judged: Mapping[date, int],
    history: ShareHistory | str,
    k: int,
    window: TimeWindow,
    settings: DriftSettings,
) -> dict[int, Row]:
    """Columns of `distance_stats` on the share of judged prompts that are not covered, overall and by cluster.

    Clusters are tested together (Holm); their shares are of all prompts: not covered, and nearest to that cluster.

    Args:
        statistics: rows by cluster with `uncovered`, the judged prompts that are not covered.
        judged: judged prompts per date.
        history: how often the baseline's prompts were not covered, or why that is unknown.
        k: clusters.
    """
    n, uncovered = sum(judged.values()), _uncovered(statistics, k)
    days = pooled_days(judged.values(), window.length)
    known = n > 0 and history != NONE_AT_ALL
    shares = {cluster: rounded(uncovered[cluster + 1] / n) if known else None for cluster in range(-1, k)}
    counted = {"days": len(judged), "pooled_days": rounded(days)}
    if isinstance(history, str):
        rest = {**counted, "outside_verdict": INSUFFICIENT_DATA, "outside_status": history}
        return {cluster: {"outside_share": share, **rest} for cluster, share in shares.items()}
    changes: dict[int, Row] = {}
    for part, clusters in ((slice(0, 1), [ALL_CLUSTERS]), (slice(1, None), list(range(k)))):
        found = compare_shares(
            history.of(part),
            n,
            uncovered[part],
            days=days,
            hours=window.hours,
            alpha=alpha_for(settings),
            floor=settings.coverage_floor,
            min_n=settings.min_records,
        )
        changes |= {c: {"outside_share": shares[c], **counted, **_columns(found, i)} for i, c in enumerate(clusters)}
    return changes


def uncovered_history(usual: Usual, has_baseline: bool) -> ShareHistory | str:
    """How often the baseline's prompts were not covered, or why that is unknown."""
    if usual.distances.n == 0:
        return NONE_AT_ALL
    return (usual.uncovered or TOO_FEW) if has_baseline else NO_BASELINE


def _uncovered(statistics: Mapping[int, Any], k: int) -> Any:
    """(1 + k,) judged prompts that are not covered: all, then by cluster."""
    counts = [statistics[cluster]["uncovered"] if cluster in statistics else 0 for cluster in range(-1, k)]
    return np.array(counts, dtype=np.float64)


def _columns(found: ShareChanges, i: int) -> Row:
    of_one = found.verdict if len(found.changed) == 1 else _of_cluster(found, i)
    return {
        "outside_change": rounded(float(found.change[i])),
        "outside_change_low": rounded(float(found.low[i])),
        "outside_change_high": rounded(float(found.high[i])),
        "p_value": rounded(float(found.p_values[i])),
        "outside_verdict": of_one,
        "outside_status": found.status,
    }


def _of_cluster(found: ShareChanges, i: int) -> str:
    """The verdict on one of several shares: the overall one if it changed or data are too few, else NO_DRIFT."""
    if found.status.startswith("too_few"):
        return INSUFFICIENT_DATA
    return found.verdict if found.changed[i] else NO_DRIFT
