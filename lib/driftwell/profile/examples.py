"""Ids of example records: of each cluster, and of novel content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from driftwell.numeric.arrays import Floats
from driftwell.numeric.clusters import nearest
from driftwell.numeric.verdict.features import RowFeatures, chunks
from driftwell.profile.batches import matrix
from driftwell.spark.arrow import map_in_arrow

EXAMPLES = 5


def examples(sample: DataFrame, centroids: Floats, origin: Floats) -> list[list[str]]:
    """Per cluster, ids of up to five records of a sample nearest to its centroid, nearest first.

    Args:
        sample: columns `record_id` and `embedding`, in one partition.
    """

    def choose(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        best: list[list[tuple[float, str]]] = [[] for _ in centroids]
        for batch in batches:
            if batch.num_rows:
                own, squared = nearest(matrix(batch.column(1)) - origin, centroids - origin)
                for cluster, candidates in enumerate(best):
                    rows = np.flatnonzero(own == cluster)
                    rows = rows[np.argsort(squared[rows], kind="stable")[:EXAMPLES]]
                    ids = batch.column(0).take(pa.array(rows)).to_pylist()
                    candidates.extend(zip(squared[rows].tolist(), ids, strict=True))
                    candidates.sort()
                    del candidates[EXAMPLES:]
        numbers = pa.array(range(len(best)), pa.int32())
        ids_only = pa.array([[record_id for _, record_id in candidates] for candidates in best], pa.list_(pa.string()))
        yield pa.record_batch([numbers, ids_only], names=["cluster", "ids"])

    chosen = map_in_arrow(sample.select("record_id", "embedding"), choose, "cluster int, ids array<string>")
    found = {row["cluster"]: row["ids"] for row in chosen.collect()}
    return [found.get(cluster, []) for cluster in range(len(centroids))]


def novel_examples(sample: DataFrame, row: RowFeatures) -> list[str]:
    """Ids of up to five records of a sample with the largest novelty, largest first.

    Args:
        sample: columns `record_id` and `embedding`, in one partition.
    """

    def choose(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found: list[tuple[float, str]] = []
        for batch in batches:
            if batch.num_rows:
                # Only the novelty: whole rows of features would be as large as the vectors.
                novelty = np.concatenate([row.parts(part)[2] for part in chunks(matrix(batch.column(1)))])
                most = np.argsort(-novelty, kind="stable")[:EXAMPLES]
                ids = batch.column(0).take(pa.array(most)).to_pylist()
                found = sorted([*found, *zip((-novelty[most]).tolist(), ids, strict=True)])[:EXAMPLES]
        yield pa.record_batch([pa.array([record_id for _, record_id in found], pa.string())], names=["record_id"])

    chosen = map_in_arrow(sample.select("record_id", "embedding"), choose, "record_id string")
    return [found["record_id"] for found in chosen.collect()]
