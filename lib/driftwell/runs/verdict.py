"""The verdict on a window of a flow: made, explained, and as rows of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from driftwell.config import DriftSettings
from driftwell.numeric.arrays import Floats
from driftwell.numeric.rounding import rounded
from driftwell.numeric.verdict.explanation import explained
from driftwell.numeric.verdict.judgement import Floors, Judgement, judge
from driftwell.numeric.verdict.outcome import INSUFFICIENT_DATA
from driftwell.numeric.verdict.shares import ShareChanges, compare_shares
from driftwell.numeric.verdict.topics import ClusterParts, cluster_parts, owners
from driftwell.numeric.verdict.units import pooled_days
from driftwell.profile.verdict_state import VerdictState, WindowSums, weekend
from driftwell.profile.window import TimeWindow
from driftwell.runs.data_faults import Fault
from driftwell.runs.rules import alpha_for
from driftwell.tables.row import Row
from driftwell.times import EPOCH

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

NO_STATE = "The baseline has too few records for a verdict: take a longer one."


@dataclass(frozen=True, eq=False)
class WindowVerdict:
    """The verdict on a window, with what it is made of.

    Attributes:
        judgement: of its mean features. days: dates that hold judged records.
        clusters: changes of the shares of the baseline's clusters.
        parts: what each cluster contributes to a change of the mixture.
        floor: what the main cause's lower bound had to exceed.
        faults: of the data, found before content is blamed. novel: ids of records that are new.
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
    """Judge a window by its sums; no record is read.

    Args:
        window: for its length, and its hours where it is shorter than a day; None for whole days.
        centroids: (k, d) of the baseline.
    """
    hours, alpha = hours_of(window), alpha_for(settings)
    days = days_in(window, (float(total[-1]) for total in sums.days.values()))
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


def days_in(window: TimeWindow | None, counts: Iterable[float]) -> float:
    """How many days a window counts as, by the judged records of each date in it; see `pooled_days`."""
    length = np.inf if window is None or window.start is None else (window.end - window.start) / DAY
    return pooled_days(counts, length)


def hours_of(window: TimeWindow | None) -> list[int] | None:
    """The hours of the day that a window shorter than a day covers; None for a longer one."""
    if window is None or window.start is None or window.end - window.start >= DAY:
        return None
    hour, hours = window.start.replace(minute=0, second=0, microsecond=0), []
    while hour < window.end:
        hours.append(hour.hour)
        hour += HOUR
    return hours


def verdict_row(found: WindowVerdict, grown: list[str]) -> Row:
    """The row of `verdicts`, but for run and window.

    Args:
        grown: ids that stand for clusters which grew, for where new content is not the cause.
    """
    judgement = found.judgement
    causes = [fault.name for fault in found.faults] + list(judgement.causes)
    main = judgement.headline
    novel_first = judgement.main_cause in (None, "novelty", "residual")
    return {
        "n": judgement.n,
        "verdict": judgement.verdict,
        "status": "data_fault" if found.faults else judgement.status,
        "p_value": rounded(judgement.p_value),
        "adjusted_p": {group.group: rounded(group.p_value) for group in judgement.groups},
        "alpha": judgement.alpha,
        "effect": rounded(abs(main.effect)) if main else None,
        "effect_lower": rounded(main.lower) if main else None,
        "effect_floor": found.floor,
        "main_cause": causes[0] if causes else None,
        "causes": causes,
        "n0": judgement.n_effective,
        "days": found.days,
        "pooled_days": rounded(judgement.days),
        "baseline_days": judgement.baseline_days,
        "null_used": {group.group: group.null for group in judgement.groups},
        "excess_share": rounded(judgement.excess),
        "seed": judgement.seed,
        "example_ids": (found.novel + grown if novel_first else grown + found.novel)[:10],
        "explanation": explanation(found),
    }


def without_state(n: int, settings: DriftSettings, faults: list[Fault]) -> Row:
    """The row of `verdicts` where the baseline has no state."""
    causes = [fault.name for fault in faults]
    return {
        "n": n,
        "verdict": INSUFFICIENT_DATA,
        "status": "data_fault" if faults else "too_few_calibration_records",
        "alpha": alpha_for(settings),
        "effect_floor": settings.share_floor,
        "main_cause": causes[0] if causes else None,
        "causes": causes,
        "explanation": " ".join([*(fault.message for fault in faults), NO_STATE]),
    }


def explanation(found: WindowVerdict) -> str:
    """The judgement in one or two sentences, after what is wrong with the data."""
    text = explained(found.judgement, "questions", found.parts)
    return " ".join([*(fault.message for fault in found.faults), text])


def group_rows(judgement: Judgement) -> list[Row]:
    """Rows of `drift`: one a feature group."""
    return [
        {
            "metric": group.group,
            "effect": rounded(group.effect),
            "p_value": rounded(group.p_raw),
            "status": judgement.status,
        }
        for group in judgement.groups
    ]


def daily_rows(sums: WindowSums) -> list[Row]:
    """Rows of `daily_sums`: of each day the sums of the features, then the sizes of the clusters."""
    return [
        {"event_date": date_of(day), "n": round(float(total[-1])), "sums": [float(value) for value in total[:-1]]}
        for day, total in sorted(sums.days.items())
    ]


def date_of(day: int) -> date:
    """The date of a number of days since 1970."""
    return (EPOCH + timedelta(days=day)).date()


def sums_of_days(rows: list[Any], clusters: int) -> WindowSums:
    """WindowSums days from rows of `daily_sums`; several rows of a day are added up."""
    days: dict[int, Floats] = {}
    for row in rows:
        total = np.array([*row["sums"], row["n"]], dtype=np.float64)
        day = row["event_date"].toordinal() - EPOCH.toordinal()
        days[day] = days[day] + total if day in days else total
    return WindowSums(days, clusters, [])
