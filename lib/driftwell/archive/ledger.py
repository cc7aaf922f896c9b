"""The `objects` table as ledger: which objects are new, and which batch reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from driftwell.archive.listing import key_date
from driftwell.times import from_micros, now

LATE_DAYS = 2
"""Firehose delivers up to a day late, under the old hour: that many days before the newest are listed again."""


@dataclass(frozen=True)
class PlannedObject:
    """An object that a batch will read."""

    object_key: str
    size: int
    modified_at_micros: int | None


@dataclass(frozen=True)
class LedgerPosition:
    """How far an archive has been read.

    Attributes:
        unfinished: batches that were planned and not finished, with the time of their plan, in the order of their ids.
        watermark: two days before the newest date among the done objects; None before there are any.
        last_planned: the newest time of a plan; None before there is one.
    """

    unfinished: list[tuple[str, datetime | None]]
    watermark: date | None
    last_planned: datetime | None


def ledger_position(ledger: DataFrame, root: str) -> LedgerPosition:
    """Where reading goes on.

    Args:
        ledger: rows of `objects` of one dataset. root: the archive, written as in object keys.
    """
    done = (F.col("status") == "done") & F.col("object_key").startswith(root + "/")
    dated = key_date(F.substring("object_key", len(root) + 1, 1 << 20))
    planned_at = F.unix_micros("planned_at")
    batch = F.struct("batch_id", planned_at.alias("planned_at"))
    row = ledger.agg(
        F.collect_set(F.when(F.col("status") == "planned", batch)).alias("unfinished"),
        F.max(planned_at).alias("last_planned"),
        F.max(F.when(done, dated)).cast("string").alias("newest"),
    ).collect()[0]
    newest = row["newest"]
    return LedgerPosition(
        sorted((found["batch_id"], from_micros(found["planned_at"])) for found in row["unfinished"]),
        date.fromisoformat(newest) - timedelta(days=LATE_DAYS) if newest else None,
        from_micros(row["last_planned"]),
    )


def planned_after(last: datetime | None) -> datetime:
    """The time of a new plan: now, but later than the plan before, though another driver's clock may be ahead.

    What was ingested first has the earlier time, so that a profile can say what it knew.
    """
    return max(now(), last + timedelta(microseconds=1)) if last else now()


def new_objects(listed: DataFrame, ledger: DataFrame) -> DataFrame:
    """Listed objects that no batch has planned."""
    return listed.join(ledger.select("object_key"), "object_key", "left_anti")


def next_batch(objects: DataFrame, after: str, most_objects: int, most_bytes: int) -> list[PlannedObject]:
    """The next objects in the order of their keys, up to so many objects and bytes, but at least one if there are any.

    Only one batch comes to the driver, however many objects wait.
    """
    first = objects.where(F.col("object_key") > after).orderBy("object_key").limit(most_objects)
    before = Window.orderBy("object_key").rowsBetween(Window.unboundedPreceding, -1)
    sized = first.withColumn("bytes_before", F.coalesce(F.sum("size").over(before), F.lit(0)))
    taken = sized.where((F.col("bytes_before") == 0) | (F.col("bytes_before") + F.col("size") <= most_bytes))
    return planned_objects(taken.orderBy("object_key"))


def planned_objects(rows: DataFrame) -> list[PlannedObject]:
    """Rows with `object_key`, `size`, `modified_at` as plain values."""
    chosen = rows.select("object_key", "size", F.unix_micros("modified_at").alias("modified_at"))
    return [PlannedObject(row["object_key"], row["size"], row["modified_at"]) for row in chosen.collect()]


def ledger_row(planned: PlannedObject, **columns: Any) -> dict[str, Any]:
    """A row of `objects`."""
    return {
        "object_key": planned.object_key,
        "size": planned.size,
        "modified_at": from_micros(planned.modified_at_micros),
        **columns,
    }
