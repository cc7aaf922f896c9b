"""Lengths of the vectors of a window, measured if their mean moved: is it a few records, or all?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.profile.batches import matrix
from driftwell.spark.arrow import map_in_arrow

LONG_LENGTH = 10.0
"""A vector more than so many times as long as usual counts as a faulty record, not as a sign of another model."""

COLUMNS = "long bigint, others bigint, total double, length double, record_id string"


@dataclass(frozen=True)
class Lengths:
    """Lengths of the vectors of a window.

    Attributes:
        long: records more than `LONG_LENGTH` times as long as usual. longest: id of the longest of them, or None.
        longest_length: its Euclidean length. others_mean: mean length of the other records, or None.
    """

    long: int
    longest: str | None
    longest_length: float | None
    others_mean: float | None


def lengths_of(records: DataFrame, usual: float) -> Lengths:
    """One pass over the vectors, taken only in the rare case that a window's mean length is unusual.

    Args:
        records: columns `record_id` and `embedding`. usual: mean length of the baseline's vectors, above 0.
    """

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows == 0:
                continue
            lengths = np.linalg.norm(matrix(batch.column(1)).astype(np.float64), axis=1)
            long, most = lengths > LONG_LENGTH * usual, int(lengths.argmax())
            row = [int(long.sum()), int((~long).sum()), float(lengths[~long].sum()), float(lengths[most])]
            arrays = [pa.array([number]) for number in row] + [pa.array([batch.column(0)[most].as_py()], pa.string())]
            yield pa.record_batch(arrays, names=["long", "others", "total", "length", "record_id"])

    found = (
        map_in_arrow(records.select("record_id", "embedding"), measure, COLUMNS)
        .agg(
            F.sum("long").alias("long"),
            F.sum("others").alias("others"),
            F.sum("total").alias("total"),
            F.max(F.struct("length", "record_id")).alias("longest"),
        )
        .first()
    )
    assert found is not None  # an aggregate without groups always has one row
    long, others = found["long"] or 0, found["others"] or 0
    return Lengths(
        long=long,
        longest=found["longest"]["record_id"] if long else None,
        longest_length=found["longest"]["length"] if long else None,
        others_mean=found["total"] / others if others else None,
    )
