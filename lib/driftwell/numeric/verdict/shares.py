"""Did shares change beyond day-to-day variation: of prompts that are not covered, or of each cluster?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.blocks import MIN_BLOCKS, nearest_in_size
from driftwell.numeric.verdict.comparison import LARGEST_SHARE_OF_CALIBRATION, LARGEST_SHARE_OF_DAYS, MIN_DAYS
from driftwell.numeric.verdict.null import holm
from driftwell.numeric.verdict.outcome import DRIFT, INSUFFICIENT_DATA, LARGE_SHARE, MIN_RECORDS, NO_DRIFT, insufficient
from driftwell.numeric.verdict.share_history import ShareHistory
from driftwell.numeric.verdict.share_null import Spread, half_width, spread, two_sided
from driftwell.numeric.verdict.view import SMALL_DAY, hours_seen


@dataclass(frozen=True, eq=False)
class ShareChanges:
    """The changes of g shares.

    Attributes:
        verdict, status: as in a `Judgement`.
        n, n_calibration, baseline_days: records of the snapshot and of the baseline, and the baseline's days.
        baseline, snapshot: (g,) shares, in [0, 1]; NaN without records.
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
    """Compare the shares of a snapshot with those of a baseline whose days differ.

    The expected share of a snapshot has a beta distribution around the baseline's, as wide as the baseline's own
    sampling error and the effect of its days make it (variance tau² (1/k + 1/D), days counted by `pooled_days`, tau²
    the variance between days beyond sampling, averaged over what it may be after D days); around it the count is
    binomial. A small snapshot is also compared with blocks of its own size, and the larger p-value counts.

    Args:
        n: records of the snapshot. hits: (g,) those for which each flag is true.
        days: k, days pooled (`units.pooled_days`). hours: hours of the day it covers, if it is shorter than a day.
        alpha: accepted probability of a false alarm, over all g. floor: smallest change that matters, a share.
        min_n: minimum records of a snapshot.
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


def _nulls(
    history: ShareHistory, seen: NDArray[np.bool_], day_n: Floats, day_hits: Floats, base: Floats, n: int, days: float
) -> dict[str, Spread]:
    """The null distributions' spreads, by name."""
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
