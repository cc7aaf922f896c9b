"""Clusters of the vectors of a frame: fitted on a bounded sample, measured on all records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.config import ProfileSettings
from driftwell.numeric.arrays import Arrays, Floats
from driftwell.numeric.clusters import ClusterMoments, has_silhouette, silhouette_of, silhouette_sums
from driftwell.numeric.kmeans import Singles, lloyd, near_one, nearest, scaled, spread_start
from driftwell.numeric.spectrum import Spectrum
from driftwell.profile.batches import add_up, in_one_task, matrix
from driftwell.profile.models import CLUSTER, PROJECTED
from driftwell.spark.arrow import map_in_arrow
from driftwell.spark.kept import kept

KMEANS_TOLERANCE = 1e-4

STARTS = 3
"""k-means ends in a local minimum, so several starts are tried: a second each for 20,000 records of width 1,536."""

SAME_INERTIA = 1e-6
"""Inertias whose relative difference is smaller count as equal."""


def fit_centroids(sample: DataFrame, spectrum: Spectrum, settings: ProfileSettings) -> Floats:
    """(k, d) centroids in the original space, by k-means on the centred principal coordinates of a sample.

    Fewer than k if the sample has fewer distinct points; only the mean if there is no variance. In numpy in one task;
    by MLlib's KMeans, ten times slower, if configured or if the sample is not bounded.

    Args:
        sample: column `embedding`, in one ordered partition: MLlib's result depends on the partitioning otherwise.
    """
    if spectrum.components.shape[1] == 0:
        return spectrum.mean[None, :]
    candidates = sorted(set(settings.k_candidates)) if isinstance(settings.k, str) else [settings.k]
    if settings.solver == "mllib" or settings.kmeans_sample == 0:
        fits = _fit_with_mllib(sample, spectrum, candidates, settings)
    else:
        fits = _fit_in_one_task(sample, spectrum, candidates, settings)
    return spectrum.lift(fits[0] if len(fits) == 1 else _best_silhouette(sample, spectrum, fits))


def _fit_in_one_task(
    sample: DataFrame, spectrum: Spectrum, candidates: list[int], settings: ProfileSettings
) -> list[Floats]:
    """(k, p) centres for each k."""

    def fits(x: NDArray[np.float32]) -> Arrays:
        z = spectrum.project_single(x)
        scale = near_one(z)
        z = scaled(z, scale)
        return {str(k): _fit_in_memory(z, k, settings) / scale for k in candidates}

    found = in_one_task(sample, fits)
    return [found[str(k)] for k in candidates]


def _fit_in_memory(z: Singles, k: int, settings: ProfileSettings) -> Floats:
    """(k, p) centres: the first of several starts with the least inertia.

    Starts often end in the same clusters in another order; rounding must not choose among those.
    """
    if k == 1:
        return np.zeros((1, z.shape[1]))
    seeds = range(settings.seed, settings.seed + STARTS)
    fits = [lloyd(z, spread_start(z, k, seed), settings.max_iterations) for seed in seeds]
    inertias = np.array([nearest(z, centres.astype(np.float32))[1].sum(dtype=np.float64) for centres in fits])
    return fits[int(np.argmax(inertias <= inertias.min() * (1 + SAME_INERTIA)))]


def _fit_with_mllib(
    sample: DataFrame, spectrum: Spectrum, candidates: list[int], settings: ProfileSettings
) -> list[Floats]:
    """(k, p) centres for each k."""

    def project(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            z = spectrum.project(matrix(batch.column(0))) if batch.num_rows else np.zeros((0, 1))
            yield pa.record_batch([pa.array(list(z), pa.list_(pa.float64()))], names=["coordinates"])

    projected = map_in_arrow(sample.select("embedding"), project, "coordinates array<double>")
    # Kept: every candidate is fitted on it.
    with kept(projected.select(array_to_vector(F.col("coordinates")).alias(PROJECTED))) as vectors:
        return [_fit_kmeans(vectors, spectrum, k, settings) for k in candidates]


def _fit_kmeans(vectors: DataFrame, spectrum: Spectrum, k: int, settings: ProfileSettings) -> Floats:
    """(k, p) centres, fewer if there are fewer distinct vectors."""
    if k == 1:  # MLlib refuses it
        return np.zeros((1, spectrum.components.shape[1]))
    estimator = KMeans(
        featuresCol=PROJECTED,
        predictionCol=CLUSTER,
        k=k,
        seed=settings.seed,
        maxIter=settings.max_iterations,
        tol=KMEANS_TOLERANCE,
    )
    return np.array(estimator.fit(vectors).clusterCenters())


def _best_silhouette(sample: DataFrame, spectrum: Spectrum, fits: list[Floats]) -> Floats:
    """The centres with the largest mean silhouette of the sample; the first of equal ones, or if none has one."""
    origin = np.zeros(spectrum.components.shape[1])

    def silhouettes(x: NDArray[np.float32]) -> Arrays:
        z = spectrum.project(x)
        found = [silhouette_of(z, centres, origin) for centres in fits]
        return {"silhouettes": np.array([[-2.0 if value is None else value for value in found]])}

    return fits[int(np.argmax(in_one_task(sample, silhouettes)["silhouettes"][0]))]


def refit_centroids(sample: DataFrame, spectrum: Spectrum, initial: Floats, max_iterations: int) -> Floats:
    """(k, d) centroids in the original space, by Lloyd's iterations on the principal coordinates of a sample.

    Args:
        sample: column `embedding`, in one ordered partition.
        initial: (k, d) centroids to start from; centroid i of the result evolved from centroid i of these.
    """
    found = in_one_task(
        sample,
        lambda x: {"centroids": lloyd(spectrum.project_single(x), spectrum.project(initial), max_iterations)},
    )
    return spectrum.lift(found["centroids"])


def mean_silhouette(records: DataFrame, centroids: Floats, origin: Floats, moments: ClusterMoments) -> float | None:
    """Mean silhouette (squared Euclidean) of all records: one pass; None with fewer than two filled clusters."""
    if not has_silhouette(moments):
        return None
    sums = add_up(records, lambda x: silhouette_sums(x, centroids, origin, moments), "embedding")
    return float(sums["silhouette"][0, 0] / moments.n)
