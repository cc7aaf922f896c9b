"""A baseline: the models and measurements that every later window is compared with, fitted once and kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from driftwell.config import ProfileSettings
from driftwell.numeric.clusters import ClusterMoments
from driftwell.numeric.spectrum import Spectrum
from driftwell.profile.clusters import examples, fit_centroids, hash_sample, measure
from driftwell.profile.pca import fit_spectrum
from driftwell.progress import Progress

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """What later windows need of a baseline.

    Attributes:
        spectrum: of the fit half, with components up to the configured variance share.
        centroids: (k, d) in the original space, fitted on the fit half.
        moments: of the calibration half under these centroids.
        silhouette: of the calibration half; None where undefined.
    """

    spectrum: Spectrum
    centroids: Floats
    moments: ClusterMoments
    silhouette: float | None


@dataclass(frozen=True)
class FittedBaseline:
    """A new baseline, with what is shown and stored of its records.

    Attributes:
        examples: per cluster the ids of records nearest to its centroid.
        calibration_sample: bounded, hash-chosen records of the calibration half in one ordered partition.
    """

    baseline: Baseline
    examples: list[list[str]]
    calibration_sample: DataFrame


def fit_baseline(
    records: DataFrame, n_fit: int, n_calibration: int, settings: ProfileSettings, progress: Progress
) -> FittedBaseline:
    """Fit models on one half of the records and measure them on the other.

    Args:
        records: columns `record_id`, `embedding`, `is_fit` and `measures`.
        n_fit, n_calibration: sizes of the halves, at least 2 and 1.
    """
    fit, calibration = records.where("is_fit"), records.where("not is_fit")
    with progress.stage("principal components"):
        spectrum = fit_spectrum(fit, settings.solver)
    with progress.stage("clusters"):
        # Kept for KMeans, which passes over it many times, and for the examples.
        sample = (
            hash_sample(fit, n_fit, settings.kmeans_sample, settings.seed).select("record_id", "embedding").persist()
        )
        centroids = fit_centroids(sample, spectrum, settings)
        nearest_ids = examples(sample, centroids, spectrum.mean)
        sample.unpersist()
    with progress.stage("measures"):
        measured = measure(calibration, centroids, spectrum.mean)
    kept = hash_sample(calibration, n_calibration, settings.refit_sample, settings.seed)
    return FittedBaseline(
        Baseline(spectrum, centroids, measured.moments, measured.silhouette),
        nearest_ids,
        kept.select("record_id", "embedding"),
    )
