"""The possible verdicts, and how much data they need."""

from __future__ import annotations

DRIFT, NO_DRIFT, INSUFFICIENT_DATA = "DRIFT", "NO_DRIFT", "INSUFFICIENT_DATA"

MIN_RECORDS = 30
"""Records (or sessions) a snapshot needs."""

MIN_CALIBRATION = 200
"""Records the calibration half needs."""

LARGE_SHARE, LARGE_D, LARGE_EXCESS = 0.1, 0.3, 0.03
"""A change that is drift even with fewer than three days in the baseline: more than days usually differ."""


def insufficient(n: int, n_calibration: int, min_n: int) -> str | None:
    """Why there can be no verdict: `too_few_records` or `too_few_calibration_records`; None if there can."""
    if n < min_n:
        return "too_few_records"
    return "too_few_calibration_records" if n_calibration < MIN_CALIBRATION else None
