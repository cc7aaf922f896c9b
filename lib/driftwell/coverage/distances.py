"""Distances of prompts to the nearest cluster of each reference profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from driftwell.coverage.nearest import nearest_distances
from driftwell.coverage.usual import Usual
from driftwell.numeric.arrays import Floats
from driftwell.profile.batches import matrix
from driftwell.spark.arrow import map_in_arrow

KEPT = {
    "record_id": "string",
    "event_date": "date",
    "object_key": "string",
    "position": "bigint",
    "judged": "boolean",
}
"""Columns kept with a prompt's distances. An id may recur, on another day or with another vector: object and position
identify the record."""


@dataclass(frozen=True, eq=False)
class Target:
    """A reference profile to measure prompts against.

    Attributes:
        centroids: (k, d).
        usual: its usual distances.
        covered: a prompt within this distance is covered; None without usual distances.
    """

    centroids: Floats
    usual: Usual
    covered: float | None


def with_distances(prompts: DataFrame, targets: Mapping[str, Target]) -> DataFrame:
    """Per prompt and target the nearest cluster, its distance and the conformal p-value; vectors are dropped.

    Args:
        prompts: the columns of `KEPT`, and `embedding`.
        targets: by kind.

    Returns:
        `KEPT`, and `<kind>_cluster`, `<kind>_distance`, `<kind>_p` for each kind; p is null without usual distances.
    """
    added = [f"{kind}_cluster int, {kind}_distance double, {kind}_p double" for kind in targets]
    names = [*KEPT, *(f"{kind}_{part}" for kind in targets for part in ("cluster", "distance", "p"))]

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                x, columns = matrix(batch.column(len(KEPT))), [batch.column(i) for i in range(len(KEPT))]
                for target in targets.values():
                    own, distance = nearest_distances(x, target.centroids)
                    p = pa.array(target.usual.distances.p_values(distance))
                    if target.usual.distances.n == 0:
                        p = pa.nulls(len(p), pa.float64())
                    columns += [pa.array(own.astype(np.int32)), pa.array(distance), p]
                yield pa.record_batch(columns, names=names)

    kept = [f"{name} {kind}" for name, kind in KEPT.items()]
    return map_in_arrow(prompts.select(*KEPT, "embedding"), measure, ", ".join([*kept, *added]))
