"""The part of the calibration half that a snapshot is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.cells import HOURS
from driftwell.numeric.verdict.layout import Layout
from driftwell.numeric.verdict.units import UnitMeans

Singles = NDArray[np.float32]

DRAWS = 999
"""Number of draws of the null distribution."""

NORMAL_COUNTS = 16
"""Above this many draws per row, counts are drawn from a normal distribution, at a cost independent of their number."""

SMALL_DAY = 0.1
"""A day with less than this share of the median day's records (such as a first evening) is no unit: its mean is too
noisy to show how days differ. Its records still count for the view's mean."""


@dataclass(frozen=True, eq=False)
class View:
    """Mean, rows and days of a view (hours, class of days) of the calibration half.

    Attributes:
        n: number of records.
        mean: (m + 1,) mapped features, `novel` last.
        rows: (r, m) kept records around their mean.
        trace: (5,) variance of one record in each group, added up over its columns.
        days: means of its days.
        n_day: records per day (harmonic mean over its own class).
        resampled: (B, m) means of n rows drawn with replacement: the error of the view's mean itself.
    """

    n: int
    mean: Floats
    rows: Singles
    trace: Floats
    days: UnitMeans
    n_day: float
    resampled: Singles


def hours_seen(hours: Iterable[int] | None) -> NDArray[np.bool_]:
    """(24,) hours of the day that a snapshot is compared with: its own and one on either side; all for None."""
    if hours is None:
        return np.ones(HOURS, dtype=bool)
    seen = np.zeros(HOURS, dtype=bool)
    seen[[(hour + step) % HOURS for hour in hours for step in (-1, 0, 1)]] = True
    return seen


def counts_seen(state: Calibration, hours: NDArray[np.bool_], day_class: int | None) -> Floats:
    """(D,) records of each day that a snapshot of these hours and this day class is compared with."""
    own = np.ones(len(state.days), dtype=bool) if day_class is None else state.day_class == day_class
    return np.asarray(state.cells.counts(hours) * own)


def view(state: Calibration, layout: Layout, hours: NDArray[np.bool_], day_class: int | None) -> View:
    """The view of the state at these hours, and of days of this class only (None: of all).

    Days of other classes still show how much days vary around the mean of their class.
    """
    sums, n = state.cells.by_day(hours), state.cells.counts(hours)
    own = np.ones(len(n), dtype=bool) if day_class is None else state.day_class == day_class
    classes = np.zeros(len(n), dtype=np.int64) if day_class is None else state.day_class
    total = n[own].sum()
    rows = state.rows[hours[state.row_hour] & own[state.row_day], :-1]
    rows = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    large = n >= SMALL_DAY * np.median(n[n > 0]) if (n > 0).any() else np.zeros(len(n), dtype=bool)
    unit = large & (n > 0)
    days = UnitMeans(sums[unit, :-1] / n[unit, None], n[unit], classes[unit], own[unit])
    generator = np.random.default_rng([state.seed, 1, *view_key(hours, day_class)])
    counted = n[unit & own]
    return View(
        n=int(total),
        mean=sums[own].sum(axis=0) / max(total, 1),
        rows=rows,
        trace=record_variance(layout, rows),
        days=days,
        n_day=float(1 / np.mean(1 / counted)) if len(counted) else 0.0,
        resampled=resample(generator, int(total), rows),
    )


def record_variance(layout: Layout, centred: NDArray[np.floating]) -> Floats:
    """(5,) variance of one record in each group, from (r, m) records around their mean."""
    return np.asarray(layout.norms(centred).sum(axis=0) / max(len(centred) - 1, 1))


def view_key(hours: NDArray[np.bool_], day_class: int | None) -> tuple[int, int]:
    """Numbers that identify a view, to seed its draws independently of earlier ones."""
    return int(np.packbits(hours).astype(np.int64) @ [65_536, 256, 1]), 0 if day_class is None else day_class + 1


def resample(generator: np.random.Generator, n: int, rows: Singles) -> Singles:
    """(B, m) means of n rows drawn with replacement, for each of `DRAWS` draws."""
    if n == 0 or len(rows) == 0:
        return np.zeros((DRAWS, rows.shape[1]), np.float32)
    weights = np.empty((DRAWS, len(rows)), np.float32)
    for draw in weights:
        draw[:] = _counts(generator, n, len(rows))
    weights /= n
    return np.asarray(weights @ rows)


def _counts(generator: np.random.Generator, n: int, k: int) -> NDArray[Any]:
    """(k,) how often each of k equally likely rows is drawn in n draws."""
    if n > NORMAL_COUNTS * k:
        deviates = generator.standard_normal(k, dtype=np.float32)
        return np.asarray(n / k + np.sqrt(n / k) * (deviates - deviates.mean()))
    return np.bincount(generator.integers(0, k, n, dtype=np.int32), minlength=k)
