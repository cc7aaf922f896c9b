"""How much a Python worker of Spark gets at once."""

from __future__ import annotations

from pyspark.sql import SparkSession

BATCH_BYTES = 16 << 20
"""Vectors in one Arrow batch: large enough for fast products, small enough for many tasks on one machine."""


def set_arrow_batch(spark: SparkSession, dimension: int | None) -> None:
    """Bound an Arrow batch: so many bytes of vectors, or one archive object where there is no dimension yet.

    It holds for the frames that are computed from now on.
    """
    rows = 1 if dimension is None else max(1, BATCH_BYTES // (4 * dimension))
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(rows))
