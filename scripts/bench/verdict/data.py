"""Real embeddings for the verdict's benchmark: splits into halves and a pool, and ways to change a snapshot."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from driftwell.numeric.arrays import Ints

Singles = NDArray[np.float32]

LARGEST_HALF, HALF_SHARE = 4_000, 0.33
UNSEEN_SHARE = 0.12  # minimum share of records with labels that the baseline lacks
JITTER = 1e-3  # length of the noise that distinguishes records drawn twice

POWER_CELLS = ("new5", "new10", "mix15", "noise.3", "noise.1", "rotation", "shift", "shrink", "dup20")


@dataclass(frozen=True)
class Source:
    """(n, d) embeddings of unit length and the label of each as a number."""

    x: Singles
    labels: Ints


def load(embeddings: Path, labels: Path, fields: list[str]) -> Source:
    """Read embeddings (.npy) and their rows (.jsonl.gz); several fields together form one label."""
    x = np.load(embeddings).astype(np.float32)
    with gzip.open(labels, "rt", encoding="utf-8") as lines:
        names = ["|".join(str(json.loads(line)[field]) for field in fields) for line in lines]
    if len(names) != len(x):
        raise SystemExit(f"{embeddings} holds {len(x)} rows and {labels} {len(names)}: they must belong together")
    return Source(renormed(x), np.unique(names, return_inverse=True)[1])


def renormed(x: NDArray[np.floating]) -> Singles:
    """Rows scaled to unit length."""
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def jittered(x: Singles, generator: Generator) -> Singles:
    """Rows moved by a tiny random vector."""
    return noisy(x, JITTER, generator)


def noisy(x: Singles, length: float, generator: Generator) -> Singles:
    """Rows with Gaussian noise of this expected length."""
    return renormed(x + length / np.sqrt(x.shape[1]) * generator.standard_normal(x.shape).astype(np.float32))


def unseen_labels(source: Source, generator: Generator) -> Ints:
    """Random labels that together hold at least `UNSEEN_SHARE` of the records (about, where labels are large)."""
    sizes = np.bincount(source.labels)
    wanted, taken, found = UNSEEN_SHARE * len(source.labels), [], 0
    for label in generator.permutation(len(sizes)):
        # A label with a third of the data cannot be called new content.
        if sizes[label] <= 2 * wanted:
            taken.append(label)
            found += sizes[label]
        if found >= wanted:
            break
    return np.array(taken)


@dataclass(frozen=True)
class Split:
    """Disjoint records: the fit half, the calibration half, the pool for snapshots, and records of unseen labels."""

    fit: Singles
    calibration: Singles
    pool: Singles
    pool_labels: Ints
    unseen: Singles


def split(source: Source, generator: Generator) -> Split:
    """Halves of at most 4,000 (a third of the records), the rest for snapshots."""
    unseen = np.isin(source.labels, unseen_labels(source, generator))
    known = generator.permutation(np.flatnonzero(~unseen))
    half = min(LARGEST_HALF, int(HALF_SHARE * len(source.x)))
    pool = known[2 * half :]
    return Split(
        source.x[known[:half]],
        source.x[known[half : 2 * half]],
        source.x[pool],
        source.labels[pool],
        source.x[generator.permutation(np.flatnonzero(unseen))],
    )


def resplit(source: Source, generator: Generator) -> Split:
    """The same, every part drawn with replacement from all known records: for snapshots larger than the pool.

    All parts are then random samples of one distribution (that of the records), so that no part is too small to
    represent it.
    """
    unseen = np.isin(source.labels, unseen_labels(source, generator))
    known, half = np.flatnonzero(~unseen), min(LARGEST_HALF, int(HALF_SHARE * len(source.x)))
    fit, calibration = (jittered(source.x[generator.choice(known, half)], generator) for _ in range(2))
    return Split(
        fit,
        calibration,
        jittered(source.x[known], generator),
        source.labels[known],
        source.x[generator.permutation(np.flatnonzero(unseen))],
    )


@dataclass(frozen=True)
class Draws:
    """Snapshots of a cell as rows of one (r, d) matrix, so that features are computed once; the pool comes first."""

    x: Singles
    pool: int
    cell: str
    favoured: Ints

    def draw(self, n: int, replace: bool, generator: Generator) -> Ints:
        """(n,) rows of a random snapshot."""
        rows = generator.choice(self.pool, n, replace=replace)
        if self.cell.startswith("new"):
            new = round(int(self.cell[3:]) / 100 * n)
            others = len(self.x) - self.pool
            rows[:new] = self.pool + generator.choice(others, new, replace=new > others)
        elif self.cell == "mix15":
            moved = round(0.15 * n)
            rows[:moved] = generator.choice(self.favoured, moved, replace=moved > len(self.favoured))
        elif self.cell == "dup20":
            rows[: round(0.2 * n)] = rows[-1]
        return rows


def cells(parts: Split, generator: Generator) -> Iterator[Draws]:
    """Every power cell, and `none` first."""
    x, labels = parts.pool, parts.pool_labels
    mean, names = x.mean(axis=0), np.unique(labels)
    favoured = np.flatnonzero(np.isin(labels, generator.permutation(names)[: max(1, len(names) // 8)]))
    direction = generator.standard_normal(x.shape[1])
    moved = {
        "noise.3": lambda: noisy(x, 0.3, generator),
        "noise.1": lambda: noisy(x, 0.1, generator),
        "rotation": lambda: rotated(x, mean, 0.3, generator),
        "shift": lambda: renormed(x + 0.01 * direction / np.linalg.norm(direction)),
        "shrink": lambda: renormed(mean + 0.9 * (x - mean)),
    }
    for cell in ("none", *POWER_CELLS):
        if cell in moved:
            yield Draws(moved[cell](), len(x), cell, favoured)
        else:
            rows = np.concatenate([x, parts.unseen]) if cell.startswith("new") else x
            yield Draws(rows, len(x), cell, favoured)


def rotated(x: Singles, mean: Singles, distance: float, generator: Generator) -> Singles:
    """Rows rotated randomly about the mean, moving them by `distance` on average."""
    d = x.shape[1]
    skew = generator.standard_normal((d, d)) / np.sqrt(2 * d)
    skew, centred, eye = skew - skew.T, x[:500] - mean, np.eye(d)
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        turn = np.linalg.solve(eye - middle / 2 * skew, eye + middle / 2 * skew)
        far = np.linalg.norm(centred @ turn - centred, axis=1).mean() > distance
        low, high = (low, middle) if far else (middle, high)
    return renormed(mean + (x - mean) @ turn)
