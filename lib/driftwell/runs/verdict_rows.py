"""Rows of `verdicts`, `drift` and `daily_sums` from a verdict, and the sums read back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from driftwell.config import DriftSettings
from driftwell.numeric.arrays import Floats
from driftwell.numeric.rounding import rounded
from driftwell.numeric.verdict.explanation import explained
from driftwell.numeric.verdict.judgement import Judgement
from driftwell.numeric.verdict.outcome import INSUFFICIENT_DATA
from driftwell.profile.verdict_state import WindowSums
from driftwell.runs.alpha import alpha_for
from driftwell.runs.data_faults import Fault
from driftwell.runs.verdict import WindowVerdict
from driftwell.tables.row import Row
from driftwell.times import EPOCH

NO_STATE = "The baseline has too few records for a verdict: take a longer one."


def verdict_row(found: WindowVerdict, grown: list[str]) -> Row:
    """The row of `verdicts`, without run and window.

    Args:
        grown: example ids of clusters that grew; they come first if new content is not the cause.
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
    """The row of `verdicts` if the baseline has no state."""
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
    """Data faults, then the judgement in one or two sentences."""
    text = explained(found.judgement, "questions", found.parts)
    return " ".join([*(fault.message for fault in found.faults), text])


def group_rows(judgement: Judgement) -> list[Row]:
    """Rows of `drift`, one per feature group."""
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
    """Rows of `daily_sums`, one per day: sums of the features, then sizes of the clusters."""
    return [
        {"event_date": date_of(day), "n": round(float(total[-1])), "sums": [float(value) for value in total[:-1]]}
        for day, total in sorted(sums.days.items())
    ]


def date_of(day: int) -> date:
    """The date of a number of days since 1970."""
    return (EPOCH + timedelta(days=day)).date()


def sums_of_days(rows: list[Any], clusters: int) -> WindowSums:
    """The sums of a window from rows of `daily_sums`; rows of the same day are added up."""
    days: dict[int, Floats] = {}
    for row in rows:
        total = np.array([*row["sums"], row["n"]], dtype=np.float64)
        day = row["event_date"].toordinal() - EPOCH.toordinal()
        days[day] = days[day] + total if day in days else total
    return WindowSums(days, clusters, [])
