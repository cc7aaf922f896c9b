"""Simulated time structure on real embeddings: days, hours and bursts that differ without drift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from bench.verdict.data import Singles, Source, unseen_labels
from driftwell.numeric.arrays import Floats, Ints

DAYS, ROWS_A_DAY = 14, 1_000
FIT_SHARE = 0.4
BURST = 20
SLOTS = 48
WEEKEND_VARIATION, STRONG_VARIATION = 0.15, 0.3
AUTOCORRELATION, AUTOCORRELATED_SPREAD = 0.8, 0.2
TREND_SPREAD = 0.35  # standard deviation of the labels' log weights after the baseline's last day
HOUR_SPREAD = 0.4
BUSY_HOUR = 10
"""Hour of one-hour windows, and the busiest of the day: traffic follows a 24-hour wave that is 0 twelve hours away."""


@dataclass(frozen=True)
class Population:
    """Records that traffic is drawn from, with replacement, by label; those for the fit half are disjoint."""

    fit: list[Ints]
    rest: list[Ints]
    unseen: Ints
    base: Floats


def population(source: Source, generator: Generator) -> Population:
    """Labels unseen by the baseline are set aside; FIT_SHARE of the records of each other label go to the fit half."""
    unseen = unseen_labels(source, generator)
    fit, rest = [], []
    for label in range(source.labels.max() + 1):
        rows = generator.permutation(np.flatnonzero(source.labels == label))
        if label not in unseen and len(rows) >= 5:
            cut = max(1, round(FIT_SHARE * len(rows)))
            fit.append(rows[:cut])
            rest.append(rows[cut:])
    sizes = np.array([len(a) + len(b) for a, b in zip(fit, rest, strict=True)], dtype=np.float64)
    return Population(fit, rest, np.flatnonzero(np.isin(source.labels, unseen)), sizes / sizes.sum())


@dataclass(frozen=True)
class Case:
    """One time structure. `day` is the snapshot's day (the baseline's are 0 to 13; day 0 is a Monday)."""

    name: str
    structure: str
    day: int = DAYS
    days: int = DAYS
    forward: bool = True
    bursts: bool = False
    sessions: bool = False
    one_hour: bool = False
    classes: bool = False

    def shares(self, base: Floats, generator: Generator) -> Floats:
        """(day + 1, labels) shares of each day, baseline and snapshot."""
        days = max(self.day, self.days) + 1
        k = len(base)
        if self.structure.startswith("dirichlet"):
            return generator.dirichlet(np.maximum(float(self.structure[9:]) * base, 1e-3), days)
        log = np.zeros((days, k))
        if self.structure == "autocorrelated":
            log[0] = AUTOCORRELATED_SPREAD * generator.standard_normal(k)
            fresh = AUTOCORRELATED_SPREAD * np.sqrt(1 - AUTOCORRELATION**2)
            for day in range(1, days):
                log[day] = AUTOCORRELATION * log[day - 1] + fresh * generator.standard_normal(k)
        elif self.structure == "trend":
            log = np.arange(days)[:, None] / DAYS * TREND_SPREAD * generator.standard_normal(k)
        elif self.structure in ("weekend", "strong_weekend"):
            variation = WEEKEND_VARIATION if self.structure == "weekend" else STRONG_VARIATION
            other = generator.dirichlet(np.ones(k))
            share = min(1.0, variation / (np.abs(other - base).sum() / 2))
            weekend = (1 - share) * base + share * other
            return np.where((np.arange(days) % 7 >= 5)[:, None], weekend, base)
        out = base * np.exp(log)
        return out / out.sum(axis=1, keepdims=True)


CASES = (
    Case("no day effect", "none"),
    Case("weekend mix, a Wednesday", "weekend", day=16),
    Case("weekend mix, a Sunday", "weekend", day=20),
    Case("strong weekend, a Sunday", "strong_weekend", day=20),
    Case("strong weekend, a Sunday, weekend class", "strong_weekend", day=20, classes=True),
    Case("autocorrelated, next day", "autocorrelated"),
    Case("autocorrelated, next day, no forward chaining", "autocorrelated", forward=False),
    Case("trend, next day", "trend"),
    Case("trend, next day, no forward chaining", "trend", forward=False),
    Case("bursts, split by time slot", "none", bursts=True),
    Case("bursts, one row a session", "none", bursts=True, sessions=True),
    Case("one hour, same hours", "none", one_hour=True),
    Case("Dirichlet days, 1,000", "dirichlet1000"),
    Case("Dirichlet days, 200", "dirichlet200"),
    Case("3 baseline days", "dirichlet1000", day=3, days=3),
    Case("5 baseline days", "dirichlet1000", day=5, days=5),
)
"""Cases without forward chaining follow those with it, so that both have the same traffic."""


@dataclass(frozen=True)
class Traffic:
    """Records (rows of the source) with their day, hour and order in time, in random order."""

    rows: Ints
    day: Ints
    hour: Ints
    order: Ints


def traffic(of: list[Ints], shares: Floats, counts: Ints, case: Case, phase: Floats, generator: Generator) -> Traffic:
    """`counts` records of each day with a row of `shares`; a burst is one record repeated 1 to 20 times.

    With `case.sessions` one record of each burst is kept. With `case.one_hour` the mix varies over the hours of a day.
    """
    parts = []
    for day, (share, count) in enumerate(zip(shares, counts.tolist(), strict=True)):
        repeats = _repeats(count, generator) if case.bursts else np.ones(count, dtype=np.int64)
        hour = _busy_hours(len(repeats), generator) if case.one_hour else generator.integers(0, 24, len(repeats))
        labels = _labels(share, hour, phase, generator) if case.one_hour else _draw(share, len(repeats), generator)
        rows = np.array([of[label][generator.integers(len(of[label]))] for label in labels])
        second = hour * 3_600 + generator.integers(0, 3_600, len(rows))
        if case.sessions:
            repeats = np.ones(len(rows), dtype=np.int64)
        start = np.repeat(second, repeats)
        order = day * 86_400_000 + start * 1_000 + np.arange(len(start)) % 1_000
        parts.append((np.repeat(rows, repeats), np.full(len(start), day), np.repeat(hour, repeats), order))
    rows, day, hour, order = (np.concatenate(part) for part in zip(*parts, strict=True))
    mixed = generator.permutation(len(rows))
    return Traffic(rows[mixed], day[mixed], hour[mixed], order[mixed])


def window(
    people: Population, share: Floats, n: int, new: float, case: Case, phase: Floats, generator: Generator
) -> Ints:
    """Rows of a snapshot of n records in order of time, with the share `new` of sessions from unseen labels."""
    repeats = _repeats(n, generator) if case.bursts else np.ones(n, dtype=np.int64)
    hour = np.full(len(repeats), BUSY_HOUR) if case.one_hour else np.zeros(len(repeats), dtype=np.int64)
    labels = _labels(share, hour, phase, generator) if case.one_hour else _draw(share, len(repeats), generator)
    rows = np.array([people.rest[label][generator.integers(len(people.rest[label]))] for label in labels])
    fresh = generator.random(len(rows)) < new
    rows[fresh] = generator.choice(people.unseen, int(fresh.sum()))
    return rows if case.sessions else np.repeat(rows, repeats)


def phases(labels: int, generator: Generator) -> Floats:
    """(24, labels) log weight of each label at each hour: a wave with its own phase."""
    phase = generator.uniform(0, 2 * np.pi, labels)
    return HOUR_SPREAD * np.sqrt(2) * np.sin(2 * np.pi * np.arange(24)[:, None] / 24 + phase)


def _repeats(n: int, generator: Generator) -> Ints:
    """Lengths of bursts of 1 to 20 that add up to n."""
    lengths = generator.integers(1, BURST + 1, n)
    ends = lengths.cumsum()
    kept = int(np.searchsorted(ends, n)) + 1
    out = lengths[:kept].copy()
    out[-1] -= ends[kept - 1] - n
    return out


def _busy_hours(n: int, generator: Generator) -> Ints:
    """(n,) hours of the day, most of them around `BUSY_HOUR`."""
    wave = 1 + np.cos(2 * np.pi * (np.arange(24) - BUSY_HOUR) / 24)
    return generator.choice(24, n, p=wave / wave.sum())


def _draw(share: Floats, n: int, generator: Generator) -> Ints:
    return generator.choice(len(share), n, p=share)


def _labels(share: Floats, hours: Ints, phase: Floats, generator: Generator) -> Ints:
    """A label for each record, by the mix of its hour."""
    weights = share * np.exp(phase[hours])
    ends = (weights / weights.sum(axis=1, keepdims=True)).cumsum(axis=1)
    return np.minimum((ends < generator.random(len(hours))[:, None]).sum(axis=1), len(share) - 1)


def vectors(source: Source, rows: Ints) -> Singles:
    """(n, d) embeddings of records."""
    return source.x[rows]
