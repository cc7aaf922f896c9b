"""Clusters of the vectors of a frame: fitted on a bounded sample, measured on every record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.arrow import map_in_arrow
from driftwell.config import ProfileSettings
from driftwell.numeric.clusters import (
    ClusterMoments,
    cluster_moments,
    has_silhouette,
    lloyd,
    moment_sums,
    nearest,
    silhouette_of,
    silhouette_sums,
)
from driftwell.numeric.spectrum import Spectrum
from driftwell.profile.batches import Arrays, add_up, in_one_task, matrix
from driftwell.profile.models import CLUSTER, PROJECTED

Floats = NDArray[np.float64]

HASH_RANGE = float(2**64)
SAMPLE_SLACK, SAMPLE_EXTRA = 1.2, 1_000
"""A sample is drawn from a hash range that holds 1.2 times its size and 1,000 more: too few is out of the question."""

EXAMPLES = 5
KMEANS_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Measured:
    """Clusters measured on records: their moments, and the mean silhouette (None where undefined)."""

    moments: ClusterMoments
    silhouette: float | None


def hash_sample(records: DataFrame, n: int, size: int, seed: int) -> DataFrame:
    """The `size` records with the smallest hash of their id, in that order, in one partition; all for size 0.

    Which records these are, and their order, depends on nothing but the records and the seed.

    Args:
        records: column `record_id` and any others. n: how many there are.
    """
    hashed = records.withColumn("hash", F.xxhash64(F.lit(seed), "record_id"))
    order = ["hash", "record_id"]
    if size == 0 or size >= n:
        return hashed.repartition(1).sortWithinPartitions(*order).drop("hash")
    share = (size * SAMPLE_SLACK + SAMPLE_EXTRA) / n
    if share < 1:
        # Not every task has to hold `size` vectors: only those that can belong to the sample are sorted.
        hashed = hashed.where(F.col("hash") < int((share - 0.5) * HASH_RANGE))
    return hashed.orderBy(*order).limit(size).drop("hash")


def fit_centroids(sample: DataFrame, spectrum: Spectrum, settings: ProfileSettings) -> Floats:
    """(k, d) centroids in the original space, by MLlib's KMeans on the centred principal coordinates of a sample.

    Fewer than k where the sample has fewer distinct points; the mean alone where there is no variance.

    Args:
        sample: column `embedding`, in one ordered partition: MLlib's result depends on the partitioning otherwise.
    """
    if spectrum.components.shape[1] == 0:
        return spectrum.mean[None, :]

    def project(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            z = spectrum.project(matrix(batch.column(0))) if batch.num_rows else np.zeros((0, 1))
            yield pa.record_batch([pa.array(list(z), pa.list_(pa.float64()))], names=["coordinates"])

    projected = map_in_arrow(sample.select("embedding"), project, "coordinates array<double>")
    vectors = projected.select(array_to_vector(F.col("coordinates")).alias(PROJECTED))
    if not isinstance(settings.k, str):
        return spectrum.lift(_fit_kmeans(vectors, settings.k, settings))
    # Kept: every candidate is fitted on it.
    vectors = vectors.persist()
    fits = {len(fit): fit for fit in (_fit_kmeans(vectors, k, settings) for k in sorted(set(settings.k_candidates)))}
    vectors.unpersist()
    return spectrum.lift(_best_silhouette(sample, spectrum, list(fits.values())))


def _fit_kmeans(vectors: DataFrame, k: int, settings: ProfileSettings) -> Floats:
    """(k, p) centres, fewer where there are fewer distinct vectors."""
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
    """The centres with the largest mean silhouette of the sample; the first of equal ones, and where none has one."""
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
        initial: (k, d) centroids to start from; number i of the result has grown out of number i of these.
    """
    found = in_one_task(
        sample,
        lambda x: {"centroids": lloyd(spectrum.project(x), spectrum.project(initial), max_iterations)},
    )
    return spectrum.lift(found["centroids"])


def measure(records: DataFrame, centroids: Floats, origin: Floats) -> Measured:
    """Exact moments and silhouette of all records under given centroids: two passes.

    Args:
        records: columns `embedding` and `measures`.
    """
    sums = add_up(records, lambda x, measures: moment_sums(x, centroids, origin, measures), "measures")
    moments = cluster_moments(sums, origin)
    return Measured(moments, mean_silhouette(records, centroids, origin, moments))


def mean_silhouette(records: DataFrame, centroids: Floats, origin: Floats, moments: ClusterMoments) -> float | None:
    """Mean silhouette (squared Euclidean) of all records: one pass; None with fewer than two filled clusters."""
    if not has_silhouette(moments):
        return None
    sums = add_up(records, lambda x: silhouette_sums(x, centroids, origin, moments))
    return float(sums["silhouette"][0, 0] / moments.n)


def examples(sample: DataFrame, centroids: Floats, origin: Floats) -> list[list[str]]:
    """Per cluster the ids of up to five records of a sample nearest to its centroid, nearest first.

    Args:
        sample: columns `record_id` and `embedding`, in one partition.
    """

    def choose(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        best: list[list[tuple[float, str]]] = [[] for _ in centroids]
        for batch in batches:
            if batch.num_rows:
                own, squared = nearest(matrix(batch.column(1)) - origin, centroids - origin)
                for cluster, candidates in enumerate(best):
                    rows = np.flatnonzero(own == cluster)
                    rows = rows[np.argsort(squared[rows], kind="stable")[:EXAMPLES]]
                    ids = batch.column(0).take(pa.array(rows)).to_pylist()
                    candidates.extend(zip(squared[rows].tolist(), ids, strict=True))
                    candidates.sort()
                    del candidates[EXAMPLES:]
        numbers = pa.array(range(len(best)), pa.int32())
        ids_only = pa.array([[record_id for _, record_id in candidates] for candidates in best], pa.list_(pa.string()))
        yield pa.record_batch([numbers, ids_only], names=["cluster", "ids"])

    chosen = map_in_arrow(sample.select("record_id", "embedding"), choose, "cluster int, ids array<string>")
    found = {row["cluster"]: row["ids"] for row in chosen.collect()}
    return [found.get(cluster, []) for cluster in range(len(centroids))]


def fused(parts: dict[str, Arrays]) -> Arrays:
    """Several results of one pass under prefixed names."""
    return {f"{prefix}/{name}": a for prefix, arrays in parts.items() for name, a in arrays.items()}


def unfused(arrays: Arrays, prefix: str) -> Arrays:
    """One of the results that `fused` joined."""
    return {name.removeprefix(f"{prefix}/"): a for name, a in arrays.items() if name.startswith(f"{prefix}/")}
