"""Named matrices as small Parquet files below a baseline's folder."""

from __future__ import annotations

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from driftwell.errors import StorageError
from driftwell.numeric.arrays import Arrays
from driftwell.profile.batches import ARRAYS_COLUMNS, arrays_frame, collected
from driftwell.spark.paths import literal


def write_arrays(spark: SparkSession, arrays: Arrays, folder: str) -> None:
    """Store named matrices as one small Parquet file."""
    arrays_frame(spark, arrays).write.mode("overwrite").parquet(folder)


def read_arrays(spark: SparkSession, folder: str) -> Arrays:
    """Read stored matrices.

    Raises:
        StorageError: if they are missing or damaged.
    """
    try:
        # With the schema given, Spark runs no job to infer it.
        found = collected(spark.read.schema(ARRAYS_COLUMNS).parquet(literal(folder)))
    except (PySparkException, Py4JError) as error:
        raise damaged(folder) from error
    if not found:
        raise damaged(folder)
    return found


def damaged(folder: str) -> StorageError:
    """The error for a baseline whose files are missing or damaged."""
    return StorageError(
        f"{folder} cannot be read: the baseline's files were deleted or are damaged; restore them, or make a new "
        "baseline with --job_type BASELINE and promote it"
    )
