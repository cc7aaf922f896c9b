"""The records of a run: a flow's window or a state at a moment, their fingerprint, and their two halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from driftwell.spark.moments import moment
from driftwell.times import from_micros, iso

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

HALF_HOUR = 1_800
"""Seconds; much longer than a burst of near-copies, which must not lie in both halves."""

NARROW = ("record_id", "event_time", "object_key", "position", "ingested_at", "batch_id")
"""The columns that identify records and their versions."""

BALANCED = (0.25, 0.75)
"""A fit half outside these shares was split by too few half hours or sessions."""


@dataclass(frozen=True)
class TimeWindow:
    """[start, end) in UTC; a state has no start.

    Attributes:
        known_at: only records ingested up to then; None for all. A profiled window is reread as it was known, without
            records that arrived later under an earlier time.
    """

    start: datetime | None
    end: datetime
    known_at: datetime | None = None

    def __str__(self) -> str:
        return f"{iso(self.start)} to {iso(self.end)}" if self.start else f"as of {iso(self.end)}"

    @property
    def length(self) -> float:
        """In days; infinite for a state."""
        return inf if self.start is None else (self.end - self.start) / DAY

    @property
    def hours(self) -> list[int] | None:
        """The hours of the day that a window shorter than a day covers; None for others."""
        if self.start is None or self.end - self.start >= DAY:
            return None
        hour, hours = self.start.replace(minute=0, second=0, microsecond=0), []
        while hour < self.end:
            hours.append(hour.hour)
            hour += HOUR
        return hours


@dataclass(frozen=True)
class WindowFacts:
    """What one column-pruned pass finds about the records of a window.

    Attributes:
        n: records.
        fit_by_key, fit_by_record: of these in the fit half, if split by the dataset's own key or by record_id.
        fingerprint: count and order-free hash of the records' identities.
        first, last: earliest and latest event time; None without records.
        known_at: the newest `ingested_at`; for a state including superseded records and tombstones.
    """

    n: int
    fit_by_key: int
    fit_by_record: int
    fingerprint: str
    first: datetime | None
    last: datetime | None
    known_at: datetime | None


def flow_between(embeddings: DataFrame, dataset: str, window: TimeWindow) -> DataFrame:
    """Prompts with an event time in the window."""
    kept = (F.col("dataset") == dataset) & ~F.col("deleted") & (F.col("event_time") < moment(window.end))
    kept &= (F.col("event_date") <= F.lit(window.end.date())) & _known(window)
    if window.start:
        kept &= (F.col("event_time") >= moment(window.start)) & (F.col("event_date") >= F.lit(window.start.date()))
    return embeddings.where(kept)


def state_at(embeddings: DataFrame, dataset: str, window: TimeWindow) -> DataFrame:
    """The reference as of the end of a window: per id the newest record before it, without deleted ids.

    Only narrow columns are shuffled to find superseded records; vectors stay in place.
    """
    gone = versions_at(embeddings, dataset, window).where("not is_counted").select("object_key", "position")
    return _versions(embeddings, dataset, window).join(gone, ["object_key", "position"], "left_anti")


def versions_at(embeddings: DataFrame, dataset: str, window: TimeWindow) -> DataFrame:
    """All versions and tombstones before the end, in narrow columns; those in the state are `is_counted`."""
    newest_first = Window.partitionBy("record_id").orderBy(
        F.desc("event_time"), F.desc("object_key"), F.desc("position")
    )
    narrow = _versions(embeddings, dataset, window).select(*NARROW, "deleted")
    return narrow.withColumn("is_counted", (F.row_number().over(newest_first) == 1) & ~F.col("deleted"))


def _versions(embeddings: DataFrame, dataset: str, window: TimeWindow) -> DataFrame:
    """All records of a dataset before the end of a window, including tombstones."""
    before = (F.col("event_time") < moment(window.end)) & (F.col("event_date") <= F.lit(window.end.date()))
    return embeddings.where((F.col("dataset") == dataset) & before & _known(window))


def _known(window: TimeWindow) -> Column:
    """Whether a record was there when the window was profiled; one without a time of ingest was."""
    if window.known_at is None:
        return F.lit(True)
    return F.col("ingested_at").isNull() | (F.col("ingested_at") <= moment(window.known_at))


def split_key(role: str, session_key: str | None) -> tuple[str, Column]:
    """The key that keeps records together in one half, by name and as a column.

    Records without a session id fall back to their half hour.
    """
    half_hour = F.floor(F.unix_seconds("event_time") / HALF_HOUR).cast("string")
    if role == "reference":
        return "record_id", F.col("record_id")
    if session_key:
        return "session", F.coalesce(F.try_element_at("metadata", F.lit(session_key)), half_hour)
    return "half_hour", half_hour


def in_fit_half(dataset: str, key: Column) -> Column:
    """Whether records belong to the fit half: the first hex digit of sha2-256(dataset ":" key) is below 8."""
    return F.sha2(F.concat(F.lit(f"{dataset}:"), key), 256) < F.lit("8")


def window_facts(records: DataFrame, dataset: str, key: Column) -> WindowFacts:
    """Count, fingerprint, halves and times of a window's records: one action, no vectors read.

    Args:
        records: with the columns `NARROW` and, if some are known but not in the window, `is_counted`.
    """
    counted = F.col("is_counted") if "is_counted" in records.columns else F.lit(True)
    # The batch too: an object reread with other settings may yield other records at the same positions.
    identity = F.xxhash64("record_id", "object_key", "position", "batch_id").cast("decimal(38,0)")
    time = F.when(counted, F.col("event_time"))
    row = records.agg(
        F.count_if(counted).alias("n"),
        F.count_if(counted & in_fit_half(dataset, key)).alias("fit_by_key"),
        F.count_if(counted & in_fit_half(dataset, F.col("record_id"))).alias("fit_by_record"),
        F.sum(F.when(counted, identity)).cast("string").alias("identity"),
        F.unix_micros(F.min(time)).alias("first"),
        F.unix_micros(F.max(time)).alias("last"),
        F.unix_micros(F.max("ingested_at")).alias("known_at"),
    ).first()
    assert row is not None  # an aggregate without groups always has one row
    return WindowFacts(
        n=row["n"],
        fit_by_key=row["fit_by_key"],
        fit_by_record=row["fit_by_record"],
        fingerprint=f"{row['n']}:{row['identity'] or 0}",
        first=from_micros(row["first"]),
        last=from_micros(row["last"]),
        known_at=from_micros(row["known_at"]),
    )


def distinct_contents(records: DataFrame) -> DataFrame:
    """One row per distinct content: records with equal vectors, or else equal texts, are one.

    Args:
        records: columns `vector_hash` and `text_hash`.
    """
    vectors = records.groupBy("vector_hash").agg(F.min("text_hash").alias("text_hash"))
    return vectors.select(F.coalesce("text_hash", "vector_hash").alias("content")).distinct()


def with_measures(records: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Records with a column `measures`: the numbers in some metadata keys, null for what is not a number."""
    found = F.array(*(F.try_element_at("metadata", F.lit(key)) for key in keys)).cast("array<string>")
    # A plain cast fails under ANSI for text that is not a number.
    return records.withColumn("measures", found).withColumn(
        "measures", F.expr("transform(measures, text -> try_cast(text AS DOUBLE))")
    )


def balanced(fit: int, n: int) -> bool:
    """Whether both halves are large enough: one to fit on, one to compare with."""
    return n > 0 and BALANCED[0] <= fit / n <= BALANCED[1]
