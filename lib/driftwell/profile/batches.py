"""numpy over a Spark frame of vectors: additive sums, and work in one task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession

from driftwell.numeric.arrays import Arrays
from driftwell.spark.arrow import map_in_arrow

ARRAYS_COLUMNS = "name string, row int, numbers binary"
"""Named matrices, one row each, numbers as the bytes of float64: how arrays travel between tasks and are stored.
Arrays of numbers Spark copies one by one: 3 million were read in .7 to .9 s, as bytes in .4 to .5."""

Row = tuple[str, int, NDArray[np.float64]]
"""Name of a matrix, number of a row, and its numbers."""

BATCH_NUMBERS = 1 << 20
"""Numbers in one Arrow batch of such rows: 8 MB."""

ARRAYS_SCHEMA = pa.schema([("name", pa.string()), ("row", pa.int32()), ("numbers", pa.binary())])

NUMBER = np.dtype("<f8")


def matrix(column: pa.Array) -> NDArray[Any]:
    """An Arrow column of equally long lists of numbers as an (n, d) array; (0, 0) without rows."""
    if len(column) == 0:
        return np.zeros((0, 0), "f4")
    numbers: NDArray[Any] = column.flatten().to_numpy(zero_copy_only=False)
    return numbers.reshape(len(column), -1)


def array_of(column: pa.Array) -> NDArray[Any]:
    """An Arrow column as an array: (n, d) for lists, else (n,)."""
    return matrix(column) if pa.types.is_list(column.type) else column.to_numpy(zero_copy_only=False)


def add_up(frame: DataFrame, summands: Callable[..., Arrays], *columns: str) -> Arrays:
    """Sum the contributions of each batch of rows over a frame: one pass, one small result.

    Each partition adds up its own batches; then as many tasks as there are cores add up the rows of the matrices.

    Args:
        frame: the named columns, and any others.
        summands: called with the columns of a batch as arrays: (n,), or (n, m) for lists of numbers, NaN for null;
            returns named matrices (float64) to be summed over batches.
        columns: the columns, in the order of the arguments.

    Returns:
        The sums; empty if the frame is.
    """

    def part(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        total: Arrays = {}
        for batch in batches:
            if batch.num_rows:
                _add(total, summands(*(array_of(column) for column in batch.columns)))
        yield from to_batches(total)

    parts = map_in_arrow(frame.select(*columns), part, ARRAYS_COLUMNS)
    cores = frame.sparkSession.sparkContext.defaultParallelism
    return collected(map_in_arrow(parts.repartition(cores, "name", "row"), _added, ARRAYS_COLUMNS))


def _added(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows of the same matrix and number added up."""
    total: dict[tuple[str, int], NDArray[np.float64]] = {}
    for batch in batches:
        for name, row, numbers in _rows(batch):
            total[name, row] = total[name, row] + numbers if (name, row) in total else numbers
    yield from _to_batches((name, row, numbers) for (name, row), numbers in total.items())


def in_one_task(frame: DataFrame, work: Callable[[NDArray[np.float32]], Arrays]) -> Arrays:
    """Apply a function to all vectors of a bounded frame at once, on an executor, in the frame's order.

    Args:
        frame: column `embedding`, in one ordered partition.
        work: (n, d) vectors -> named matrices.

    Returns:
        What `work` returned; empty if the frame is.
    """

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = [matrix(batch.column(0)) for batch in batches if batch.num_rows]
        if parts:
            yield from to_batches(work(np.concatenate(parts)))

    return collected(map_in_arrow(frame.select("embedding"), run, ARRAYS_COLUMNS))


def collected(frame: DataFrame) -> Arrays:
    """A frame of `ARRAYS_COLUMNS` as named matrices on the driver."""
    rows = frame.toPandas().sort_values(["name", "row"])
    groups = rows.groupby("name")["numbers"]
    return {str(name): np.stack([np.frombuffer(row, NUMBER) for row in group]) for name, group in groups}


def rows_on_driver(frame: DataFrame) -> NDArray[np.float32]:
    """(n, d) vectors of a bounded frame, in its order, on the driver; (0, 0) if it is empty."""
    rows = frame.select("embedding").toPandas()["embedding"]
    return np.stack([np.asarray(row, dtype=np.float32) for row in rows]) if len(rows) else np.zeros((0, 0), "f4")


def arrays_frame(spark: SparkSession, arrays: Arrays) -> DataFrame:
    """Named matrices as a frame of `ARRAYS_COLUMNS` in one partition."""
    rows = [(name, row, _bytes(numbers)) for name, a in arrays.items() for row, numbers in enumerate(a)]
    return spark.createDataFrame(pd.DataFrame(rows, columns=ARRAYS_SCHEMA.names), ARRAYS_COLUMNS).coalesce(1)


def to_batches(arrays: Arrays) -> Iterator[pa.RecordBatch]:
    """Named matrices as Arrow batches."""
    return _to_batches((name, row, numbers) for name, a in arrays.items() for row, numbers in enumerate(a))


def _to_batches(rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    """Rows of matrices in Arrow batches of about `BATCH_NUMBERS`."""
    pending: list[Row] = []
    size = 0
    for row in rows:
        pending.append(row)
        size += len(row[2])
        if size >= BATCH_NUMBERS:
            yield _to_batch(pending)
            pending, size = [], 0
    if pending:
        yield _to_batch(pending)


def _to_batch(rows: list[Row]) -> pa.RecordBatch:
    names, numbers, values = zip(*rows, strict=True)
    columns = [pa.array(names), pa.array(numbers, pa.int32()), pa.array(map(_bytes, values), pa.binary())]
    return pa.record_batch(columns, schema=ARRAYS_SCHEMA)


def _bytes(numbers: NDArray[Any]) -> bytes:
    return numbers.astype(NUMBER).tobytes()


def _rows(batch: pa.RecordBatch) -> Iterator[Row]:
    names, numbers, values = (column.to_pylist() for column in batch.columns)
    for name, row, value in zip(names, numbers, values, strict=True):
        yield name, row, np.frombuffer(value, NUMBER)


def _add(total: Arrays, part: Arrays) -> None:
    for name, a in part.items():
        total[name] = total[name] + a if name in total else a


def fused(parts: dict[str, Arrays]) -> Arrays:
    """Several results of one pass, under prefixed names."""
    return {f"{prefix}/{name}": a for prefix, arrays in parts.items() for name, a in arrays.items()}


def unfused(arrays: Arrays, prefix: str) -> Arrays:
    """One of the results that `fused` joined."""
    return {name.removeprefix(f"{prefix}/"): a for name, a in arrays.items() if name.startswith(f"{prefix}/")}
