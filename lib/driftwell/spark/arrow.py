"""Python functions over Arrow batches of Spark's rows, and the size of the batches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from zipimport import zipimporter

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

Batches = Iterable[pa.RecordBatch]

BATCH_BYTES = 16 << 20
"""Bytes of vectors in one Arrow batch: large enough for fast products, small enough for many tasks on one machine."""

MOST_OBJECTS = 1_000
"""Maximum number of archive objects in one Arrow batch."""

OPEN_COST_BYTES = 512 << 10
"""Cost of opening an object, in bytes, when Spark divides objects into tasks. Spark's default, 4 MiB, makes 157
tasks of 5,000 small objects, which take 11 s here; 20 tasks take 4 s."""


BATCH_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"


def set_arrow_batch(spark: SparkSession, dimension: int | None) -> None:
    """Limit the bytes of vectors in an Arrow batch, for frames computed from now on.

    Args:
        dimension: of the vectors; None if there are no records yet.
    """
    spark.conf.set(BATCH_ROWS, str(max(1, BATCH_BYTES // (4 * (dimension or 1)))))


@contextmanager
def reading_objects(spark: SparkSession, largest_bytes: int) -> Iterator[None]:
    """Tune the actions of the body for reading archive objects, whether many small ones or a few large ones.

    Python gets small objects many at a time and large ones one by one; small ones are grouped into few tasks,
    because each task costs more in Python than a hundred of them.

    Args:
        largest_bytes: stored size of the largest object.
    """
    wanted = {
        BATCH_ROWS: min(MOST_OBJECTS, max(1, BATCH_BYTES // max(1, largest_bytes))),
        "spark.sql.files.openCostInBytes": OPEN_COST_BYTES,
    }
    before = {key: spark.conf.get(key, None) for key in wanted}
    for key, value in wanted.items():
        spark.conf.set(key, str(value))
    try:
        yield
    finally:
        restore(spark, before)


def restore(spark: SparkSession, before: Mapping[str, str | None]) -> None:
    """Set the session's settings as they were; None for one that was not set."""
    for key, value in before.items():
        if value is None:
            spark.conf.unset(key)
        else:
            spark.conf.set(key, value)


def map_in_arrow(frame: DataFrame, work: Callable[[Batches], Iterator[pa.RecordBatch]], columns: str) -> DataFrame:
    """`DataFrame.mapInArrow` without half a second lost at the start of every task.

    A Spark worker calls `importlib.invalidate_caches()` before each task, and until Python 3.13 that rereads the
    directory of pyspark.zip for each of its packages that was ever imported: 0.45 s per task here, 0.02 s without
    those entries. They are a cache: an import that needs one recreates it.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for path, importer in list(sys.path_importer_cache.items()):
            if isinstance(importer, zipimporter):
                sys.path_importer_cache.pop(path, None)
        yield from work(batches)

    return frame.mapInArrow(run, columns)
