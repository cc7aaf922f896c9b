"""Profiles of the same vectors by driftwell, stock MLlib and the public AWS sample's formula, and lower bounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyspark.ml.clustering import KMeans
from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.ml.feature import PCA
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from driftwell.config import ProfileSettings
from driftwell.numeric.clusters import cluster_moments, moment_sums
from driftwell.numeric.gram import gram_sums, product_type
from driftwell.numeric.spectrum import dims_for_share
from driftwell.profile.batches import add_up, matrix
from driftwell.profile.clusters import fit_centroids, mean_silhouette
from driftwell.profile.pca import bounded, fit_spectrum
from driftwell.profile.samples import hash_sample
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.kept import kept

SAMPLE_COMPONENTS, SAMPLE_CLUSTERS = 100, 10
"""The public AWS sample keeps 100 principal components and 10 clusters, both of the raw vectors."""

ROW_GROUP = 5_000
Timed = dict[str, float]


def write_vectors(folder: Path, n: int, d: int, seed: int = 0) -> None:
    """n vectors of dimension d around 40 topics with a decaying spectrum, as Parquet in a few files."""
    if (folder / "_SUCCESS").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    scale = (1 / np.sqrt(1 + np.arange(d) / 8)).astype(np.float32)
    topics = generator.standard_normal((40, d), dtype=np.float32) * scale
    for start in range(0, n, 8 * ROW_GROUP):
        count = min(8 * ROW_GROUP, n - start)
        x = generator.standard_normal((count, d), dtype=np.float32) * scale
        x += topics[generator.integers(0, len(topics), count)]
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        ids = pa.array([f"r{start + i}" for i in range(count)])
        lists = pa.ListArray.from_arrays(pa.array(np.arange(0, (count + 1) * d, d), pa.int32()), pa.array(x.ravel()))
        pq.write_table(
            pa.table({"record_id": ids, "embedding": lists}), folder / f"{start}.parquet", row_group_size=ROW_GROUP
        )
    (folder / "_SUCCESS").touch()


def vectors_of(spark: SparkSession, folder: Path) -> DataFrame:
    """The vectors written by `write_vectors`."""
    return spark.read.parquet(str(folder))


def timed(into: Timed, name: str, work: Callable[[], object]) -> object:
    """Run the work and return its result; its seconds go into a mapping."""
    started = time.monotonic()
    found = work()
    into[name] = time.monotonic() - started
    return found


def ours(frame: DataFrame, n: int, d: int, sample: int = 20_000) -> tuple[Timed, dict[str, float]]:
    """All rows through driftwell's stages; seconds of each, and the results. `sample`: for KMeans, 0 for all rows."""
    seconds: Timed = {}
    settings = ProfileSettings(k=SAMPLE_CLUSTERS, kmeans_sample=sample)
    set_arrow_batch(frame.sparkSession, d)
    spectrum = timed(seconds, "pca", lambda: fit_spectrum(frame, n, d, "gram"))

    def clusters() -> NDArray[np.float64]:
        placed = frame.withColumns({"object_key": F.lit(""), "position": F.lit(0)})  # ids are unique here
        rows = hash_sample(placed, n, settings.kmeans_sample, settings.seed).select("record_id", "embedding")
        with kept(rows):
            return fit_centroids(rows, spectrum, settings)

    centroids = timed(seconds, "kmeans", clusters)
    origin = spectrum.mean

    def measures() -> dict[str, float]:
        sums = add_up(frame, lambda x: moment_sums(x, centroids, origin), "embedding")
        moments = cluster_moments(sums, origin)
        silhouette = mean_silhouette(frame, centroids, origin, moments)
        return {
            "inertia": moments.inertia,
            "silhouette": silhouette,
            "dims95": dims_for_share(spectrum.explained_variance),
        }

    found = timed(seconds, "measures", measures)
    return seconds, found


def formula(frame: DataFrame, n: int) -> tuple[Timed, dict[str, float]]:
    """The AWS sample's formula with stock MLlib: PCA, KMeans and silhouette of the raw vectors, cached first."""
    vectors = frame.select(array_to_vector(F.col("embedding").cast("array<double>")).alias("features"))
    with kept(vectors):
        return _formula(vectors, n)


def _formula(vectors: DataFrame, n: int) -> tuple[Timed, dict[str, float]]:
    seconds: Timed = {}
    timed(seconds, "read", vectors.count)
    k = min(SAMPLE_COMPONENTS, len(vectors.first()["features"]))
    timed(seconds, "pca", lambda: PCA(k=k, inputCol="features", outputCol="projected").fit(vectors))
    model = timed(seconds, "kmeans", lambda: KMeans(k=SAMPLE_CLUSTERS, seed=1).fit(vectors))

    def measures() -> dict[str, float]:
        assigned = model.transform(vectors)
        assigned.groupBy("prediction").count().collect()
        return {
            "inertia": model.summary.trainingCost / n,
            "silhouette": ClusteringEvaluator().evaluate(assigned),
        }

    found = timed(seconds, "measures", measures)
    return seconds, found


def mllib_pca(frame: DataFrame) -> float:
    """Seconds of stock MLlib's PCA, reading included."""
    vectors = frame.select(array_to_vector(F.col("embedding").cast("array<double>")).alias("features"))
    started = time.monotonic()
    PCA(k=SAMPLE_COMPONENTS, inputCol="features", outputCol="projected").fit(vectors)
    return time.monotonic() - started


def our_pca(frame: DataFrame, n: int, d: int) -> float:
    """Seconds of the `gram` solver, reading, eigenvalues and vectors included."""
    set_arrow_batch(frame.sparkSession, d)
    started = time.monotonic()
    fit_spectrum(frame, n, d, "gram")
    return time.monotonic() - started


def gramian(frame: DataFrame, n: int, d: int) -> float:
    """Seconds of the solver's one pass over the vectors."""
    set_arrow_batch(frame.sparkSession, d)
    product = product_type(n, d)
    started = time.monotonic()
    add_up(bounded(frame, d), lambda x: gram_sums(x, product), "embedding")
    return time.monotonic() - started


def moving(frame: DataFrame, d: int) -> float:
    """Seconds to move every vector to Python and count: the lower bound for any pass."""
    set_arrow_batch(frame.sparkSession, d)

    def count(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"n": [sum(len(matrix(batch.column(0))) for batch in batches)]})

    started = time.monotonic()
    frame.select("embedding").mapInArrow(count, "n long").agg(F.sum("n")).collect()
    return time.monotonic() - started


def product(n: int, d: int, rows: int = 20_000) -> float:
    """Seconds of the float32 product of n vectors with themselves on all cores, by numpy alone."""
    x = np.random.default_rng(0).standard_normal((min(n, rows), d), dtype=np.float32)
    x.T @ x
    started = time.monotonic()
    x.T @ x
    return (time.monotonic() - started) * n / len(x)
