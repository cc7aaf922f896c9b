"""What a baseline stores for verdicts on later windows: features, calibration half, and histories of cluster shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from driftwell.numeric.arrays import Arrays, Floats, Ints
from driftwell.numeric.clusters import nearest
from driftwell.numeric.verdict.calibration import KEPT, Calibration, calibration_from, calibration_of, calibration_sums
from driftwell.numeric.verdict.features import Features, RowFeatures, features_of
from driftwell.numeric.verdict.fit import MIN_SAMPLE, SAMPLE, fit_features
from driftwell.numeric.verdict.outcome import MIN_CALIBRATION
from driftwell.numeric.verdict.share_history import ShareHistory, history_of, share_history
from driftwell.numeric.verdict.unit_sums import Units
from driftwell.profile.batches import fused, rows_on_driver, unfused
from driftwell.profile.judged import planned_units
from driftwell.profile.samples import hash_sample
from driftwell.profile.stored_arrays import read_arrays, write_arrays
from driftwell.spark.paths import path_exists


@dataclass(frozen=True, eq=False)
class VerdictState:
    """Features, the calibration half, and the shares of the baseline's clusters on its days."""

    features: Features
    calibration: Calibration
    shares: ShareHistory


@dataclass(frozen=True, eq=False)
class VerdictFit:
    """A state before its sums are known.

    Attributes:
        units: of time, to be summed in one more pass.
        calibration: the judged records of the calibration half on the days of the units, n of them.
    """

    features: Features
    units: Units
    calibration: DataFrame
    n: int


def begin_state(sample: DataFrame, calibration: DataFrame, seed: int) -> VerdictFit | None:
    """Fit the features; None if there are too few records for any verdict.

    Args:
        sample: judged records of the fit half in hash order, in one partition; column `embedding`.
        calibration: judged records of the calibration half, with the columns of `PLACE`.
    """
    rows = rows_on_driver(sample.limit(SAMPLE))
    if len(rows) < MIN_SAMPLE:
        return None
    units, n = planned_units(calibration)
    if n < MIN_CALIBRATION:
        return None
    return VerdictFit(fit_features(rows, seed), units, calibration.where(F.col("day") >= int(units.days[0])), n)


def state_sums(fit: VerdictFit, centroids: Floats) -> Callable[[NDArray[np.float32], Ints, Ints, Ints], Arrays]:
    """A function: what a batch of judged calibration records (vectors, day, hour, place) adds to the state."""
    row, units = fit.features.row, fit.units

    def sums_of(x: NDArray[np.float32], day: Ints, hour: Ints, place: Ints) -> Arrays:
        of_features = calibration_sums(row, units, x, day, hour, place)
        return fused({"features": of_features, "shares": units.sums(members(x, centroids), day, hour, place)})

    return sums_of


def members(x: NDArray[np.floating], centroids: Floats) -> Floats:
    """(n, d) vectors, (k, d) centroids -> (n, k) 1 if a vector belongs to a cluster, else 0."""
    origin = centroids.mean(axis=0)
    own, _ = nearest(x - origin, centroids - origin)
    return np.eye(len(centroids))[own]


def finished_state(fit: VerdictFit, sums: Arrays, clusters: int, seed: int, weekends: bool) -> VerdictState:
    """The state from `state_sums` added up over all judged calibration records."""
    sampled = hash_sample(fit.calibration, fit.n, KEPT, seed).select("embedding", "day", "hour")
    kept = sampled.toPandas()
    rows = np.stack([np.asarray(row, dtype=np.float32) for row in kept["embedding"]])
    day, hour = kept["day"].to_numpy(dtype=np.int64), kept["hour"].to_numpy(dtype=np.int64)
    classes = {int(d): weekend(int(d)) for d in fit.units.days} if weekends else None
    of_features, of_shares = unfused(sums, "features"), unfused(sums, "shares")
    calibration = calibration_from(fit.features, fit.units, of_features, rows, day, hour, seed, classes)
    return VerdictState(fit.features, calibration, share_history(fit.units, of_shares, clusters))


def weekend(day: int) -> int:
    """1 for a Saturday or Sunday, else 0; day 0 is 1970-01-01, a Thursday."""
    return int((day + 3) % 7 >= 5)


def daily_sums(row: RowFeatures, centroids: Floats, x: NDArray[np.float32], day: Ints) -> Arrays:
    """What a batch of judged records adds to its days: `DAY` (1, width + k + 1), in the order of `WindowSums.days`."""
    out = {}
    for d in np.unique(day).tolist():
        of_day = x[day == d]
        sizes = members(of_day, centroids).sum(axis=0)
        out[str(d)] = np.concatenate([row.sums(of_day)["sums"][0], sizes, [len(of_day)]])[None, :]
    return out


@dataclass(frozen=True, eq=False)
class WindowSums:
    """Sums of the judged records of a window.

    Attributes:
        days: day since 1970 -> (width + k + 1,): sums of the row features of its records, how many of them are nearest
            to each of the baseline's k centroids, and their number.
        clusters: k.
        novel: ids of its most novel records.
    """

    days: dict[int, Floats]
    clusters: int
    novel: list[str]

    @property
    def n(self) -> int:
        """Number of judged records."""
        return round(float(sum(total[-1] for total in self.days.values())))

    @property
    def sums(self) -> Floats:
        """(width,) sums of the row features; empty without days."""
        return self._added(slice(0, -1 - self.clusters))

    @property
    def sizes(self) -> Floats:
        """(k,) records nearest to each centroid."""
        return self._added(slice(-1 - self.clusters, -1)) if self.days else np.zeros(self.clusters)

    def _added(self, part: slice) -> Floats:
        return np.asarray(np.sum([total[part] for total in self.days.values()], axis=0) if self.days else np.zeros(0))


def save_state(spark: SparkSession, state: VerdictState, folder: str) -> None:
    """Store a state below the baseline's folder."""
    parts = {
        "features": state.features.arrays(),
        "calibration": state.calibration.arrays(),
        "shares": state.shares.arrays(),
    }
    write_arrays(spark, fused(parts), f"{folder}/verdict")


def load_state(spark: SparkSession, folder: str) -> VerdictState | None:
    """The stored state of a baseline; None if it has none.

    Raises:
        StorageError: if its files are damaged.
    """
    if not path_exists(spark, f"{folder}/verdict"):
        return None
    arrays = read_arrays(spark, f"{folder}/verdict")
    features, calibration, shares = (unfused(arrays, part) for part in ("features", "calibration", "shares"))
    return VerdictState(features_of(features), calibration_of(calibration), history_of(shares))
