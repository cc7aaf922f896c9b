"""Did shares change, where days differ: of prompts outside the reference (coverage), or of each cluster?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from driftwell.numeric.arrays import Arrays, Floats, Ints
from driftwell.numeric.verdict.blocks import MIN_BLOCKS, nearest_in_size
from driftwell.numeric.verdict.cells import Cells
from driftwell.numeric.verdict.comparison import LARGEST_SHARE_OF_CALIBRATION, LARGEST_SHARE_OF_DAYS, MIN_DAYS
from driftwell.numeric.verdict.null import SMALLEST_P, holm
from driftwell.numeric.verdict.outcome import DRIFT, INSUFFICIENT_DATA, LARGE_SHARE, MIN_RECORDS, NO_DRIFT, insufficient
from driftwell.numeric.verdict.plan import Units, unit_sums
from driftwell.numeric.verdict.reference import SMALL_DAY, hours_seen
from driftwell.numeric.verdict.units import pooled_days

FACTORS, POINTS = 60, 121
"""Values of the factor df / chi², and quantiles of the expected share, that tails are averaged over."""

MOST_VARIANCE = 0.99
"""Of a share, as a part of that of a single record: a share cannot vary more."""


@dataclass(frozen=True, eq=False)
class ShareHistory:
    """How often each of g things happened in the baseline.

    Attributes:
        cells: records of each day and hour, and the sums of g flags: those of which each thing is true.
        block_units: (b, 4) number of its size, position of its day, its records, its middle hour.
        block_hits: (b, g).
    """

    cells: Cells
    block_units: Ints
    block_hits: Floats

    def arrays(self) -> Arrays:
        """As named matrices, for storage."""
        return {
            "days": self.cells.days[None, :],
            "cell_units": np.concatenate([self.cells.place, self.cells.n[:, None]], axis=1),
            "hits": self.cells.sums,
            "block_units": self.block_units,
            "block_hits": self.block_hits,
        }

    def of(self, columns: slice) -> ShareHistory:
        """The same of some of the things."""
        cells = replace(self.cells, sums=self.cells.sums[:, columns])
        return replace(self, cells=cells, block_hits=self.block_hits[:, columns])


def history_of(arrays: Mapping[str, Any]) -> ShareHistory:
    """The history that `ShareHistory.arrays` described."""
    units, hits = np.asarray(arrays["cell_units"], np.float64), np.asarray(arrays["hits"], np.float64)
    width = hits.shape[1]
    return ShareHistory(
        cells=Cells(np.asarray(arrays["days"][0], np.int64), units[:, :2].astype(np.int64), units[:, 2], hits),
        block_units=np.asarray(arrays.get("block_units", ()), dtype=np.int64).reshape(-1, 4),
        block_hits=np.asarray(arrays.get("block_hits", ()), dtype=np.float64).reshape(-1, width),
    )


def share_history(units: Units, sums: Mapping[str, Any], things: int) -> ShareHistory:
    """The history made of the added up `Units.sums` of (n, things) flags, 1 where true."""
    found = unit_sums(units, sums, things)
    return ShareHistory(found.cells, found.block_units, found.blocks)


@dataclass(frozen=True, eq=False)
class ShareChanges:
    """What became of g shares.

    Attributes:
        verdict, status: as of a `Judgement`.
        n, n_calibration, baseline_days: records of the snapshot and of the baseline, and the baseline's days.
        baseline, snapshot: (g,) shares, in [0, 1]; NaN where there is no record.
        low, high: (g,) confidence interval of the change (snapshot - baseline), for one share at a time.
        p_raw: (g,) two-sided p-values. p_values: (g,) adjusted for the number of shares, by Holm.
        nulls: the null distribution that decided each: `iid`, `day` or `block`.
        changed: (g,) adjusted p at most alpha, and a change above the floor.
    """

    verdict: str
    status: str
    n: int
    n_calibration: int
    baseline_days: int
    baseline: Floats
    snapshot: Floats
    low: Floats
    high: Floats
    p_raw: Floats
    p_values: Floats
    nulls: tuple[str, ...]
    changed: NDArray[np.bool_]

    @property
    def change(self) -> Floats:
        """(g,) snapshot - baseline."""
        return self.snapshot - self.baseline


def compare_shares(
    history: ShareHistory,
    n: int,
    hits: NDArray[np.floating],
    days: float = 1,
    hours: Iterable[int] | None = None,
    alpha: float = 0.05,
    floor: float = 0.0,
    min_n: int = MIN_RECORDS,
    confidence: float = 0.95,
) -> ShareChanges:
    """Hold the shares of a snapshot against those of a baseline whose days differ.

    The expected share of a snapshot has a beta distribution around the baseline's, as wide as the baseline's own
    sampling error and the effect of its days make it (variance tau² (1/k + 1/D), days counted by `pooled_days`, tau²
    the variance between days beyond sampling, averaged over what it may be after D days); around it the count is
    binomial. A small snapshot is held against blocks of its own size as well, and the larger p-value counts.

    Args:
        n: records of the snapshot. hits: (g,) those of which each thing is true.
        days: k, days pooled (`units.pooled_days`). hours: hours of the day it covers, where it is shorter than a day.
        alpha: accepted probability of a false alarm, over all g. floor: smallest change that matters, a share.
        min_n: records a snapshot needs.
    """
    seen, hits = hours_seen(hours), np.asarray(hits, dtype=np.float64).ravel()
    if np.any(hits < 0) or np.any(hits > n):
        raise ValueError("hits must lie between 0 and the number of records")
    day_n, day_hits = history.cells.counts(seen), history.cells.by_day(seen)
    total = int(day_n.sum())
    base = day_hits.sum(axis=0) / total if total else np.full(len(hits), np.nan)
    status = insufficient(n, total, min_n)
    if status:
        unknown = np.full(len(hits), np.nan)
        rest = (unknown, unknown, unknown, unknown, ("",) * len(hits), np.zeros(len(hits), dtype=bool))
        share = hits / n if n else unknown
        return ShareChanges(INSUFFICIENT_DATA, status, n, total, int((day_n > 0).sum()), base, share, *rest)
    nulls = _nulls(history, seen, day_n, day_hits, base, n, days)
    most = LARGEST_SHARE_OF_CALIBRATION * total
    if "iid" not in nulls:
        large = day_n[day_n >= SMALL_DAY * np.median(day_n[day_n > 0])]
        most = min(most, round(LARGEST_SHARE_OF_DAYS * days * round(1 / np.mean(1 / large))))
    counted = max(1, min(n, most))
    p_of = [two_sided(base, total, hits / n, counted, spread) for spread in nulls.values()]
    p_raw, used = np.max(p_of, axis=0), np.argmax(p_of, axis=0)
    margin = np.max([half_width(base, total, hits / n, counted, of, confidence) for of in nulls.values()], axis=0)
    change, p_values = hits / n - base, holm(p_raw)
    changed = (p_values <= alpha) & (np.abs(change) - margin > floor if floor > 0 else True)
    verdict, status = DRIFT if changed.any() else NO_DRIFT, "ok"
    if "iid" in nulls:
        gross = changed & (np.abs(change) - margin >= LARGE_SHARE)
        verdict = NO_DRIFT if not changed.any() else DRIFT if gross.any() else INSUFFICIENT_DATA
        status = "not_calibrated"
    return ShareChanges(
        verdict=verdict,
        status=status,
        n=n,
        n_calibration=total,
        baseline_days=int((day_n > 0).sum()),
        baseline=base,
        snapshot=hits / n,
        low=np.maximum(change - margin, -base),
        high=np.minimum(change + margin, 1 - base),
        p_raw=p_raw,
        p_values=p_values,
        nulls=tuple(list(nulls)[i] for i in used),
        changed=changed,
    )


@dataclass(frozen=True, eq=False)
class Spread:
    """How far units differ, and what of it a snapshot's share inherits.

    Attributes:
        between: (g,) variance of the units' shares. sampling: (g,) the part of it that the draw of records explains.
        inherited: share of the rest that a snapshot has: one over its own units, and one over the baseline's.
        df: degrees of freedom of `between`.
    """

    between: Floats
    sampling: Floats
    inherited: float
    df: int

    def variances(self, factors: Floats) -> Floats:
        """(c,) values of the factor df / chi² -> (c, g) variance of the units' effect on a snapshot.

        Sampling is known, so only the variance between units is uncertain: it is scaled before sampling is taken off.
        To scale the difference would make tails too light wherever sampling is a large part of it.
        """
        return np.asarray(np.maximum(0, factors[:, None] * self.between - self.sampling) * self.inherited)


def spread(n: Floats, hits: Floats, base: Floats, days: float, forward: bool) -> Spread:
    """How far units of n records with (u, g) hits differ, for a snapshot that counts as `days` units."""
    shares, u = hits / n[:, None], len(n)
    binomial = base * (1 - base)
    between = np.sum((shares - shares.mean(axis=0)) ** 2, axis=0) / (u - 1)
    sampling = binomial * np.mean(1 / n)
    if forward:
        later = range(max(1, u // 2), u)
        moved = [
            ((shares[j] - shares[:j].mean(axis=0)) ** 2 - binomial * (1 / n[j] + np.mean(1 / n[:j]) / j)) / (1 + 1 / j)
            for j in later
        ]
        between = np.maximum(between, sampling + np.mean(moved, axis=0))
    return Spread(between, sampling, 1 / days + 1 / pooled_days(n), u - 1)


def two_sided(base: Floats, total: int, share: Floats, n: int, of: Spread) -> Floats:
    """(g,) p-values of observed shares of n records: twice the smaller tail, at most 1.

    Around the baseline's share there is a beta distribution: where outsiders come in bursts, whole windows without any
    are common, which a normal distribution of log odds does not expect.
    """
    hits = np.round(share * n)
    mean = (base * total + 0.5) / (total + 1)
    most = mean * (1 - mean)
    weights, factors, points, density = _grid(of.df)
    variance = np.minimum(of.variances(factors) + most / total, MOST_VARIANCE * most)  # (c, g)
    size = most / variance - 1
    expected = special.betaincinv(mean * size, (1 - mean) * size, points[:, None, None])  # (z, c, g)
    averaged = [
        np.einsum("z,c,zcg->g", density, weights, tail)
        for tail in (stats.binom.sf(hits - 1, n, expected), stats.binom.cdf(hits, n, expected))
    ]
    return np.asarray(np.clip(2 * np.minimum(*averaged), SMALLEST_P, 1))


def half_width(base: Floats, total: int, share: Floats, n: int, of: Spread, confidence: float) -> Floats:
    """(g,) half the width of the confidence interval of a change; one success and one failure are added to the snapshot
    (Agresti and Caffo 2000), so that no interval has no width."""
    at = (share * n + 1) / (n + 2)
    sampling = at * (1 - at) / n + (base * (1 - base) + 1 / (total + 2)) / total
    weights, factors, _, _ = _grid(of.df)
    sd = np.sqrt(of.variances(factors) + sampling)
    low, high = np.zeros(len(base)), 10 * sd.max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        outside = 2 * weights @ stats.norm.sf(middle / sd)
        low, high = np.where(outside > 1 - confidence, middle, low), np.where(outside > 1 - confidence, high, middle)
    return np.asarray(high)


def _grid(df: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights and values of the factor df / chi², and of the quantiles that a distribution is averaged over."""
    v = (np.arange(FACTORS) + 0.5) / FACTORS
    z = np.linspace(-6, 6, POINTS)
    density = stats.norm.pdf(z)
    return v**2 / (v**2).sum(), df / stats.chi2.ppf(v**3, df), stats.norm.cdf(z), density / density.sum()


def _nulls(
    history: ShareHistory, seen: NDArray[np.bool_], day_n: Floats, day_hits: Floats, base: Floats, n: int, days: float
) -> dict[str, Spread]:
    """What the snapshot is held against, by name."""
    unit = (day_n > 0) & (day_n >= SMALL_DAY * np.median(day_n[day_n > 0]))
    if unit.sum() < MIN_DAYS:
        return {"iid": Spread(np.zeros(len(base)), np.zeros(len(base)), 0.0, 1)}
    nulls = {"day": spread(day_n[unit], day_hits[unit], base, days, forward=True)}
    _, _, size, hour = history.block_units.T
    if n / days < 0.5 / np.mean(1 / day_n[unit]):
        chosen = nearest_in_size(history.block_units, n / days) & seen[hour]
        if chosen.sum() >= MIN_BLOCKS:
            blocks = size[chosen].astype(np.float64)
            nulls["block"] = spread(blocks, history.block_hits[chosen], base, days, forward=False)
    return nulls
