"""A baseline: the models and measurements that later windows are compared with, fitted once and stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from driftwell.config import ProfileSettings
from driftwell.numeric.arrays import Arrays, Floats
from driftwell.numeric.clusters import ClusterMoments, cluster_moments, moment_sums
from driftwell.numeric.spectrum import Spectrum
from driftwell.numeric.verdict.fit import SAMPLE
from driftwell.profile.batches import add_up, fused, unfused
from driftwell.profile.clusters import fit_centroids, mean_silhouette
from driftwell.profile.examples import examples
from driftwell.profile.judged import PLACE
from driftwell.profile.pca import fit_spectrum
from driftwell.profile.samples import hash_sample
from driftwell.profile.verdict_state import VerdictFit, VerdictState, begin_state, finished_state, state_sums
from driftwell.spark.kept import kept
from driftwell.spark.progress import Progress


@dataclass(frozen=True)
class Baseline:
    """What later windows need from a baseline.

    Attributes:
        spectrum: of the fit half, with components up to the configured variance share.
        centroids: (k, d) in the original space, fitted on the fit half.
        moments: of the calibration half under these centroids.
        silhouette: of the calibration half; None where undefined.
        has_state: whether a state for verdicts is stored.
    """

    spectrum: Spectrum
    centroids: Floats
    moments: ClusterMoments
    silhouette: float | None
    has_state: bool


@dataclass(frozen=True)
class FittedBaseline:
    """A new baseline, with examples and samples of its records.

    Attributes:
        examples: per cluster, ids of the records nearest to its centroid.
        calibration_sample: bounded hash sample of the calibration half, in one ordered partition.
        verdict: the state for verdicts on later windows; None for a reference, or with too few records.
    """

    baseline: Baseline
    examples: list[list[str]]
    calibration_sample: DataFrame
    verdict: VerdictState | None


def fit_baseline(
    records: DataFrame,
    n_fit: int,
    n_calibration: int,
    dimension: int,
    settings: ProfileSettings,
    progress: Progress,
    with_state: bool = False,
    weekends: bool = False,
) -> FittedBaseline:
    """Fit models on one half of the records and measure them on the other.

    Args:
        records: columns `record_id`, `embedding`, `is_fit`, `measures`, `judged` and those of `PLACE`.
        n_fit, n_calibration: sizes of the halves, at least 2 and 1. dimension: width of the vectors.
        with_state: collect the state for verdicts. weekends: keep weekends apart in it.
    """
    fit, calibration = records.where("is_fit"), records.where("not is_fit")
    size = 0 if settings.kmeans_sample == 0 else max(settings.kmeans_sample, SAMPLE)
    # Kept for k-means, which may pass over it many times, the features of the verdict and the examples.
    sample = hash_sample(fit, n_fit, size, settings.seed).select("record_id", "embedding", "judged")
    with kept(sample):
        with progress.stage("principal components"):
            spectrum = fit_spectrum(fit, n_fit, dimension, settings.solver)
        with progress.stage("clusters"):
            clustered = sample.limit(settings.kmeans_sample) if settings.kmeans_sample else sample
            centroids = fit_centroids(clustered, spectrum, settings)
            nearest_ids = examples(clustered, centroids, spectrum.mean)
        with progress.stage("features of the verdict"):
            judged = calibration.where("judged")
            begun = begin_state(sample.where("judged"), judged, settings.seed) if with_state else None
    with progress.stage("measures"):
        sums = _calibration_sums(calibration, centroids, spectrum.mean, begun)
        moments = cluster_moments(unfused(sums, "moments"), spectrum.mean)
        silhouette = mean_silhouette(calibration, centroids, spectrum.mean, moments)
        state = None
        if begun:
            state = finished_state(begun, unfused(sums, "state"), len(centroids), settings.seed, weekends)
    calibration_sample = hash_sample(calibration, n_calibration, settings.refit_sample, settings.seed)
    return FittedBaseline(
        Baseline(spectrum, centroids, moments, silhouette, state is not None),
        nearest_ids,
        calibration_sample.select("record_id", "embedding"),
        state,
    )


def _calibration_sums(calibration: DataFrame, centroids: Floats, origin: Floats, begun: VerdictFit | None) -> Arrays:
    """Moments of the calibration half, and its sums for the verdict's state: one pass."""

    def summands(
        x: NDArray[np.float32],
        measures: Floats,
        judged: NDArray[np.bool_],
        day: NDArray[np.int64],
        hour: NDArray[np.int64],
        place: NDArray[np.int64],
    ) -> Arrays:
        parts = {"moments": moment_sums(x, centroids, origin, measures)}
        if sums_of and judged.any():
            parts["state"] = sums_of(x[judged], day[judged], hour[judged], place[judged])
        return fused(parts)

    sums_of = state_sums(begun, centroids) if begun else None
    return add_up(calibration, summands, "embedding", "measures", "judged", *PLACE)
