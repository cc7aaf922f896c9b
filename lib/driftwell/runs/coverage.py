"""The verdict on coverage: did the share of prompts outside the reference change, in all and in each cluster?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from driftwell.config import DriftSettings
from driftwell.coverage.distances import ALL_CLUSTERS
from driftwell.numeric.rounding import rounded
from driftwell.numeric.verdict.outcome import INSUFFICIENT_DATA, NO_DRIFT
from driftwell.numeric.verdict.shares import ShareChanges, ShareHistory, compare_shares
from driftwell.profile.window import TimeWindow
from driftwell.runs.rules import alpha_for
from driftwell.runs.verdict import hours_of

Row = dict[str, Any]


def coverage_changes(
    statistics: Mapping[int, Any],
    history: ShareHistory | None,
    k: int,
    window: TimeWindow,
    settings: DriftSettings,
) -> dict[int, Row]:
    """Columns of `distance_stats` about the share of judged prompts outside, by cluster and for all.

    Clusters are tested together (Holm); their shares are of all prompts: outside, and nearest to that cluster.

    Args:
        statistics: rows by cluster with `judged`, `outside` and `days`.
        history: how often the baseline's prompts were outside; None where there is no flow to compare with.
    """
    whole = statistics[ALL_CLUSTERS]
    n, outside = whole["judged"], _outside(statistics, k)
    shares = {cluster: rounded(outside[cluster + 1] / n) if n else None for cluster in range(-1, k)}
    if history is None:
        rest = {"outside_verdict": INSUFFICIENT_DATA}
        return {cluster: {"outside_share": share, **rest} for cluster, share in shares.items()}
    changes: dict[int, Row] = {}
    for part, clusters in ((slice(0, 1), [ALL_CLUSTERS]), (slice(1, None), list(range(k)))):
        found = compare_shares(
            _part(history, part),
            n,
            outside[part],
            days=max(1, whole["days"] or 1),
            hours=hours_of(window),
            alpha=alpha_for(settings),
            floor=settings.coverage_floor,
            min_n=settings.min_records,
        )
        changes |= {c: {"outside_share": shares[c], **_columns(found, i)} for i, c in enumerate(clusters)}
    return changes


def _outside(statistics: Mapping[int, Any], k: int) -> Any:
    """(1 + k,) judged prompts outside: all, then by cluster."""
    counts = [statistics[cluster]["outside"] if cluster in statistics else 0 for cluster in range(-1, k)]
    return np.array(counts, dtype=np.float64)


def _part(history: ShareHistory, columns: slice) -> ShareHistory:
    return replace(history, hits=history.hits[..., columns], block_hits=history.block_hits[:, columns])


def _columns(found: ShareChanges, i: int) -> Row:
    of_one = found.verdict if len(found.changed) == 1 else _of_cluster(found, i)
    return {
        "outside_change": rounded(float(found.change[i])),
        "outside_change_low": rounded(float(found.low[i])),
        "outside_change_high": rounded(float(found.high[i])),
        "p_value": rounded(float(found.p_values[i])),
        "outside_verdict": of_one,
    }


def _of_cluster(found: ShareChanges, i: int) -> str:
    """The verdict on one of several shares: that of all where this one changed, else that nothing did."""
    if found.status.startswith("too_few"):
        return INSUFFICIENT_DATA
    return found.verdict if found.changed[i] else NO_DRIFT
