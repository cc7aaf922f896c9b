"""Level and power of the verdict on shares (coverage, clusters), with simulated differences between days."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from bench.verdict.iid import Finding
from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import ShareHistory, share_history
from driftwell.numeric.verdict.shares import compare_shares

SIZES = (50, 300, 1_000, 3_000)
ROWS_A_DAY, BURST = 300, 10
# Name, share, spread of the days' log odds, days, clusters, burst, increase of the snapshot's share.
CASES = (
    ("coverage 5 %, equal days", 0.05, 0.0, 14, 1, 1, 0.0),
    ("coverage 5 %, days differ", 0.05, 0.2, 14, 1, 1, 0.0),
    ("coverage 30 %, days differ", 0.3, 0.2, 14, 1, 1, 0.0),
    ("coverage 5 %, days differ, 4 days", 0.05, 0.2, 4, 1, 1, 0.0),
    ("coverage 5 %, bursts of 10", 0.05, 0.0, 14, 1, BURST, 0.0),
    ("10 clusters, days differ", 0.1, 0.2, 14, 10, 1, 0.0),
    ("coverage 5 % to 10 %, days differ", 0.05, 0.2, 14, 1, 1, 0.05),
)


def shares(seed: int, repeats: int) -> list[Finding]:
    """Whether a change is found, for `repeats` baselines of every case."""
    generator, out = np.random.default_rng([seed, 3]), []
    for name, base, spread, days, things, burst, added in CASES:
        for _ in range(repeats):
            odds = np.log(base / (1 - base)) + spread * generator.standard_normal((days + 1, things))
            truth = 1 / (1 + np.exp(-odds))
            usual = _history(truth[:days], burst, generator)
            for n in SIZES:
                hits = _flags(truth[days:] + added, n, burst, generator).sum(axis=0)
                p = compare_shares(usual, n, hits).p_values.min()
                out += [("shares", "driftwell", name, n, alpha, float(p <= alpha)) for alpha in (0.05, 0.01)]
    return out


def _history(truth: Floats, burst: int, generator: Generator) -> ShareHistory:
    flags = np.concatenate([_flags(day[None, :], ROWS_A_DAY, burst, generator) for day in truth])
    day, order = np.repeat(np.arange(len(truth)), ROWS_A_DAY), np.arange(len(flags))
    units = planned(day, order)
    return share_history(units, units.sums(flags, day, 0 * day, order), flags.shape[1])


def _flags(share: Floats, n: int, burst: int, generator: Generator) -> Floats:
    """(n, things) 1 where true; a burst is one answer repeated."""
    drawn = generator.random((-(-n // burst), share.shape[1])) < share
    return np.repeat(drawn, burst, axis=0)[:n].astype(np.float64)
