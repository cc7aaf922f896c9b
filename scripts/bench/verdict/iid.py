"""Level, power and effects where records are independent: one baseline of one day, many snapshots."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.verdict.data import Source, Split, cells, resplit, split
from bench.verdict.peers import PEERS, Peer
from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.calibration import Calibration, calibrate
from driftwell.numeric.verdict.comparison import Comparison, comparison
from driftwell.numeric.verdict.features import Features
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.judgement import Floors, Judgement, judge_by

LEVEL_N = (20, 50, 200, 1_000, 3_000, 10_000)
POWER_N = (50, 200, 1_000, 3_000)
ALPHAS = (0.05, 0.01, 0.001)
LEVEL_DRAWS, POWER_DRAWS = 40, 4
TRIVIAL_N, TRIVIAL_SHIFT, TRIVIAL_FLOOR, TRIVIAL_DRAWS = 100_000, 0.0005, 0.02, 4

Finding = tuple[str, str, str, int, float, float]
"""Table, method, cell, n, alpha, value (flagged or not, or an effect)."""


class Baseline:
    """A fitted baseline for verdicts on snapshots of a few sizes."""

    def __init__(self, parts: Split, seed: int) -> None:
        self.features: Features = fit_features(parts.fit, seed)
        zero = np.zeros(len(parts.calibration), dtype=np.int64)
        self.state: Calibration = calibrate(self.features, parts.calibration, zero, zero, np.arange(len(zero)), seed)
        self.questions: dict[int, Comparison] = {}

    def judge_by(self, sums: Floats, n: int, floors: Floors | None = None) -> Judgement:
        """The judgement of a snapshot of n records."""
        if n not in self.questions:
            self.questions[n] = comparison(self.state, self.features.layout, n)
        return judge_by(self.questions[n], self.features, sums, floors=floors)


def surest(judgement: Judgement) -> float:
    """The smallest adjusted p-value of a group whose effect is above its floor: flagged at every alpha above it."""
    return min((result.p_value for result in judgement.groups if result.large_enough), default=1.0)


def pair(source: Source, seed: int, quick: bool, peers: bool) -> list[Finding]:
    """All findings from one split of the data."""
    generator = np.random.default_rng([seed, 1])
    parts, redrawn = split(source, generator), resplit(source, generator)
    level_n, power_n = ((20, 200, 1_000), (200, 1_000)) if quick else (LEVEL_N, POWER_N)
    pool = len(parts.pool)
    out: list[Finding] = []
    for of, fits in ((parts, lambda n: n <= pool), (redrawn, lambda n: n > pool)):
        sizes = [n for n in sorted({*level_n, *power_n}) if fits(n)]
        if sizes:
            baseline = Baseline(of, seed)
            out += _cells(baseline, of, sizes, (level_n, power_n), of is redrawn, peers, generator)
    if not quick:
        out += _trivial(Baseline(redrawn, seed), redrawn, generator)
    return out


def _cells(
    baseline: Baseline,
    parts: Split,
    sizes: list[int],
    wanted: tuple[tuple[int, ...], tuple[int, ...]],
    replace: bool,
    peers: bool,
    generator: Generator,
) -> list[Finding]:
    level_n, power_n = wanted
    fitted = [make(parts.fit, parts.calibration, generator) for make in PEERS] if peers else []
    out: list[Finding] = []
    for cell in cells(parts, generator):
        phi = baseline.features.rows(cell.x)
        for n in sizes:
            draws = (LEVEL_DRAWS if n in level_n else 0) if cell.cell == "none" else POWER_DRAWS if n in power_n else 0
            for draw in range(draws):
                rows = cell.draw(n, replace, generator)
                judgement = baseline.judge_by(phi[rows].sum(axis=0, dtype=np.float64), n)
                out += _findings(cell.cell, n, judgement)
                # The other methods are slow: one snapshot of each cell, the same as driftwell's.
                if draw == 0 and n in power_n:
                    out += _peer_findings(fitted, cell.cell, n, cell.x[rows], surest(judgement), generator)
    return out


def _findings(cell: str, n: int, judgement: Judgement) -> list[Finding]:
    p = surest(judgement)
    table = "level" if cell == "none" else "power"
    alphas = ALPHAS if cell == "none" else (0.05,)
    out: list[Finding] = [(table, "driftwell", cell, n, alpha, float(p <= alpha)) for alpha in alphas]
    if cell in ("none", "new5", "new10"):
        for group in ("location", "mixture", "displacement"):
            out.append(("effect", group, cell, n, 0.0, judgement.group(group).effect))
        out.append(("effect", "excess", cell, n, 0.0, judgement.excess or 0.0))
    if cell != "none" and judgement.main_cause:
        out.append(("cause", judgement.main_cause, cell, n, 0.05, 1.0))
    return out


def _peer_findings(
    fitted: list[Peer], cell: str, n: int, x: NDArray[np.float32], p: float, generator: Generator
) -> list[Finding]:
    if not fitted:
        return []
    out: list[Finding] = [("peers", "driftwell", cell, n, 0.05, float(p <= 0.05))]
    return out + [("peers", peer.name, cell, n, 0.05, float(peer.flags(x, generator))) for peer in fitted]


def _trivial(baseline: Baseline, parts: Split, generator: Generator) -> list[Finding]:
    """An irrelevant shift, in a window so large that it is significant."""
    direction = generator.standard_normal(parts.pool.shape[1])
    direction *= TRIVIAL_SHIFT / np.linalg.norm(direction)
    # The pool was jittered when it was drawn; repeated draws from it give a large window.
    moved = parts.pool + direction
    phi = baseline.features.rows((moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32))
    out: list[Finding] = []
    for _ in range(TRIVIAL_DRAWS):
        counts = generator.multinomial(TRIVIAL_N, np.full(len(phi), 1 / len(phi)))
        sums = counts @ phi.astype(np.float64)
        for name, floors in (("trivial", None), ("trivial, floor", Floors(TRIVIAL_FLOOR, TRIVIAL_FLOOR))):
            flagged = surest(baseline.judge_by(sums, TRIVIAL_N, floors)) <= 0.05
            out.append(("power", "driftwell", name, TRIVIAL_N, 0.05, float(flagged)))
    return out
