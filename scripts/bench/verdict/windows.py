"""Level of the verdict on coverage for windows with gaps, with uneven days, and over midnight, without change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.random import Generator

from bench.verdict.iid import Finding
from driftwell.numeric.arrays import Floats, Ints
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import ShareHistory, share_history
from driftwell.numeric.verdict.shares import compare_shares
from driftwell.numeric.verdict.units import pooled_days
from driftwell.profile.window import TimeWindow

BASELINE_DAYS, ROWS_A_DAY, SHARE, SPREAD = 14, 1_000, 0.05, 0.4
"""Days of the baseline and their prompts, the share not covered, and the day-to-day variation of its log odds."""

GAP_DAYS = 2
"""Gap between the baseline and the window."""

MEMORY_HOURS = 4
"""Time constant of the hourly variation: its autocorrelation falls to 1/e in that time."""

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class WindowCase:
    """A window in which nothing changed.

    Attributes:
        counts: prompts in each 24 hours from its start; None for very uneven traffic (log-normal, 1.2).
        begins: start hour on its first day. hours: its length; None for as many days as there are counts.
        by_date: whether the share varies by date, else by hour, with a memory.
        uneven_baseline: whether the days of the baseline are also uneven in size (log-normal, 1).
        baseline_days: number of days in the baseline.
    """

    name: str
    counts: tuple[int, ...] | None
    begins: int = 0
    hours: int | None = None
    by_date: bool = True
    uneven_baseline: bool = False
    baseline_days: int = BASELINE_DAYS

    @property
    def n(self) -> int:
        """Number of prompts, about 3,000 if they vary."""
        return sum(self.counts) if self.counts else 3_000


WINDOWS = (
    WindowCase("30 days", (100,) * 30),
    WindowCase("30 days, prompts on 2 of them", (1_500, *(0,) * 28, 1_500)),
    WindowCase("30 days, prompts on every third", (300, 0, 0) * 10),
    WindowCase("30 days, 1,000 prompts on one, 1 on each other", (1_000, *(1,) * 29)),
    WindowCase("30 uneven days", None),
    WindowCase("a week, uneven days in the baseline", (400,) * 7, uneven_baseline=True),
    WindowCase("22 to 2 o'clock", (1_000,), begins=22, hours=4, by_date=False),
    WindowCase("noon to noon", (3_000,), begins=12, hours=24, by_date=False),
    WindowCase("60 hours from noon", (1_200, 1_200, 600), begins=12, hours=60, by_date=False),
    WindowCase("a week, 90 days in the baseline", (400,) * 7, baseline_days=90),
    WindowCase("a week, 450 days in the baseline", (400,) * 7, baseline_days=450),
    WindowCase("22 to 2 o'clock, 60 days in the baseline", (1_000,), 22, 4, by_date=False, baseline_days=60),
)


def windows(seed: int, repeats: int) -> list[Finding]:
    """Whether a change is found, for `repeats` baselines of every case with one window each."""
    generator, out = np.random.default_rng([seed, 4]), []
    for case in WINDOWS:
        for _ in range(repeats):
            p = _p_value(case, generator)
            out.append(("windows", "driftwell", case.name, case.n, 0.05, float(p <= 0.05)))
    return out


def _p_value(case: WindowCase, generator: Generator) -> float:
    """P-value of the coverage of a window without drift."""
    length = case.hours or 24 * len(case.counts or (0,) * 30)
    begin = 24 * (case.baseline_days + GAP_DAYS) + case.begins
    share = _share_by_hour(begin + length, case.by_date, generator)
    usual = _history(share, case, generator)
    hour = _arrivals(case, begin, length, generator)
    outside = generator.random(len(hour)) < share[hour]
    window = TimeWindow(START + timedelta(hours=begin), START + timedelta(hours=begin + length))
    days = pooled_days(np.bincount(hour // 24), window.length)
    return float(compare_shares(usual, len(hour), np.array([outside.sum()]), days, window.hours).p_values[0])


def _share_by_hour(hours: int, by_date: bool, generator: Generator) -> Floats:
    """(hours,) the share not covered at each hour since `START`."""
    drawn = generator.standard_normal(hours)
    if by_date:
        effect = np.repeat(drawn[: -(-hours // 24)], 24)[:hours]
    else:
        effect, keeps = drawn.copy(), np.exp(-1 / MEMORY_HOURS)
        for i in range(1, hours):
            effect[i] = keeps * effect[i - 1] + np.sqrt(1 - keeps**2) * drawn[i]
    return np.asarray(1 / (1 + np.exp(-np.log(SHARE / (1 - SHARE)) - SPREAD * effect)))


def _history(share: Floats, case: WindowCase, generator: Generator) -> ShareHistory:
    size = np.full(case.baseline_days, float(ROWS_A_DAY))
    if case.uneven_baseline:
        size *= np.exp(generator.standard_normal(case.baseline_days) - 0.5)
    hour = np.repeat(np.arange(24 * case.baseline_days), generator.poisson(np.repeat(size / 24, 24)))
    outside = (generator.random(len(hour)) < share[hour]).astype(np.float64)
    order = np.arange(len(hour))
    units = planned(hour // 24, order)
    return share_history(units, units.sums(outside[:, None], hour // 24, hour % 24, order), 1)


def _arrivals(case: WindowCase, begin: int, length: int, generator: Generator) -> Ints:
    """Hours since `START` of the window's prompts."""
    counts = case.counts or np.maximum(1, 40 * np.exp(1.2 * generator.standard_normal(30))).astype(int)
    parts = [
        generator.integers(begin + 24 * i, min(begin + 24 * (i + 1), begin + length), n) for i, n in enumerate(counts)
    ]
    return np.concatenate(parts)
