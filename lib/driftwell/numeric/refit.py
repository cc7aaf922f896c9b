"""Dimensionality, inertia and silhouette of a sample under models fitted to the sample itself.

These numbers depend on the sample's size: compare only samples of equal size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats
from driftwell.numeric.clusters import cluster_moments, moment_sums, silhouette_of
from driftwell.numeric.kmeans import lloyd
from driftwell.numeric.spectrum import dims_for_share, spectrum_of


@dataclass(frozen=True)
class Refit:
    """Measures of a sample under its own models; None if undefined."""

    dims: int | None
    inertia: float | None
    silhouette: float | None


def refit(x: NDArray[np.floating], initial: Floats, max_iterations: int) -> Refit:
    """Fit principal components and clusters to a sample and measure them on it.

    Args:
        x: (m, d) sample.
        initial: (k, d) centroids that Lloyd's iterations start from.
        max_iterations: Lloyd's iterations, at most.

    Returns:
        All None with fewer than two records or no variance.
    """
    spectrum = spectrum_of(x)
    if spectrum.explained_variance is None:
        return Refit(None, None, None)
    centroids = spectrum.lift(lloyd(spectrum.project_single(x), spectrum.project(initial), max_iterations))
    inertia = cluster_moments(moment_sums(x, centroids, spectrum.mean), spectrum.mean).inertia
    silhouette = silhouette_of(x, centroids, spectrum.mean)
    return Refit(dims_for_share(spectrum.explained_variance), inertia, silhouette)
