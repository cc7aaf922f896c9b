"""Rereading objects: which ones are selected, and which stored rows a reread replaces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from driftwell.archive.ledger import PlannedObject
from driftwell.spark.moments import moment

MOST_OBJECTS = 1_000
"""Maximum number of objects in a reread batch: the commits that replace their rows list each of them."""

PLACE = ["object_key", "position"]


@dataclass(frozen=True)
class Reread:
    """Which objects to reread: all conditions must hold; None is no condition.

    Attributes:
        reason: a record of the object was quarantined for this reason.
        prefix: the key starts with it, in full or relative to the archive.
        since: the object was last read at that time or later.
    """

    reason: str | None = None
    prefix: str | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        given = {"reason": self.reason, "prefix": self.prefix, "since": self.since}
        return " ".join(["--reread", *(f"--reread_{name} {value}" for name, value in given.items() if value)])


def asked_for(wanted: Reread, ledger: DataFrame, quarantine: DataFrame, root: str) -> DataFrame:
    """Keys of the objects of one archive that were read before and are to be reread.

    Args:
        ledger, quarantine: rows of `objects` and `quarantine` of one dataset. root: the archive, as in object keys.
    """
    read = ledger.where((F.col("status") == "done") & F.col("object_key").startswith(root + "/"))
    if wanted.prefix is not None:
        below = f"{root}/{wanted.prefix.lstrip('/')}"
        read = read.where(F.col("object_key").startswith(below) | F.col("object_key").startswith(wanted.prefix))
    if wanted.since is not None:
        read = read.where(F.col("planned_at") >= moment(wanted.since))
    if wanted.reason is not None:
        rejected = quarantine.where(F.col("reason") == wanted.reason).select("object_key", "batch_id")
        read = read.join(rejected, ["object_key", "batch_id"], "left_semi")
    return read.select("object_key").distinct()


def marked(ledger: DataFrame, keys: DataFrame, listed: DataFrame, asked_at: datetime) -> DataFrame:
    """The ledger with those of the objects that still exist marked as waiting, with their current size.

    Args:
        ledger: all rows of `objects` of one dataset. keys: the selected objects. listed: the objects in the archive.
    """
    there = listed.join(keys, "object_key", "left_semi").select(
        "object_key", F.col("size").alias("new_size"), F.col("modified_at").alias("new_modified_at")
    )
    both = ledger.join(there, "object_key", "left")
    chosen = F.col("new_size").isNotNull() & (F.col("status") == "done")
    return both.withColumns(
        {
            "size": F.when(chosen, F.col("new_size")).otherwise(F.col("size")),
            "modified_at": F.when(chosen, F.col("new_modified_at")).otherwise(F.col("modified_at")),
            "reread_asked_at": F.when(chosen, moment(asked_at)).otherwise(F.col("reread_asked_at")),
        }
    ).select(*ledger.columns)


@dataclass(frozen=True)
class FormerRows:
    """The rows that earlier reads of a batch's objects left in the tables.

    Attributes:
        dataset: of the objects. batch_id: of the reread; an interrupted attempt of it may have left rows too.
        former: batches that read them before. keys: the objects.
    """

    dataset: str
    batch_id: str
    former: Sequence[str]
    keys: Collection[str]

    @property
    def condition(self) -> str:
        """As SQL: the rows that the new ones replace; the new ones match it too."""
        return (
            f"dataset = '{self.dataset}' AND batch_id IN ({_texts([*self.former, self.batch_id])}) "
            f"AND object_key IN ({_texts(self.keys)})"
        )

    @property
    def _is_former(self) -> Column:
        batches = F.col("batch_id").isin(*self.former, self.batch_id)
        return batches & F.col("object_key").isin(*self.keys)

    def without(self, stored: DataFrame) -> DataFrame:
        """Stored rows without those that will be replaced."""
        return stored.where(~self._is_former)

    def with_first_ingest(self, good: DataFrame, stored: DataFrame) -> DataFrame:
        """Good records; those that were good before keep the time when they were first ingested.

        That time decides what a window knew: a reread object must not look like a new one.

        Args:
            good: records with the columns of `embeddings`. stored: rows of `embeddings`.
        """
        before = stored.where(self._is_former).select(
            *PLACE,
            F.col("record_id").alias("former_id"),
            F.col("vector_hash").alias("former_hash"),
            F.col("ingested_at").alias("former_time"),
        )
        is_same = F.col("former_id").eqNullSafe(F.col("record_id")) & F.col("former_hash").eqNullSafe(
            F.col("vector_hash")
        )
        time = F.when(is_same, F.col("former_time")).otherwise(F.col("ingested_at"))
        return good.join(before, PLACE, "left").withColumn("ingested_at", time)


def former_rows(dataset: str, batch_id: str, planned: Sequence[PlannedObject], keys: Collection[str]) -> FormerRows:
    """The rows that some of the planned objects left when they were read before."""
    former = sorted({one.former_batch_id for one in planned if one.former_batch_id})
    return FormerRows(dataset, batch_id, former, sorted(keys))


def _texts(values: Collection[str]) -> str:
    return ", ".join("'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" for value in sorted(values))
