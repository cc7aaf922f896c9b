"""Seconds of a SNAPSHOT's passes over its vectors, as a function of records and dimensions."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.config import ProfileSettings
from driftwell.profile.baseline_fit import FittedBaseline, fit_baseline
from driftwell.profile.batches import rows_on_driver
from driftwell.profile.snapshot_measures import take_snapshot
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.progress import Progress

SETTINGS = ProfileSettings(k=10)
DAYS, HOURS, HALVES = 14, 24, 2


@dataclass(frozen=True)
class Before:
    """The baseline that snapshots are compared with."""

    fitted: FittedBaseline
    calibration: NDArray[np.float32]


def before(frame: DataFrame, d: int) -> Before:
    """A baseline of vectors with their ids."""
    set_arrow_batch(frame.sparkSession, d)
    records = _records(frame)
    n, n_fit = records.count(), records.where("is_fit").count()
    fitted = fit_baseline(records, n_fit, n - n_fit, d, SETTINGS, Progress(), with_state=True)
    return Before(fitted, rows_on_driver(fitted.calibration_sample))


def passes(frame: DataFrame, n: int, d: int, compared_with: Before) -> float:
    """Seconds of all passes of a SNAPSHOT over n vectors, including the verdict; no table is written."""
    fitted = compared_with.fitted
    assert fitted.verdict is not None  # generated baselines are large enough
    set_arrow_batch(frame.sparkSession, d)
    started, row = time.monotonic(), fitted.verdict.features.row
    take_snapshot(_records(frame), n, fitted.baseline, compared_with.calibration, SETTINGS, Progress(), row)
    return time.monotonic() - started


def _records(frame: DataFrame) -> DataFrame:
    """With a half and a time, both from the hash of the id."""
    found = F.xxhash64("record_id")
    return frame.select(
        "record_id",
        "embedding",
        (F.pmod(found, F.lit(HALVES)) == 0).alias("is_fit"),
        F.lit(True).alias("compared"),
        F.lit(True).alias("judged"),
        F.pmod(found, F.lit(DAYS)).cast("int").alias("day"),
        F.pmod(found, F.lit(HOURS)).cast("int").alias("hour"),
        F.abs(found).alias("place"),
        F.array().cast("array<double>").alias("measures"),
    )
