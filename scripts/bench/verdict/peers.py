"""Other methods on the same snapshots: a classifier and MMD with permutations, PSI, and centroids by index."""

from __future__ import annotations

import warnings
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from driftwell.numeric.arrays import Floats

Singles = NDArray[np.float32]

ALPHA = 0.05
PERMUTATIONS = 199
MOST = 2_000
PSI_LIMIT, PSI_EPSILON = 0.2, 1e-4
CLUSTERS = 10


class Peer(Protocol):
    """A drift detector fitted to a baseline."""

    name: str

    def flags(self, x: Singles, generator: Generator) -> bool:
        """Whether it reports drift for a snapshot of (n, d) records."""


class Classifier:
    """Logistic two-sample test: trained on half of both samples, its AUC on the other half tested by permuted labels.

    Only the held-out labels are permuted, which is exact and needs one training (Lopez-Paz and Oquab 2017).
    """

    name = "classifier"

    def __init__(self, fit: Singles, calibration: Singles, generator: Generator) -> None:
        self.calibration = calibration

    def flags(self, x: Singles, generator: Generator) -> bool:
        """p <= 5 % by permutations."""
        x = x[:MOST]
        usual = self.calibration[generator.permutation(len(self.calibration))[: max(len(x), 500)]]
        both = np.concatenate([usual, x])
        is_new = np.arange(len(both)) >= len(usual)
        trained = np.zeros(len(both), dtype=bool)
        for side in (np.flatnonzero(is_new), np.flatnonzero(~is_new)):
            trained[generator.permutation(side)[: len(side) // 2]] = True
        scale = both[trained].std(axis=0).mean()
        model = LogisticRegression(C=0.1, max_iter=200, class_weight="balanced")
        with warnings.catch_warnings():
            # A fit that stops early is still a classifier; its held-out AUC measures its quality.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(both[trained] / scale, is_new[trained])
        ranks = model.decision_function(both[~trained] / scale).argsort().argsort().astype(np.float64)
        held = is_new[~trained]
        # The AUC is the rank sum of the new ones up to constants.
        permuted = [ranks[generator.permutation(held)].sum() for _ in range(PERMUTATIONS)]
        return bool((1 + np.sum(np.array(permuted) >= ranks[held].sum())) / (1 + PERMUTATIONS) <= ALPHA)


class MMD:
    """Maximum mean discrepancy with a Gaussian kernel at the median distance, tested by permutations."""

    name = "MMD"

    def __init__(self, fit: Singles, calibration: Singles, generator: Generator) -> None:
        self.calibration = calibration
        some = calibration[:500]
        self.width = float(np.median(_squared(some, some)[np.triu_indices(len(some), 1)]))

    def flags(self, x: Singles, generator: Generator) -> bool:
        """p <= 5 % by permutations, with at most 2,000 records per side."""
        x = x[:MOST]
        usual = self.calibration[generator.permutation(len(self.calibration))[: min(MOST, max(len(x), 500))]]
        both = np.concatenate([usual, x])
        kernel = np.exp(-_squared(both, both) / self.width).astype(np.float32)
        weights = np.concatenate([np.full(len(usual), -1 / len(usual)), np.full(len(x), 1 / len(x))])
        orders = [np.arange(len(both)), *(generator.permutation(len(both)) for _ in range(PERMUTATIONS))]
        w = np.stack([weights[order] for order in orders], axis=1).astype(np.float32)
        found = np.einsum("ij,ij->j", w, kernel @ w)
        return bool(np.mean(found >= found[0]) <= ALPHA)


class PSI:
    """Population stability index of k-means shares, with the threshold 0.2."""

    name = "PSI > 0.2"

    def __init__(self, fit: Singles, calibration: Singles, generator: Generator) -> None:
        self.model = KMeans(CLUSTERS, n_init=1, random_state=int(generator.integers(1 << 31))).fit(fit)
        self.usual = self._shares(calibration)

    def _shares(self, x: Singles) -> Floats:
        shares = np.bincount(self.model.predict(x), minlength=CLUSTERS) / len(x)
        return np.asarray(np.maximum(shares, PSI_EPSILON))

    def flags(self, x: Singles, generator: Generator) -> bool:
        """PSI > 0.2."""
        now = self._shares(x)
        return bool(np.sum((now - self.usual) * np.log(now / self.usual)) > PSI_LIMIT)


class CentroidsByIndex:
    """The comparison that the public AWS sample for this task leaves to its reader.

    It fits k-means without a seed to the baseline and to the snapshot and lists both sets of centroids by index.
    It states no rule; the one used here: drift if any centroid is farther from the one with the same number than the
    root inertia of the baseline.
    """

    name = "centroids by index"

    def __init__(self, fit: Singles, calibration: Singles, generator: Generator) -> None:
        model = KMeans(CLUSTERS, n_init=1, random_state=int(generator.integers(1 << 31))).fit(calibration)
        self.centroids, self.radius = model.cluster_centers_, np.sqrt(model.inertia_ / len(calibration))

    def flags(self, x: Singles, generator: Generator) -> bool:
        """Any centroid moved by more than a cluster's radius."""
        again = KMeans(CLUSTERS, n_init=1, random_state=int(generator.integers(1 << 31))).fit(x)
        moved = np.linalg.norm(again.cluster_centers_ - self.centroids, axis=1)
        return bool(moved.max() > self.radius)


PEERS = (Classifier, MMD, PSI, CentroidsByIndex)


def _squared(a: Singles, b: Singles) -> Floats:
    squared = (a * a).sum(axis=1)[:, None] - 2 * a @ b.T + (b * b).sum(axis=1)
    return np.asarray(np.maximum(squared, 0))
