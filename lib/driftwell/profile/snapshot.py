"""A snapshot: a later window measured with the baseline's models and with its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from driftwell.config import ProfileSettings
from driftwell.numeric.clusters import ClusterMoments, cluster_moments, moment_sums
from driftwell.numeric.matching import match
from driftwell.numeric.refit import Refit, refit
from driftwell.numeric.spectrum import Spectrum
from driftwell.profile.baseline import Baseline
from driftwell.profile.batches import Arrays, add_up, rows_on_driver
from driftwell.profile.clusters import examples, fused, hash_sample, mean_silhouette, refit_centroids, unfused
from driftwell.profile.pca import fit_spectrum
from driftwell.progress import Progress

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Snapshot:
    """Measurements of a later window.

    Attributes:
        spectrum, centroids, moments, silhouette: its own models on all its records.
        matched: (k,) the baseline cluster that each of its own corresponds to; -1 for none.
        examples: per own cluster the ids of records nearest to its centroid.
        under_baseline: moments of its compared records under the baseline's centroids.
    """

    spectrum: Spectrum
    centroids: Floats
    moments: ClusterMoments
    silhouette: float | None
    matched: NDArray[np.int64]
    examples: list[list[str]]
    under_baseline: ClusterMoments


@dataclass(frozen=True)
class Refits:
    """Models refitted on samples of equal size from both sides."""

    size: int
    baseline: Refit
    snapshot: Refit


def take_snapshot(
    records: DataFrame, n: int, baseline: Baseline, settings: ProfileSettings, progress: Progress
) -> Snapshot:
    """Measure a window's records under the baseline's models and under its own.

    Args:
        records: columns `record_id`, `embedding`, `compared`, `measures`; at least one row.
    """
    with progress.stage("principal components"):
        spectrum = fit_spectrum(records, settings.solver)
    with progress.stage("clusters"):
        # Kept for the refit and for the examples.
        sample = (
            hash_sample(records, n, settings.kmeans_sample, settings.seed).select("record_id", "embedding").persist()
        )
        centroids = refit_centroids(sample, spectrum, baseline.centroids, settings.max_iterations)
        nearest_ids = examples(sample, centroids, spectrum.mean)
        sample.unpersist()
    with progress.stage("measures"):
        own, under_baseline = _moments(records, centroids, spectrum.mean, baseline)
        silhouette = mean_silhouette(records, centroids, spectrum.mean, own)
    matched = match(centroids, baseline.centroids)
    return Snapshot(spectrum, centroids, own, silhouette, matched, nearest_ids, under_baseline)


def refit_both(
    records: DataFrame, n: int, calibration: NDArray[np.float32], baseline: Baseline, settings: ProfileSettings
) -> Refits:
    """Refit models on equally many records of the snapshot and of the baseline's calibration half.

    Args:
        records: the compared records, n of them; columns `record_id`, `embedding`.
        calibration: (m, d) stored calibration records in hash order.
    """
    size = min(n, len(calibration))
    sampled = rows_on_driver(hash_sample(records, n, size, settings.seed)) if size else calibration[:0]
    sides = [refit(x, baseline.centroids, settings.max_iterations) for x in (calibration[:size], sampled)]
    return Refits(size, *sides)


def _moments(
    records: DataFrame, centroids: Floats, origin: Floats, baseline: Baseline
) -> tuple[ClusterMoments, ClusterMoments]:
    """Moments under the snapshot's own clusters and, of compared records, under the baseline's: one pass."""
    pinned, pinned_origin = baseline.centroids, baseline.spectrum.mean

    def summands(x: NDArray[np.float32], compared: NDArray[np.bool_], measures: Floats) -> Arrays:
        own = moment_sums(x, centroids, origin, measures)
        return fused({"own": own, "baseline": moment_sums(x[compared], pinned, pinned_origin)})

    sums = add_up(records, summands, "compared", "measures")
    return (
        cluster_moments(unfused(sums, "own"), origin),
        cluster_moments(unfused(sums, "baseline"), pinned_origin),
    )
