"""Which objects an ingest call reads, in batches: each batch is written to the ledger before it is read."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.archive.delta_folders import DeltaFolders
from driftwell.archive.folders import Newest
from driftwell.archive.ledger import (
    LedgerPosition,
    PlannedObject,
    ledger_position,
    ledger_row,
    next_batch,
    planned_after,
    planned_objects,
    unread_objects,
)
from driftwell.archive.listing import newest_folders, normalised, objects_under, readable_path, without_folders
from driftwell.archive.reread import MOST_OBJECTS, Reread, asked_for, marked
from driftwell.config import IngestSettings
from driftwell.runs.notes import Notes
from driftwell.runs.reading import Reading
from driftwell.runs.run import Context, Question, digest
from driftwell.spark.kept import kept
from driftwell.spark.paths import path_exists, qualified
from driftwell.tables.datasets import Dataset, remember_full_list, save_dataset
from driftwell.times import now


@dataclass(frozen=True)
class Batch:
    """Objects to read together; `is_repeated` if an earlier call planned them and ended early."""

    question: Question
    planned: list[PlannedObject]
    planned_at: datetime | None
    objects_left: int | None
    is_repeated: bool

    @property
    def columns(self) -> dict[str, Any]:
        """Columns that all its ledger rows share."""
        return {
            "dataset": self.question.dataset,
            "batch_id": self.question.run_id,
            "planned_at": self.planned_at,
            "objects_left": self.objects_left,
        }


class Plan:
    """The batches of one call: those an earlier call did not finish, then objects to reread, then new ones."""

    def __init__(self, context: Context, dataset: Dataset, data_path: str, reading: Reading, notes: Notes) -> None:
        """Nothing is listed until the first of `batches` is requested.

        `dataset` is as it is known now: it may change while batches are planned, and by those that are read.
        """
        self._context, self.dataset, self._data_path, self._notes = context, dataset, data_path, notes
        self._name = dataset.dataset
        self._root = normalised(qualified(context.spark, data_path))
        self._begun = now()
        self._reading = reading
        self._dates = reading.key_dates(self._begun)
        self._last_planned: datetime | None = None

    def batches(self, relist: bool, reread: Reread | None) -> Generator[Batch]:
        """Batches to read; each is planned once the previous one has been read.

        Args:
            relist: list the whole archive, whatever was read before. reread: which objects to reread.
        """
        context, settings = self._context, self._reading.settings
        now_read = self._reading.stored
        position = ledger_position(self._ledger(), self._root, self._dates.latest, now_read)
        self._last_planned = position.last_planned
        yield from self._unfinished(position)
        newest = None
        if not relist and reread is None:
            newest = _newest_to_go_by(position, self.dataset.full_lists.get(self._root), self._begun, settings)
        if reread is None and (newest is None or position.last_reading != now_read):
            self._notes.read_otherwise(position.read_otherwise, position.last_other, now_read)
        with ExitStack() as ended:
            with context.progress.stage("list objects"):
                listed, left_out = self._listed(newest)
                if reread is not None:
                    listed = ended.enter_context(kept(listed))  # objects to reread and new ones are parts of it
                    self._ask(reread, listed)
            if reread is not None or position.asked:
                yield from self._again()
            yield from self._new(listed, left_out, ended)
        if newest is None:
            remember_full_list(context.tables, self._name, self._root, self._begun)

    def _ledger(self) -> DataFrame:
        return self._context.tables.read("objects").where(F.col("dataset") == self._name)

    def _unfinished(self, position: LedgerPosition) -> Iterator[Batch]:
        for batch_id, planned_at, objects_left in position.unfinished:
            self._context.progress.begin()
            of_batch = (F.col("status") == "planned") & (F.col("batch_id") == batch_id)
            planned = planned_objects(self._ledger().where(of_batch))
            yield Batch(_question(self._name, planned), planned, planned_at, objects_left, is_repeated=True)
        self._context.progress.begin()

    def _listed(self, newest: Newest | None) -> tuple[DataFrame, int]:
        """The objects in the archive, and how many older date folders were left out."""
        spark, settings = self._context.spark, self._reading.settings
        chosen = newest_folders(spark, self._data_path, newest, self._dates) if newest else None
        paths = chosen.paths if chosen else None
        return objects_under(spark, self._data_path, paths, settings.error_prefix), chosen.left_out if chosen else 0

    def _ask(self, wanted: Reread, listed: DataFrame) -> None:
        """Mark in the ledger what is to be reread, so that the next call continues if this one ends early."""
        tables, ledger = self._context.tables, self._ledger()
        keys = asked_for(wanted, ledger, tables.read("quarantine").where(F.col("dataset") == self._name), self._root)
        asked = keys.count()
        if asked:
            tables.replace("objects", marked(ledger, keys, listed, self._begun), f"dataset = '{self._name}'")
        waiting = self._waiting().count() if asked else 0
        self._notes.reread(wanted, waiting, asked - waiting)
        if waiting and self._is_everything(waiting):
            self._relearn()

    def _is_everything(self, waiting: int) -> bool:
        """Whether all objects read so far are to be reread, and no baseline was made of them."""
        return self.dataset.active_baseline_id is None and waiting == self._ledger().where("status = 'done'").count()

    def _relearn(self) -> None:
        """Let the dataset take width and model from the reread objects, as it did from its first batch."""
        given = self._reading.of_dataset
        self.dataset = replace(self.dataset, dimension=given.dimension, model=given.model)
        save_dataset(self._context.tables, self.dataset)

    def _waiting(self) -> DataFrame:
        waiting = self._ledger().where(F.col("reread_asked_at").isNotNull())
        return waiting.select("object_key", "size", "modified_at", F.col("batch_id").alias("former_batch_id"))

    def _again(self) -> Iterator[Batch]:
        settings, last = self._reading.settings, ""
        most = min(settings.batch_objects, MOST_OBJECTS)
        while planned := next_batch(self._waiting(), last, most, settings.batch_mb << 20):
            last = planned[-1].object_key
            yield from self._planned(planned, None)

    def _new(self, listed: DataFrame, left_out: int, ended: ExitStack) -> Iterator[Batch]:
        context, settings, notes = self._context, self._reading.settings, self._notes
        with context.progress.stage("list objects"):
            # Kept: every batch takes a part of it.
            unread = ended.enter_context(kept(unread_objects(listed, self._ledger())))
            left, changed = unread.agg(F.count_if("is_new"), F.count_if(~F.col("is_new"))).collect()[0]
        context.progress.say(f"  {self._name}: {left} new objects")
        notes.listing(left_out, changed, settings.relist_days)
        waiting, last = unread.where("is_new"), ""
        foreign = DeltaFolders(self._root, self._is_table)
        while left and (planned := next_batch(waiting, last, settings.batch_objects, settings.batch_mb << 20)):
            if found := foreign.holding(one.object_key for one in planned):
                waiting = without_folders(waiting, found)
                rest = waiting.where(F.col("object_key") > last).count()
                notes.tables(found, left - rest, self._root)
                left = rest
                continue
            last, left = planned[-1].object_key, left - len(planned)
            yield from self._planned(planned, left)

    def _is_table(self, folder: str) -> bool:
        return path_exists(self._context.spark, f"{readable_path(folder, self._data_path)}/_delta_log")

    def _planned(self, planned: list[PlannedObject], left: int | None) -> Iterator[Batch]:
        """A batch, after it was written to the ledger."""
        tables = self._context.tables
        self._last_planned = planned_after(self._last_planned)
        batch = Batch(_question(self._name, planned), planned, self._last_planned, left, is_repeated=False)
        rows = [ledger_row(one, self._dates, **batch.columns, status="planned") for one in planned]
        tables.append("objects", tables.frame("objects", rows))
        yield batch
        self._context.progress.begin()


def _newest_to_go_by(
    position: LedgerPosition, listed_at: str | None, begun: datetime, settings: IngestSettings
) -> Newest | None:
    """The newest dates read, before which folders may be left out; None if the whole archive must be listed.

    It must if a whole listing never finished or is due again, and after a call that ended before it had planned all
    that it had listed.
    """
    if listed_at is None:
        return None
    listed = datetime.fromisoformat(listed_at)
    is_due = begun - listed >= timedelta(days=settings.relist_days)
    if is_due or (position.interrupted_at or listed) > listed:
        return None
    return position.newest


def _question(name: str, planned: list[PlannedObject]) -> Question:
    """The identity of a batch: its objects' keys and sizes, in key order, and the batches that read them before."""
    objects = sorted([one.object_key, one.size] for one in planned)
    former = sorted({one.former_batch_id for one in planned if one.former_batch_id})
    return Question("ingest", name, {"objects": digest(objects)} | ({"former": digest(former)} if former else {}))
