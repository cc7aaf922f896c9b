"""Work of Python on Spark's rows: functions over Arrow batches, and how much they get at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from zipimport import zipimporter

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

Batches = Iterable[pa.RecordBatch]

BATCH_BYTES = 16 << 20
"""Vectors in one Arrow batch: large enough for fast products, small enough for many tasks on one machine."""


def set_arrow_batch(spark: SparkSession, dimension: int | None) -> None:
    """Bound an Arrow batch: so many bytes of vectors, or one archive object where there is no dimension yet.

    It holds for the frames that are computed from now on.
    """
    rows = 1 if dimension is None else max(1, BATCH_BYTES // (4 * dimension))
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(rows))


def map_in_arrow(frame: DataFrame, work: Callable[[Batches], Iterator[pa.RecordBatch]], columns: str) -> DataFrame:
    """`DataFrame.mapInArrow` without half a second lost at the start of every task.

    A worker of Spark calls `importlib.invalidate_caches()` before each task, and until Python 3.13 that reads the
    directory of pyspark.zip again for each of its packages that was ever imported: 0.45 s a task here, 0.02 s without
    those entries. They are a cache: an import that needs one makes it anew.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for path, importer in list(sys.path_importer_cache.items()):
            if isinstance(importer, zipimporter):
                sys.path_importer_cache.pop(path, None)
        yield from work(batches)

    return frame.mapInArrow(run, columns)
