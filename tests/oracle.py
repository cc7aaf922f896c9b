"""Independent computations: numpy, scikit-learn and the definitions, on all rows at once."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

HALF_HOUR_MICROS = 1_800_000_000


def in_fit_half(dataset: str, key: str) -> bool:
    """First hex digit of sha2-256(dataset ":" key) below 8."""
    return int(hashlib.sha256(f"{dataset}:{key}".encode()).hexdigest()[0], 16) < 8


def half_hours(micros: NDArray[np.int64]) -> list[str]:
    """Half hour of each event time, counted since 1970."""
    return [str(time // HALF_HOUR_MICROS) for time in micros]


def explained_variance(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Variance shares by numpy's eigenvalues of numpy's covariance."""
    values = np.linalg.eigvalsh(np.cov(x.astype(np.float64).T))[::-1]
    return values / values.sum()


def dims95(x: NDArray[np.floating]) -> int:
    """Number of components that reach 95 %."""
    return int(np.searchsorted(np.cumsum(explained_variance(x)), 0.95) + 1)


def assignment(x: NDArray[np.floating], centroids: NDArray[np.floating]) -> tuple[NDArray, NDArray]:
    """Nearest centroid of each row and the Euclidean distance to it."""
    distances = cdist(x.astype(np.float64), centroids.astype(np.float64))
    return distances.argmin(axis=1), distances.min(axis=1)


def silhouette(x: NDArray[np.floating], labels: NDArray) -> float:
    """Mean silhouette with squared Euclidean distances."""
    return float(silhouette_score(x.astype(np.float64), labels, metric="sqeuclidean"))


def refit(x: NDArray[np.floating], initial: NDArray[np.floating]) -> tuple[int, float, float]:
    """Dimensions to 95 % of the variance; inertia and silhouette of Lloyd's clusters in them from these centroids.

    Both are measured on the whole vectors.
    """
    x = x.astype(np.float64)
    pca = PCA(svd_solver="full").fit(x)
    components = pca.components_[: dims95(x)]
    z, start = ((points - pca.mean_) @ components.T for points in (x, initial))
    kmeans = KMeans(len(initial), init=start, n_init=1, tol=0, max_iter=300).fit(z)
    centroids = pca.mean_ + kmeans.cluster_centers_ @ components
    inertia = float(((x - centroids[kmeans.labels_]) ** 2).sum(axis=1).mean())
    return dims95(x), inertia, silhouette(x, kmeans.labels_)


def conformal_p(usual: NDArray[np.floating], distances: NDArray[np.floating]) -> NDArray[np.float64]:
    """(1 + how many usual distances are at least as large) / (n + 1), by counting."""
    return np.array([(1 + (usual >= d).sum()) / (len(usual) + 1) for d in distances])


def benjamini_hochberg(p: NDArray[np.floating], rate: float) -> NDArray[np.bool_]:
    """Which p-values are rejected, by the definition."""
    ordered, n = np.sort(p), len(p)
    passing = [value for i, value in enumerate(ordered, 1) if value <= rate * i / n + 1e-12]
    return p <= passing[-1] if passing else np.zeros(n, dtype=bool)
