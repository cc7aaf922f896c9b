"""What a verdict needs of a record besides its vector: whether it is judged, and its place in time."""

from __future__ import annotations

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from driftwell.numeric.verdict.cells import MOST_DAYS
from driftwell.numeric.verdict.plan import plan_blocks
from driftwell.numeric.verdict.unit_sums import Units

PLACE = ("day", "hour", "place")
"""Day since 1970, hour of the day, and order in time, of a record."""


def with_place(records: DataFrame, session_key: str | None) -> DataFrame:
    """Records with the columns `judged` (boolean), `day`, `hour` and `place`.

    Of each session and day only the first record is judged: questions of one person are near-copies and count as one.
    Without sessions all are.

    Args:
        records: columns of `embeddings`.
        session_key: metadata key of the session; a record without it is a session of its own.
    """
    placed = records.select(
        "*",
        F.unix_date("event_date").alias("day"),
        F.hour("event_time").alias("hour"),
        _place().alias("place"),
    )
    if session_key is None:
        return placed.withColumn("judged", F.lit(True))
    # Only narrow columns are shuffled to find the first records; vectors stay in place.
    session = F.try_element_at("metadata", F.lit(session_key))
    narrow = placed.where(session.isNotNull()).select(
        "object_key", "position", "day", "place", session.alias("session")
    )
    first = Window.partitionBy("session", "day").orderBy("place", "object_key", "position")
    later = narrow.withColumn("rank", F.row_number().over(first)).where("rank > 1")
    flagged = later.select("object_key", "position", F.lit(False).alias("judged"))
    joined = placed.join(flagged, ["object_key", "position"], "left")
    return joined.withColumn("judged", F.coalesce("judged", F.lit(True)))


def planned_units(records: DataFrame) -> tuple[Units, int]:
    """The units of time that a calibration half is summed over, and their number of records: two narrow actions.

    Only the newest `MOST_DAYS` days are taken.

    Args:
        records: columns of `PLACE`; at least one record.
    """
    spark = records.sparkSession
    counted = records.groupBy("day").count().orderBy(F.desc("day")).limit(MOST_DAYS).collect()
    days, counts = (np.array([row[name] for row in counted], dtype=np.int64) for name in ("day", "count"))
    plan = plan_blocks(days, counts)
    wanted = plan.ranks()
    if len(wanted) == 0:
        return plan.located({}), int(plan.counts.sum())
    ranks = spark.createDataFrame(wanted.tolist(), "day int, rank bigint")
    in_time = Window.partitionBy("day").orderBy("place")
    ranked = records.select("day", "place").withColumn("rank", F.row_number().over(in_time) - 1)
    found = ranked.join(F.broadcast(ranks), ["day", "rank"]).select("day", "rank", "place").collect()
    return plan.located({(row["day"], row["rank"]): row["place"] for row in found}), int(plan.counts.sum())


def _place() -> Column:
    """Microseconds of the event time; if only the hour is known, records keep their order within the object."""
    known = F.col("event_time_source") == "record"
    return F.unix_micros("event_time") + F.when(known, F.lit(0)).otherwise(F.col("position"))
