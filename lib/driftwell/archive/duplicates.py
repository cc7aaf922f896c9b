"""Which good records are there already: Firehose delivers at least once, producers send again."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

NARROW = ["record_id", "event_time", "event_date", "vector_hash", "object_key", "position"]
"""What is needed to tell duplicates: no vectors are moved for it."""

REACH_DAYS = 1
"""A prompt's id is looked for on its own date and this many days around it; further off it is another prompt."""


def duplicate_positions(records: DataFrame, stored: DataFrame, role: str) -> DataFrame:
    """The records that add nothing, as (object_key, position).

    Prompts: a record is a duplicate when its id was seen before within a day; the first one counts.
    Reference: a record is a duplicate when the version before it, in event time, has the same vector; another vector
    is a new version, and so is a return to an older one.

    Args:
        records: good records of a batch. stored: records of the dataset from other batches. Both with `NARROW`.
    """
    batch = records.select(*NARROW, F.lit(1).alias("is_new"))
    ids = batch.select("record_id").distinct()
    there = stored.select(*NARROW, F.lit(0).alias("is_new")).join(ids, "record_id", "left_semi")
    order = Window.partitionBy("record_id").orderBy(*_order(role))
    return (
        batch.unionByName(there)
        .withColumn("is_duplicate", _repeats(role, order))
        .where("is_new = 1 and is_duplicate")
        .select("object_key", "position")
    )


def stored_nearby(stored: DataFrame, first: str, last: str) -> DataFrame:
    """Stored prompts on the dates of a batch, from the first to the last, and the days around them."""
    start, end = (F.lit(day).cast("date") for day in (first, last))
    return stored.where(F.col("event_date").between(F.date_sub(start, REACH_DAYS), F.date_add(end, REACH_DAYS)))


def _order(role: str) -> list[str]:
    """Prompts: stored ones first, so that a late record never displaces one that was counted."""
    if role == "prompts":
        return ["is_new", "event_time", "object_key", "position"]
    return ["event_time", "is_new", "object_key", "position"]


def _repeats(role: str, order: WindowSpec) -> Column:
    if role == "prompts":
        earlier = order.rowsBetween(Window.unboundedPreceding, -1)
        days = F.collect_set("event_date").over(earlier)
        return F.exists(days, lambda day: F.abs(F.datediff(day, F.col("event_date"))) <= REACH_DAYS)
    seen = F.row_number().over(order) > 1
    return seen & F.lag("vector_hash").over(order).eqNullSafe(F.col("vector_hash"))
