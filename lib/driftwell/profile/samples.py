"""Bounded samples of a window: the same records under any partitioning."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

HASH_RANGE = float(2**64)
SAMPLE_SLACK, SAMPLE_EXTRA = 1.2, 1_000
"""A sample is drawn from a hash range that holds 1.2 times its size plus 1,000, which practically never is too few."""


def hash_sample(records: DataFrame, n: int, size: int, seed: int) -> DataFrame:
    """The `size` records with the smallest hash of their id, in that order, in one partition; all for size 0.

    The choice and the order depend on nothing but the records and the seed.

    Args:
        records: columns `record_id`, `object_key`, `position` (an id may stand for several prompts) and any others.
        n: number of records.
    """
    hashed = records.withColumn("hash", F.xxhash64(F.lit(seed), "record_id"))
    order = ["hash", "record_id", "object_key", "position"]
    if size == 0 or size >= n:
        return hashed.repartition(1).sortWithinPartitions(*order).drop("hash")
    share = (size * SAMPLE_SLACK + SAMPLE_EXTRA) / n
    if share < 1:
        # Only records that can belong to the sample are sorted, so that no task has to hold `size` vectors.
        hashed = hashed.where(F.col("hash") < int((share - 0.5) * HASH_RANGE))
    return hashed.orderBy(*order).limit(size).drop("hash")
