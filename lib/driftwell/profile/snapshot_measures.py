"""A snapshot: a later window measured with the baseline's models and with its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from driftwell.config import ProfileSettings
from driftwell.numeric.arrays import Arrays, Floats
from driftwell.numeric.clusters import ClusterMoments, cluster_moments, moment_sums
from driftwell.numeric.gram import gram_sums, product_type, spectrum_from_gram
from driftwell.numeric.matching import match
from driftwell.numeric.refit import Refit, refit
from driftwell.numeric.spectrum import Spectrum
from driftwell.numeric.verdict.features import RowFeatures
from driftwell.profile.baseline_fit import Baseline
from driftwell.profile.batches import add_up, fused, rows_on_driver, unfused
from driftwell.profile.clusters import mean_silhouette, refit_centroids
from driftwell.profile.examples import examples, novel_examples
from driftwell.profile.pca import bounded, fit_spectrum
from driftwell.profile.samples import hash_sample
from driftwell.profile.verdict_state import WindowSums, daily_sums
from driftwell.spark.kept import kept
from driftwell.spark.progress import Progress
from driftwell.spark.side_by_side import side_by_side


@dataclass(frozen=True)
class Refits:
    """Models refitted on samples of equal size from both sides."""

    size: int
    baseline: Refit
    snapshot: Refit


@dataclass(frozen=True)
class Snapshot:
    """Measurements of a later window.

    Attributes:
        spectrum, centroids, moments, silhouette: its own models on all its records.
        matched: (k,) the baseline cluster that each own cluster is matched to; -1 for none.
        examples: per own cluster, ids of the records nearest to its centroid.
        under_baseline: moments of the compared records under the baseline's centroids.
        refits: models of equally many compared records and calibration records of the baseline.
        sums: of the judged records, for the verdict; None if the baseline has no state.
    """

    spectrum: Spectrum
    centroids: Floats
    moments: ClusterMoments
    silhouette: float | None
    matched: NDArray[np.int64]
    examples: list[list[str]]
    under_baseline: ClusterMoments
    refits: Refits
    sums: WindowSums | None


def take_snapshot(
    records: DataFrame,
    n: int,
    baseline: Baseline,
    calibration: NDArray[np.float32],
    settings: ProfileSettings,
    progress: Progress,
    row: RowFeatures | None = None,
) -> Snapshot:
    """Measure a window's records under the baseline's models and under its own: three passes and a bounded sample.

    Args:
        records: columns `record_id`, `embedding`, `compared`, `measures`, `judged`, `day`; at least one row.
        calibration: (m, d) stored calibration records in hash order.
        row: features of the verdict; None for no verdict.
    """
    with progress.stage("principal components and the baseline's clusters"):
        spectrum, under_baseline, sums = _first_pass(records, n, baseline, settings.solver, row)
    sample = hash_sample(records, n, settings.kmeans_sample, settings.seed).select("record_id", "embedding", "compared")
    # Kept for refits and examples.
    with kept(sample):
        with progress.stage("clusters"):
            centroids = refit_centroids(sample, spectrum, baseline.centroids, settings.max_iterations)
        with progress.stage("measures"):
            own, nearest_ids, novel, compared = side_by_side(
                [
                    lambda: add_up(records, _own_moments(centroids, spectrum.mean), "embedding", "measures"),
                    partial(examples, sample, centroids, spectrum.mean),
                    lambda: novel_examples(sample, row) if row else [],
                    lambda: rows_on_driver(sample.where("compared").limit(len(calibration))),
                ]
            )
            moments = cluster_moments(own, spectrum.mean)
    with progress.stage("silhouette"):
        silhouette = mean_silhouette(records, centroids, spectrum.mean, moments)
    with progress.stage("refit on equal samples"):
        refits = _refits(calibration, compared, baseline, settings.max_iterations)
    of_judged = _window_sums(sums, len(baseline.centroids), novel) if row else None
    matched = match(centroids, baseline.centroids)
    return Snapshot(spectrum, centroids, moments, silhouette, matched, nearest_ids, under_baseline, refits, of_judged)


def _first_pass(
    records: DataFrame, n: int, baseline: Baseline, solver: str, row: RowFeatures | None
) -> tuple[Spectrum, ClusterMoments, Arrays]:
    """All that needs no model of the window itself: Gramian, moments under the baseline, sums for the verdict."""
    pinned, origin = baseline.centroids, baseline.spectrum.mean
    with_gram, product = solver != "mllib", product_type(n, len(origin))

    def summands(
        x: NDArray[np.float32], compared: NDArray[np.bool_], judged: NDArray[np.bool_], day: NDArray[np.int64]
    ) -> Arrays:
        parts = {"pinned": moment_sums(x[compared], pinned, origin)}
        if with_gram:
            parts["gram"] = gram_sums(x, product)
        if row is not None:
            parts["days"] = daily_sums(row, pinned, x[judged], day[judged])
        return fused(parts)

    sums = add_up(bounded(records, len(origin)), summands, "embedding", "compared", "judged", "day")
    of_gram = unfused(sums, "gram")
    spectrum = spectrum_from_gram(of_gram) if with_gram else fit_spectrum(records, n, len(origin), solver)
    return spectrum, cluster_moments(unfused(sums, "pinned"), origin), sums


def _own_moments(centroids: Floats, origin: Floats) -> Callable[[NDArray[np.float32], Floats], Arrays]:
    return lambda x, measures: moment_sums(x, centroids, origin, measures)


def _window_sums(sums: Arrays, clusters: int, novel: list[str]) -> WindowSums:
    return WindowSums({int(day): total[0] for day, total in unfused(sums, "days").items()}, clusters, novel)


def _refits(
    calibration: NDArray[np.float32], compared: NDArray[np.float32], baseline: Baseline, max_iterations: int
) -> Refits:
    """Models of equally many first records of two samples in hash order."""
    size = min(len(calibration), len(compared))
    sides = [refit(x[:size], baseline.centroids, max_iterations) for x in (calibration, compared)]
    return Refits(size, *sides)
