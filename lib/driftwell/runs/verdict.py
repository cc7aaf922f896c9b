"""The verdict on a window of a flow, from sums of its judged records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from driftwell.config import DriftSettings
from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.judgement import Floors, Judgement, judge
from driftwell.numeric.verdict.shares import ShareChanges, compare_shares
from driftwell.numeric.verdict.topics import ClusterParts, cluster_parts, owners
from driftwell.numeric.verdict.units import pooled_days
from driftwell.profile.verdict_state import VerdictState, WindowSums, weekend
from driftwell.profile.window import TimeWindow
from driftwell.runs.alpha import alpha_for
from driftwell.runs.data_faults import Fault


@dataclass(frozen=True, eq=False)
class WindowVerdict:
    """The verdict on a window, with what it is made of.

    Attributes:
        judgement: of its mean features. days: dates with judged records.
        clusters: changes of the shares of the baseline's clusters.
        parts: each cluster's contribution to a change of the mixture.
        floor: what the main cause's lower bound had to exceed.
        faults: data faults. novel: ids of the most novel records.
    """

    judgement: Judgement
    days: int
    clusters: ShareChanges
    parts: ClusterParts | None
    floor: float
    faults: list[Fault]
    novel: list[str]


def window_verdict(
    state: VerdictState,
    sums: WindowSums,
    window: TimeWindow | None,
    centroids: Floats,
    settings: DriftSettings,
    faults: list[Fault],
) -> WindowVerdict:
    """Give a verdict on a window from its sums; no record is read.

    Args:
        window: for its length, and its hours if it is shorter than a day; None for whole days.
        centroids: (k, d) of the baseline.
    """
    hours, alpha = window.hours if window else None, alpha_for(settings)
    days = pooled_days((float(total[-1]) for total in sums.days.values()), window.length if window else np.inf)
    floors = Floors(settings.share_floor, settings.d_floor)
    weekends_only = settings.weekends and sums.days and all(weekend(day) for day in sums.days)
    judgement = judge(
        state.calibration,
        state.features,
        sums.n,
        sums.sums,
        days=days,
        hours=hours,
        day_class=1 if weekends_only else None,
        alpha=alpha,
        floors=floors,
        min_n=settings.min_records,
    )
    clusters = compare_shares(
        state.shares, sums.n, sums.sizes, days=days, hours=hours, alpha=alpha, min_n=settings.min_records
    )
    parts = None
    if judgement.groups:
        parts = cluster_parts(judgement, owners(state.features, centroids), clusters.change)
    floor = floors.of(judgement.main_cause) if judgement.main_cause else settings.share_floor
    return WindowVerdict(judgement, len(sums.days), clusters, parts, floor, faults, sums.novel)
