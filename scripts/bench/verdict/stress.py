"""Level and power where days, hours and bursts differ without drift."""

from __future__ import annotations

import numpy as np

from bench.verdict.data import Source
from bench.verdict.iid import Finding, surest
from bench.verdict.traffic import BUSY_HOUR, ROWS_A_DAY, Case, phases, population, traffic, vectors, window
from driftwell.numeric.verdict.calibration import Calibration, calibrate
from driftwell.numeric.verdict.comparison import Comparison, comparison
from driftwell.numeric.verdict.features import Features
from driftwell.numeric.verdict.fit import SAMPLE, fit_features
from driftwell.numeric.verdict.judgement import judge_by
from driftwell.numeric.verdict.outcome import MIN_RECORDS

SIZES = (200, 1_000, 3_000)
SNAPSHOTS = 3


def stress(source: Source, case: Case, seed: int) -> list[Finding]:
    """One baseline of this time structure, and snapshots of its next day without and with 10 % new content."""
    generator = np.random.default_rng([seed, 2])
    people = population(source, generator)
    phase = phases(len(people.base), generator)
    shares = case.shares(people.base, generator)
    counts = np.full(case.days, ROWS_A_DAY)
    fit = traffic(people.fit, shares[: case.days], counts, case, phase, generator)
    usual = traffic(people.rest, shares[: case.days], counts, case, phase, generator)
    features = fit_features(vectors(source, fit.rows)[:SAMPLE], seed)
    classes = {day: int(day % 7 >= 5) for day in range(case.days)} if case.classes else None
    state = calibrate(features, vectors(source, usual.rows), usual.day, usual.hour, usual.order, seed, classes)
    phi = features.rows(source.x)
    out: list[Finding] = []
    compared: dict[int, Comparison] = {}  # drawing the null of a size takes longer than one verdict
    for n in SIZES:
        # With sessions, the number of records in a window is not its n.
        kept = {
            (cell, i): window(people, shares[case.day], n, new, case, phase, generator)
            for cell, new in (("none", 0.0), ("new10", 0.1))
            for i in range(SNAPSHOTS)
        }
        for (cell, _), rows in kept.items():
            if len(rows) < MIN_RECORDS:
                continue
            if len(rows) not in compared:
                compared[len(rows)] = _question(case, features, state, len(rows))
            sums = phi[rows].sum(axis=0, dtype=np.float64)
            flagged = float(surest(judge_by(compared[len(rows)], features, sums)) <= 0.05)
            out.append((f"stress, {cell}", "driftwell", case.name, n, 0.05, flagged))
    return out


def _question(case: Case, features: Features, state: Calibration, n: int) -> Comparison:
    """The comparison for windows of n records of this case."""
    hours = [BUSY_HOUR] if case.one_hour else None
    own = int(case.day % 7 >= 5) if case.classes else None
    return comparison(state, features.layout, n, 1, hours, own, case.forward)
