"""How large a change is, in units that do not depend on the number of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.comparison import Comparison
from driftwell.numeric.verdict.layout import GROUPS, SCALAR

MOST_D = 100.0
"""Cohen's d is cut off here: anything larger is beyond what the baseline's own variation can measure."""

CENTRE = 1 / 8
"""Where above the mean of T* a change begins, as a fraction of the way to its 95 % quantile. All windows share the
error of one calibration half: centred on the mean, the median size without drift was up to .03."""


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of the five groups.

    Attributes:
        p_values: (5,) the largest over the null distributions. nulls: which one gave it.
        sizes: (5,) topic-equivalent share, at most 1, or Cohen's d with its sign, at most `MOST_D`.
        lower: (5,) lower bound of the size, at least 0.
        strengths: (5,) sqrt(T / 95 % quantile of T*): how much stronger than noise; it orders tiny p-values.
    """

    p_values: Floats
    nulls: tuple[str, ...]
    sizes: Floats
    lower: Floats
    strengths: Floats


def effects_of(question: Comparison, delta: Floats, statistics: Floats, by_null: Mapping[str, Floats]) -> Effects:
    """Effects of a difference of means.

    Topic-equivalent share: sqrt(max(0, T - c) / q), with c just above the mean of T*, the statistic without drift, and
    q what T would be on average if all records were of one other topic: "as large as replacing this share of the
    records by records of one other topic". Cohen's d: the difference over the standard deviation of one record. Lower
    bound of both: (sqrt T - sqrt of the 95 % quantile of T*) / sqrt q.

    A share is at most 1, all records; if the baseline does not vary in a group, any change beyond noise gets the
    largest size.

    Args:
        delta: (m + 1,) mapped features of the snapshot less the view's. statistics: (5,) T.
        by_null: (5,) p-values of each null distribution.
    """
    names = list(by_null)
    p_values = np.array([by_null[name] for name in names])
    used = p_values.argmax(axis=0)
    sizes, lower, strengths = np.zeros((3, len(GROUPS)))
    for i, group in enumerate(GROUPS):
        null = question.nulls[names[used[i]]]
        unit = question.view.trace[i] if group in SCALAR else question.topic_norms[i]
        most = MOST_D if group in SCALAR else 1.0
        if group in SCALAR:
            change = float(delta[question.layout.slices[group]][0]) if statistics[i] > 0 else 0.0
            sizes[i] = np.copysign(_measured(abs(change), unit, most), change)
        else:
            centre = null.mean[i] + CENTRE * (null.q95[i] - null.mean[i])
            sizes[i] = _measured(np.sqrt(max(0.0, statistics[i] - centre)), unit, most)
        lower[i] = _measured(max(0.0, np.sqrt(statistics[i]) - np.sqrt(null.q95[i])), unit, most)
        strengths[i] = np.sqrt(statistics[i] / max(null.q95[i], 1e-150))
    return Effects(p_values.max(axis=0), tuple(names[i] for i in used), sizes, lower, strengths)


def _measured(change: float, unit: float, most: float) -> float:
    """A change of at least 0 in units of the root of `unit`, at most `most`; `most` for any change if `unit` is 0."""
    if change <= 0:
        return 0.0
    return float(min(most, change / np.sqrt(unit))) if unit > 0 else most
