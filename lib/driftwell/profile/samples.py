"""Bounded samples of a window: the same records however Spark has cut it."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

HASH_RANGE = float(2**64)
SAMPLE_SLACK, SAMPLE_EXTRA = 1.2, 1_000
"""A sample is drawn from a hash range that holds 1.2 times its size and 1,000 more: too few is out of the question."""


def hash_sample(records: DataFrame, n: int, size: int, seed: int) -> DataFrame:
    """The `size` records with the smallest hash of their id, in that order, in one partition; all for size 0.

    Which records these are, and their order, depends on nothing but the records and the seed.

    Args:
        records: columns `record_id`, `object_key`, `position` (an id may stand for several prompts) and any others.
        n: how many there are.
    """
    hashed = records.withColumn("hash", F.xxhash64(F.lit(seed), "record_id"))
    order = ["hash", "record_id", "object_key", "position"]
    if size == 0 or size >= n:
        return hashed.repartition(1).sortWithinPartitions(*order).drop("hash")
    share = (size * SAMPLE_SLACK + SAMPLE_EXTRA) / n
    if share < 1:
        # Not every task has to hold `size` vectors: only those that can belong to the sample are sorted.
        hashed = hashed.where(F.col("hash") < int((share - 0.5) * HASH_RANGE))
    return hashed.orderBy(*order).limit(size).drop("hash")
