"""Small clouds of vectors around a few points, and distances between all of their pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats


def topics(seed: int, n: int = 120, d: int = 6, k: int = 4) -> tuple[Floats, Floats]:
    """(n, d) vectors around k points, and (k, d) centroids near those points."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(k, d)) * 2 + 5
    x = centres[rng.integers(0, k, n)] + rng.normal(size=(n, d)) * 0.7
    return x, centres + rng.normal(size=(k, d)) * 0.2


def pairs(x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
    """Squared distances by their definition."""
    return np.asarray(((x[:, None, :].astype(np.float64) - y[None, :, :]) ** 2).sum(axis=2))
