"""Duplicates among good records: Firehose delivers at least once, and producers resend."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

NARROW = ["record_id", "event_time", "event_date", "vector_hash", "object_key", "position"]
"""The columns needed to find duplicates, without moving vectors."""

REACH_DAYS = 1
"""A prompt's id and vector are looked up on its own date and this many days around it; beyond that it is another
prompt."""

PROMPT = ["record_id", "vector_hash"]
"""What a resent prompt has in common with the first: an id alone may be used for many prompts."""


def known_records(records: DataFrame, stored: DataFrame, role: str) -> DataFrame:
    """The records of a batch whose id is known, as (object_key, position, is_duplicate).

    Prompts: a record is a duplicate if one with the same id and vector was kept within a day of it. Records are kept
    or dropped in order of time, so that batches in order of time keep what one large batch keeps. A known id with
    another vector is another prompt: it is kept, and returned with `is_duplicate` false.
    Reference: a record is a duplicate if the previous version, in event time, has the same vector; another vector
    is a new version, and so is a return to an older one. Only duplicates are returned.

    Args:
        records: good records of a batch. stored: records of the dataset from other batches. Both have `NARROW`.
    """
    batch = records.select(*NARROW, F.lit(1).alias("is_new"))
    ids = batch.select("record_id").distinct()
    there = stored.select(*NARROW, F.lit(0).alias("is_new")).join(ids, "record_id", "left_semi")
    both = batch.unionByName(there)
    return _known_prompts(both) if role == "prompts" else _known_documents(both)


def stored_nearby(stored: DataFrame, first: str, last: str) -> DataFrame:
    """Stored prompts from the first to the last date of a batch, and on the days around them."""
    start, end = (F.lit(day).cast("date") for day in (first, last))
    return stored.where(F.col("event_date").between(F.date_sub(start, REACH_DAYS), F.date_add(end, REACH_DAYS)))


def _known_documents(records: DataFrame) -> DataFrame:
    order = Window.partitionBy("record_id").orderBy("event_time", "is_new", "object_key", "position")
    seen = F.row_number().over(order) > 1
    repeats = seen & F.lag("vector_hash").over(order).eqNullSafe(F.col("vector_hash"))
    flagged = records.withColumn("is_duplicate", repeats).where("is_new = 1 and is_duplicate")
    return flagged.select("object_key", "position", "is_duplicate")


def _known_prompts(records: DataFrame) -> DataFrame:
    # Stored ones first: a late record never displaces one that was already counted.
    in_order = ["is_new", "event_time", "object_key", "position"]
    of_id = Window.partitionBy("record_id").orderBy(*in_order)
    of_day = Window.partitionBy(*PROMPT, "event_date").orderBy(*in_order)
    # Everything below is partitioned by the id among others, so that records are shuffled once.
    placed = records.withColumn("is_reused", F.first("vector_hash").over(of_id) != F.col("vector_hash"))
    placed = placed.withColumn("is_first", F.row_number().over(of_day) == 1)
    again = placed.where("is_new = 1 and not is_first").select(
        "object_key", "position", F.lit(True).alias("is_duplicate")
    )
    place = F.struct("event_date", "object_key", "position", "is_reused", F.col("is_new").alias("is_new"))
    firsts = placed.where("is_first").groupBy(*PROMPT).agg(F.sort_array(F.collect_list(place)).alias("days"))
    stored_days = F.transform(F.filter("days", lambda day: day["is_new"] == 0), lambda day: day["event_date"])
    new = F.filter("days", lambda day: day["is_new"] == 1)
    found = firsts.select(new.alias("new"), _kept(new, stored_days).alias("kept"))
    flagged = found.select(F.explode("new").alias("day"), "kept").select(
        "day.object_key",
        "day.position",
        "day.is_reused",
        (~F.array_contains("kept", F.col("day.event_date"))).alias("is_duplicate"),
    )
    return again.unionByName(flagged.where("is_duplicate or is_reused").drop("is_reused"))


def _kept(new: Column, stored_days: Column) -> Column:
    """Dates of new records, in order of time, that are not within reach of a date kept before."""

    def near(day: Column, other: Column) -> Column:
        return F.abs(F.datediff(day, other)) <= REACH_DAYS

    def step(kept: Column, record: Column) -> Column:
        day = record["event_date"]
        known = F.exists(stored_days, lambda other: near(day, other)) | F.exists(kept, lambda other: near(day, other))
        return F.when(known, kept).otherwise(F.concat(kept, F.array(day)))

    return F.aggregate(new, F.array().cast("array<date>"), step)
