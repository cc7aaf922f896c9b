"""The `objects` table as ledger: which objects are new, and which batch reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from driftwell.archive.folders import Newest
from driftwell.archive.key_dates import KeyDates
from driftwell.times import from_micros, now

MOST_PLACES = 5_000
"""Roots and layouts of date folders that are tracked; if there are more, the whole archive is listed each time."""


@dataclass(frozen=True)
class PlannedObject:
    """An object that a batch will read; on a reread, `former_batch_id` is the batch that read it before."""

    object_key: str
    size: int
    modified_at_micros: int | None
    former_batch_id: str | None = None


@dataclass(frozen=True)
class LedgerPosition:
    """How far an archive has been read.

    Attributes:
        unfinished: batches that were planned but not finished, with the time of their plan and
            how many objects it left for later batches, ordered by id.
        newest: dates up to which it was read; None if there are more than `MOST_PLACES` places of date folders.
        last_planned: the newest time of a plan; None before the first.
        interrupted_at: when the newest plan for this archive was made, if its call ended before all was planned.
        asked: objects that wait for a reread.
        read_otherwise: objects that were read with settings other than the current ones.
        last_reading, last_other: the settings that the newest object, and the newest of those, was read with.
    """

    unfinished: list[tuple[str, datetime | None, int | None]]
    newest: Newest | None
    last_planned: datetime | None
    interrupted_at: datetime | None
    asked: int
    read_otherwise: int
    last_reading: str | None
    last_other: str | None


def ledger_position(ledger: DataFrame, root: str, latest: date, reading: str) -> LedgerPosition:
    """Where reading resumes.

    Args:
        ledger: rows of `objects` of one dataset. root: the archive, written as in object keys.
        latest: later dates in keys are ignored.
        reading: the current read settings, as in `objects.reading`.
    """
    here = F.col("object_key").startswith(root + "/")
    is_done = F.col("status") == "done"
    is_first_time = F.col("former_batch_id").isNull()  # a reread lists nothing
    read = is_done & F.col("date_root").startswith(root + "/") & (F.col("key_date") <= F.lit(latest))
    is_other = here & is_done & (F.col("reading") != F.lit(reading))
    planned_at = F.unix_micros("planned_at")
    batch = F.struct("batch_id", planned_at.alias("planned_at"), "objects_left")
    read_with = F.struct(planned_at.alias("at"), "reading")
    places = ledger.groupBy("date_root", "date_layout").agg(
        F.collect_set(F.when(F.col("status") == "planned", batch)).alias("unfinished"),
        F.max(planned_at).alias("last_planned"),
        F.max(F.when(here & is_first_time, F.struct(planned_at.alias("at"), "objects_left"))).alias("last"),
        F.max(F.when(read, F.col("key_date"))).cast("string").alias("newest"),
        F.count_if(here & F.col("reread_asked_at").isNotNull()).alias("asked"),
        F.count_if(is_other).alias("others"),
        F.max(F.when(here & is_done, read_with)).alias("last_reading"),
        F.max(F.when(is_other, read_with)).alias("last_other"),
    )
    place = F.when(F.col("newest").isNotNull(), F.struct("date_root", "date_layout", "newest"))
    row = places.agg(
        F.flatten(F.collect_list("unfinished")).alias("unfinished"),
        F.max("last_planned").alias("last_planned"),
        F.max("last").alias("last"),
        F.slice(F.collect_list(place), 1, MOST_PLACES + 1).alias("places"),
        F.sum("asked").alias("asked"),
        F.sum("others").alias("others"),
        F.max("last_reading").alias("last_reading"),
        F.max("last_other").alias("last_other"),
    ).collect()[0]
    newest = {
        (found["date_root"], found["date_layout"]): date.fromisoformat(found["newest"]) for found in row["places"]
    }
    last = row["last"]
    return LedgerPosition(
        sorted(
            {(one["batch_id"], from_micros(one["planned_at"]), one["objects_left"]) for one in row["unfinished"] or ()},
            key=lambda batch: batch[0],
        ),
        Newest(newest) if len(newest) <= MOST_PLACES else None,
        from_micros(row["last_planned"]),
        from_micros(last["at"]) if last and last["objects_left"] else None,
        asked=row["asked"] or 0,
        read_otherwise=row["others"] or 0,
        last_reading=row["last_reading"]["reading"] if row["last_reading"] else None,
        last_other=row["last_other"]["reading"] if row["last_other"] else None,
    )


def planned_after(last: datetime | None) -> datetime:
    """The time of a new plan: now, but later than the previous plan even if another driver's clock is ahead.

    What was ingested first has the earlier time, so that a profile can record what it knew.
    """
    return max(now(), last + timedelta(microseconds=1)) if last else now()


def unread_objects(listed: DataFrame, ledger: DataFrame) -> DataFrame:
    """Listed objects that no batch has read or will read, and those rewritten since (`is_new` false).

    A listed object that earlier could not be read, or had vanished, counts as new.
    """
    # An object being reread has two rows: one from the earlier read, one planned.
    known = ledger.where("status = 'done' OR status = 'planned' AND former_batch_id IS NULL").select(
        "object_key", F.col("size").alias("known_size"), F.col("modified_at").alias("known_at")
    )
    is_changed = F.coalesce(
        (F.col("size") != F.col("known_size")) | (F.col("modified_at") > F.col("known_at")), F.lit(False)
    )
    is_new = F.col("known_size").isNull()
    compared = listed.join(known, "object_key", "left").withColumn("is_new", is_new)
    return compared.where(is_new | is_changed).select("object_key", "size", "modified_at", "is_new")


def next_batch(objects: DataFrame, after: str, most_objects: int, most_bytes: int) -> list[PlannedObject]:
    """The next objects in key order, up to a number of objects and bytes, but at least one if there are any.

    Only one batch is collected to the driver, however many objects wait.
    """
    first = objects.where(F.col("object_key") > after).orderBy("object_key").limit(most_objects)
    before = Window.orderBy("object_key").rowsBetween(Window.unboundedPreceding, -1)
    sized = first.withColumn("bytes_before", F.coalesce(F.sum("size").over(before), F.lit(0)))
    taken = sized.where((F.col("bytes_before") == 0) | (F.col("bytes_before") + F.col("size") <= most_bytes))
    return planned_objects(taken.orderBy("object_key"))


def planned_objects(rows: DataFrame) -> list[PlannedObject]:
    """Rows with `object_key`, `size`, `modified_at`, and optionally `former_batch_id`, as plain values."""
    former = F.col("former_batch_id") if "former_batch_id" in rows.columns else F.lit(None).cast("string")
    chosen = rows.select("object_key", "size", F.unix_micros("modified_at"), former)
    return [PlannedObject(*row) for row in chosen.collect()]


def ledger_row(planned: PlannedObject, dates: KeyDates, **columns: Any) -> dict[str, Any]:
    """A row of `objects`."""
    found = dates.find(planned.object_key)
    in_folders = found is not None and found.layout
    return {
        "object_key": planned.object_key,
        "size": planned.size,
        "modified_at": from_micros(planned.modified_at_micros),
        "former_batch_id": planned.former_batch_id,
        "key_date": found.day if found else None,
        "date_root": found.root if found and in_folders else None,
        "date_layout": found.layout if found and in_folders else None,
        **columns,
    }
