"""A baseline's folder: `pca` and `kmeans` as MLlib models, `arrays`, `calibration_sample` and `verdict` as Parquet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from driftwell.numeric.arrays import Arrays
from driftwell.numeric.clusters import ClusterMoments
from driftwell.numeric.spectrum import Spectrum
from driftwell.profile.baseline_fit import Baseline, FittedBaseline
from driftwell.profile.batches import rows_on_driver
from driftwell.profile.models import kmeans_model, pca_model
from driftwell.profile.stored_arrays import damaged, read_arrays, write_arrays
from driftwell.profile.verdict_state import VerdictState, load_state, save_state
from driftwell.spark.paths import literal
from driftwell.spark.side_by_side import side_by_side


def save_baseline(fitted: FittedBaseline, folder: str) -> None:
    """Write a new baseline below `folder`, overwriting what an attempt that ended early may have left."""
    spark, baseline = fitted.calibration_sample.sparkSession, fitted.baseline
    sample = fitted.calibration_sample.select(
        F.monotonically_increasing_id().alias("position"), "record_id", "embedding"
    )
    writes: list[Callable[[], None]] = [
        lambda: write_arrays(spark, _arrays(baseline), f"{folder}/arrays"),
        lambda: sample.write.mode("overwrite").parquet(f"{folder}/calibration_sample"),
    ]
    spectrum = baseline.spectrum
    if spectrum.explained_variance is not None:
        pca = pca_model(spark, spectrum.components, spectrum.explained_variance[: spectrum.components.shape[1]])
        # PCAModel.transform does not centre, so neither are the centres: c + P'mu = P' centroid.
        kmeans = kmeans_model(spark, baseline.centroids @ spectrum.components)
        writes.append(lambda: pca.write().overwrite().save(f"{folder}/pca"))
        writes.append(lambda: kmeans.write().overwrite().save(f"{folder}/kmeans"))
    state = fitted.verdict
    if state is not None:
        writes.append(lambda: save_state(spark, state, folder))
    side_by_side(writes)


def load_baseline(spark: SparkSession, folder: str) -> Baseline:
    """Load a baseline.

    Raises:
        StorageError: if its files are missing or damaged.
    """
    arrays = read_arrays(spark, f"{folder}/arrays")
    missing = {"numbers", "mean", "centroids", "calibration_mean", "calibration_means", "calibration_stats"} - set(
        arrays
    )
    if missing:
        raise damaged(f"{folder}/arrays")
    return _baseline(arrays)


def load_with_state(spark: SparkSession, folder: str) -> tuple[Baseline, VerdictState | None]:
    """A baseline, and the state that windows are compared with; None if it had too few records for one.

    Raises:
        StorageError: if files of either are missing or damaged.
    """
    baseline = load_baseline(spark, folder)
    # A baseline may have none, but a killed attempt on other records may have left one.
    state = load_state(spark, folder) if baseline.has_state else None
    if baseline.has_state and state is None:
        raise damaged(f"{folder}/verdict")
    return baseline, state


def calibration_rows(spark: SparkSession, folder: str, most: int) -> NDArray[np.float32]:
    """(m, d) first `most` records of the stored calibration sample, in hash order."""
    sample = f"{folder}/calibration_sample"
    try:
        stored = spark.read.schema("position bigint, embedding array<float>").parquet(literal(sample))
        rows = rows_on_driver(stored.orderBy("position").limit(most))
    except (PySparkException, Py4JError) as error:
        raise damaged(sample) from error
    if len(rows) == 0:
        raise damaged(sample)
    return rows


def _arrays(baseline: Baseline) -> Arrays:
    spectrum, moments = baseline.spectrum, baseline.moments
    numbers = [
        spectrum.n,
        _or_nan(spectrum.total_variance),
        _or_nan(baseline.silhouette),
        moments.mean_norm,
        float(baseline.has_state),
    ]
    arrays = {
        "numbers": np.array([numbers], dtype=np.float64),
        "mean": spectrum.mean[None, :],
        "components": spectrum.components.T,
        "centroids": baseline.centroids,
        "calibration_mean": moments.mean[None, :],
        "calibration_means": moments.means,
        "calibration_stats": np.stack([moments.sizes, moments.scatters, moments.squared], axis=1).astype(np.float64),
    }
    if spectrum.explained_variance is not None:
        arrays["explained_variance"] = spectrum.explained_variance[None, :]
    return arrays


def _baseline(a: Arrays) -> Baseline:
    n, total_variance, silhouette, mean_norm, has_state = a["numbers"][0]
    mean = a["mean"][0]
    explained = a["explained_variance"][0] if "explained_variance" in a else None
    components = a["components"].T if "components" in a else np.zeros((len(mean), 0))
    sizes, scatters, squared = a["calibration_stats"].T
    unknown = np.zeros((len(sizes), 0))
    moments = ClusterMoments(
        sizes=sizes.astype(np.int64),
        means=a["calibration_means"],
        scatters=scatters,
        squared=squared,
        mean=a["calibration_mean"][0],
        mean_norm=float(mean_norm),
        measured=unknown,
        measure_sums=unknown,
    )
    spectrum = Spectrum(int(n), mean, _or_none(total_variance), explained, components)
    return Baseline(spectrum, a["centroids"], moments, _or_none(silhouette), bool(has_state))


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
