"""The nearest reference cluster of each record, and the distance to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from driftwell.numeric.arrays import Floats
from driftwell.numeric.clusters import nearest
from driftwell.profile.batches import matrix
from driftwell.profile.judged import PLACE
from driftwell.spark.arrow import map_in_arrow


def nearest_distances(x: NDArray[np.floating], centroids: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(n, d) vectors -> index (n,) of and Euclidean distance (n,) to the nearest centroid, in the original space."""
    origin = centroids.mean(axis=0)
    own, squared = nearest(x - origin, centroids - origin)
    return own, np.sqrt(squared)


def distances_only(records: DataFrame, centroids: Floats) -> DataFrame:
    """Per record the `distance` to its nearest centroid, its `cluster`, `judged` and the columns of `PLACE`."""
    kept = ["judged", *PLACE]
    names = ["distance", "cluster", *kept]

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                own, distance = nearest_distances(matrix(batch.column(0)), centroids)
                columns = [pa.array(distance), pa.array(own.astype(np.int32)), *batch.columns[1:]]
                yield pa.record_batch(columns, names=names)

    columns = "distance double, cluster int, judged boolean, day int, hour int, place bigint"
    return map_in_arrow(records.select("embedding", *kept), measure, columns)
