"""Divergences of two lists of proportions: 0 for equal lists, growing with the difference."""

from __future__ import annotations

import numpy as np

from driftwell.numeric.arrays import Floats


def total_variation(p: Floats, q: Floats) -> float:
    """Half the sum of absolute differences of two (k,) lists of proportions: the share that moved, in [0, 1]."""
    return float(np.abs(p - q).sum() / 2)


def jensen_shannon(p: Floats, q: Floats) -> float:
    """Jensen-Shannon distance of two (k,) lists of proportions, in [0, 1].

    The square root of the Jensen-Shannon divergence in bits (Lin 1991; Endres and Schindelin 2003).
    """
    middle = (p + q) / 2

    def kullback_leibler(a: Floats) -> float:
        some = a > 0
        return float((a[some] * np.log2(a[some] / middle[some])).sum())

    return float(np.sqrt(max(0.0, (kullback_leibler(p) + kullback_leibler(q)) / 2)))


def population_stability_index(expected: Floats, actual: Floats, epsilon: float) -> float:
    """Population stability index (PSI) of two (k,) lists of proportions: sum of (a - e) ln(a / e), at least 0.

    Proportions below `epsilon` are raised to it and the list is rescaled to sum 1, on both sides: an empty cluster
    would make the index infinite. Kept because it is well known; its usual thresholds raise false alarms in small
    windows and detect nothing in large ones.
    """
    e, a = (np.maximum(list_, epsilon) / np.maximum(list_, epsilon).sum() for list_ in (expected, actual))
    return float(((a - e) * np.log(a / e)).sum())
