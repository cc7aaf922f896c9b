"""The verdict on numpy arrays, without Spark or tables, by the same statistics as the commands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from driftwell.errors import InputError, UsageError
from driftwell.numeric.verdict.calibration import Calibration, calibrate
from driftwell.numeric.verdict.explanation import explained
from driftwell.numeric.verdict.features import Features
from driftwell.numeric.verdict.fit import MIN_SAMPLE, fit_features
from driftwell.numeric.verdict.judgement import Judgement, judge
from driftwell.numeric.verdict.outcome import INSUFFICIENT_DATA
from driftwell.numeric.verdict.units import pooled_days

Singles = NDArray[np.float32]
Times = NDArray[np.int64]

MICROS = 1_000_000
HALF_HOUR, HOUR, DAY = 1_800 * MICROS, 3_600 * MICROS, 86_400 * MICROS

BALANCED = 0.25, 0.75
"""The split by half hours is used if it gives the fit half a share between these."""


@dataclass(frozen=True)
class Verdict:
    """The result of `driftwell.verdict`.

    Attributes:
        verdict: `DRIFT`, `NO_DRIFT` or `INSUFFICIENT_DATA`.
        status: `ok`; `not_calibrated` if the baseline's times cover fewer than three days, or are not given: then the
            day-to-day variation is unknown, and only a large change is drift; or the reason there is no verdict.
        p_value: probability of a change at least as large without drift, over all five feature groups; None if there
            are too few data.
        p_values: adjusted p-value of each feature group: location, mixture, novelty, displacement, residual.
        effect: size of the change in the main cause's unit: for location, mixture and displacement the share of
            records that would have to be replaced by records of another topic, in [0, 1]; for novelty and residual
            standard deviations. None without results. effect_lower: its lower bound, at least 0.
        cause: main feature group behind drift; None without drift. causes: all of them, main one first.
        alpha: accepted probability of a false alarm.
        n: records of the window. n_baseline: records of the baseline's calibration half. baseline_days: its days.
        days: number of equal days that the window counts as (`pooled_days`), at least 1.
    """

    verdict: str
    status: str
    p_value: float | None
    p_values: dict[str, float]
    effect: float | None
    effect_lower: float | None
    cause: str | None
    causes: tuple[str, ...]
    alpha: float
    n: int
    n_baseline: int
    days: float
    baseline_days: int
    text: str

    def explain(self) -> str:
        """One or two sentences: what changed, and how certain that is."""
        return self.text

    def __str__(self) -> str:
        return f"{self.verdict}: {self.text}"


def verdict(
    baseline: ArrayLike,
    window: ArrayLike,
    *,
    baseline_times: ArrayLike | None = None,
    window_times: ArrayLike | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> Verdict:
    """Is a window of embeddings drift or noise?

    The baseline is split into a half that features are fitted on and a half that the window is compared with: by half
    hours if times are given, so that near-copies from one burst are not in both, else at random. The statistics
    are those of the command `drift --job_type SNAPSHOT`; docs/verdict.md describes them.

    Args:
        baseline: (n, d) embeddings of a normal period; at least about 400, better 5,000 from 14 days.
        window: (m, d) later embeddings of the same model; at least 30.
        baseline_times: (n,) time of each record: datetime64 or datetimes, UTC if they have no zone. Without times the
            day-to-day variation is unknown (status `not_calibrated`).
        window_times: (m,) likewise; without them the window counts as one day.
        alpha: accepted probability of a false alarm, from 0.001 to 0.2.
        seed: of all random choices: equal calls give equal results.

    Raises:
        InputError: for arrays that are not (n, d) finite numbers, different dimensions, or times of another length.
        UsageError: for an alpha out of range.
    """
    if not 0.001 <= alpha <= 0.2:
        raise UsageError(f"alpha is {alpha}, expected a number from 0.001 to 0.2")
    usual, later = _vectors(baseline, "baseline"), _vectors(window, "window")
    if usual.shape[1] != later.shape[1]:
        raise InputError(
            f"baseline has vectors of dimension {usual.shape[1]}, window of dimension {later.shape[1]}: both must come "
            "from one embedding model"
        )
    moments = _times(baseline_times, len(usual), "baseline_times")
    later_moments = _times(window_times, len(later), "window_times")
    order = np.random.default_rng(seed).permutation(len(usual))
    fit = _in_fit_half(moments, order)
    if fit.sum() < MIN_SAMPLE:
        return _too_small(len(later), int(len(usual) - fit.sum()), int(fit.sum()), alpha)
    in_order = order[fit[order]], order[~fit[order]]
    features = fit_features(usual[in_order[0]], seed)
    state = _calibrated(features, usual[in_order[1]], None if moments is None else moments[in_order[1]], seed)
    days, hours = _span(later_moments)
    sums = features.sums(later)["sums"] if len(later) else np.zeros(features.layout.width)
    return _result(judge(state, features, len(later), sums, days=days, hours=hours, alpha=alpha))


def _vectors(values: ArrayLike, name: str) -> Singles:
    try:
        with np.errstate(over="ignore"):  # found and named below
            found = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} has values that are not numbers, or rows of different lengths: {error}") from error
    if found.ndim != 2 or found.shape[1] == 0:
        raise InputError(f"{name} has shape {found.shape}, expected (records, dimensions)")
    unusable = ~np.isfinite(found).all(axis=1)
    if unusable.any():
        raise InputError(f"{name}: row {int(np.argmax(unusable))} has NaN or infinity as float32; leave out such rows")
    return found


def _times(values: ArrayLike | None, n: int, name: str) -> Times | None:
    """Microseconds since 1970."""
    if values is None:
        return None
    given = np.asarray(values).ravel()
    try:
        plain = given if given.dtype.kind == "M" else [_naive(value) for value in given]
        found = np.asarray(plain, dtype="datetime64[us]")
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} has values that are not times: {error}; expected datetime64 or datetimes") from error
    if len(found) != n:
        raise InputError(f"{name} has {len(found)} times for {n} records")
    if np.isnat(found).any():
        raise InputError(f"{name}: time {int(np.argmax(np.isnat(found)))} is missing; leave out such records")
    return found.astype(np.int64)


def _naive(value: Any) -> Any:
    """A time for numpy, which does not support time zones."""
    if getattr(value, "tzinfo", None) is None:
        return value
    return value.astimezone(UTC).replace(tzinfo=None)


def _in_fit_half(moments: Times | None, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) whether a record belongs to the fit half."""
    n = len(order)
    if moments is not None and n:
        slots, of_record = np.unique(moments // HALF_HOUR, return_inverse=True)
        chosen = np.array([hashlib.sha256(f"baseline:{slot}".encode()).hexdigest() < "8" for slot in slots.tolist()])
        fit = chosen[of_record]
        if BALANCED[0] <= fit.mean() <= BALANCED[1]:
            return np.asarray(fit)
    fit = np.zeros(n, dtype=bool)
    fit[order[: n // 2]] = True
    return fit


def _calibrated(features: Features, x: Singles, moments: Times | None, seed: int) -> Calibration:
    n = len(x)
    if moments is None:
        day, hour, place = np.zeros(n, np.int64), np.zeros(n, np.int64), np.arange(n)
    else:
        day, hour, place = moments // DAY, moments // HOUR % 24, moments
    return calibrate(features, x, day, hour, place, seed)


def _span(moments: Times | None) -> tuple[float, list[int] | None]:
    """Days that a window counts as, and the hours of the day it covers if it is shorter than a day."""
    if moments is None or len(moments) == 0:
        return 1.0, None
    first, last = int(moments.min()), int(moments.max())
    if last - first < DAY - HOUR:
        return 1.0, sorted({hour % 24 for hour in range(first // HOUR, last // HOUR + 1)})
    _, counts = np.unique(moments // DAY, return_counts=True)
    return pooled_days(counts), None


def _result(found: Judgement) -> Verdict:
    main = found.headline
    return Verdict(
        verdict=found.verdict,
        status=found.status,
        p_value=found.p_value,
        p_values={group.group: group.p_value for group in found.groups},
        effect=None if main is None else abs(main.effect),
        effect_lower=None if main is None else main.lower,
        cause=found.main_cause,
        causes=found.causes,
        alpha=found.alpha,
        n=found.n,
        n_baseline=found.n_calibration,
        days=found.days,
        baseline_days=found.baseline_days,
        text=explained(found),
    )


def _too_small(n: int, n_calibration: int, n_fit: int, alpha: float) -> Verdict:
    text = f"The baseline has {n_fit:,} records to fit on, a verdict needs {MIN_SAMPLE}: take a longer one."
    return Verdict(
        INSUFFICIENT_DATA, "too_few_fit_records", None, {}, None, None, None, (), alpha, n, n_calibration, 1, 0, text
    )
