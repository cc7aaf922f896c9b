"""The INGEST run: new archive objects become records, each object read once and counted."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import functions as F

from driftwell.archive.delta_folders import DeltaFolders
from driftwell.archive.folders import Newest
from driftwell.archive.key_dates import KeyDates
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
from driftwell.config import DatasetSettings
from driftwell.errors import InputError, StorageError, UsageError
from driftwell.hadoop import at_home, path_exists, qualified
from driftwell.kept import kept
from driftwell.runs.batch import read_batch
from driftwell.runs.batch_counts import BatchCounts
from driftwell.runs.quality import over_budget
from driftwell.runs.run import Context, Question, digest, recorded
from driftwell.runs.told import Told, check_apart
from driftwell.tables.datasets import Dataset, find_dataset, remember_full_list
from driftwell.times import now


@dataclass(frozen=True)
class Ingested:
    """What one call of ingest did, over its batches.

    Attributes:
        run_ids: of its batches, in their order.
        objects, records_in, records_good, records_quarantined, records_duplicate: totals.
        told: what a person should know of it, a sentence each.
    """

    run_ids: list[str]
    objects: int = 0
    records_in: int = 0
    records_good: int = 0
    records_quarantined: int = 0
    records_duplicate: int = 0
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Batch:
    """Objects to read together; `is_repeated` where an earlier call planned them and ended early."""

    question: Question
    planned: list[PlannedObject]
    planned_at: datetime | None
    objects_left: int | None
    is_repeated: bool


def run_ingest(
    context: Context, name: str, role: str | None = None, data_path: str | None = None, relist: bool = False
) -> Ingested:
    """Read what is new in an archive into the tables.

    A batch that an earlier call planned and did not finish is read first, from its plan: nothing is added twice.

    Args:
        name: dataset. role: needed for a new dataset unless the configuration or the name gives it.
        data_path: the archive; None takes the configured one.
        relist: list the whole archive, old date folders too; that happens by itself once in `relist_days`.

    Raises:
        UsageError: for a missing or contradicting role or path, or an archive and tables that lie in each other.
        InputError: when too large a share of the records was quarantined; what could be used is in the tables.
        StorageError: when the archive does not exist, or none of its new objects could be read.
    """
    given = context.settings.dataset(name)
    path = at_home(data_path or given.data_path)
    if path is None:
        raise UsageError(f"dataset {name!r}: no archive to read; give --data_path, or data_path in the configuration")
    check_apart(normalised(qualified(context.spark, path)), normalised(context.tables.path))
    dataset = _dataset(context, name, role, given)
    total, told, failed = Ingested([]), Told(), 0
    with closing(_batches(context, dataset, path, relist, told)) as batches:
        for batch in batches:
            batch_id = batch.question.run_id
            call_id = [*total.run_ids, batch_id][0]
            dataset, found = _ingest_batch(context, dataset, path, batch, call_id)
            total = _plus(total, batch_id, len(batch.planned), found)
            failed += len(found.failed)
            told.batch(found)
            context.progress.say(f"  {name}: {total.objects} objects, {total.records_in} records so far")
    if failed and failed == total.objects:
        raise StorageError(f"dataset {name!r}: none of the {failed} new objects could be read; {told.sentences[-1]}")
    _check_budget(context, name, total)
    return replace(total, told=tuple(told.sentences))


def _dataset(context: Context, name: str, role: str | None, given: DatasetSettings) -> Dataset:
    found = find_dataset(context.tables, name)
    if found is not None:
        if role and role != found.role:
            raise UsageError(f"dataset {name!r} has role {found.role}, not {role}: a dataset keeps its role")
        _check_kept(found, given)
        return found
    chosen = role or given.role
    if chosen is None:
        raise UsageError(f"dataset {name!r} is new: say --role prompts (questions) or --role reference (documents)")
    return Dataset(name, chosen, given.model, given.dimension, None, None, asdict(given))


def _check_kept(found: Dataset, given: DatasetSettings) -> None:
    """A dataset keeps its dimension and its model: records of another would not be comparable."""
    for what, has, wanted in (
        ("dimension", found.dimension, given.dimension),
        ("model", found.model, given.model),
    ):
        if has is not None and wanted is not None and has != wanted:
            raise InputError(
                f"dataset {found.dataset!r} has {what} {has}, the configuration says {wanted}: a dataset keeps its "
                f"{what}; correct the configuration, or ingest into a dataset of another name"
            )


def _batches(context: Context, dataset: Dataset, data_path: str, relist: bool, told: Told) -> Generator[_Batch]:
    """Batches to read: unfinished ones as they were planned, then new ones, each planned when its turn comes."""
    tables, settings, name = context.tables, context.settings.ingest, dataset.dataset
    ledger = tables.read("objects").where(F.col("dataset") == name)
    root = normalised(qualified(context.spark, data_path))
    begun = now()
    dates = KeyDates.read_at(begun, context.settings.dataset(name).key_pattern)
    position = ledger_position(ledger, root, dates.latest)
    for batch_id, planned_at, objects_left in position.unfinished:
        context.progress.begin()
        planned = planned_objects(ledger.where((F.col("status") == "planned") & (F.col("batch_id") == batch_id)))
        yield _Batch(_question(name, planned), planned, planned_at, objects_left, is_repeated=True)
    context.progress.begin()
    newest = None if relist else _newest_to_go_by(position, dataset.full_lists.get(root), begun, settings.relist_days)
    with ExitStack() as ended:
        with context.progress.stage("list objects"):
            chosen = newest_folders(context.spark, data_path, newest, dates) if newest else None
            listed = objects_under(context.spark, data_path, chosen.paths if chosen else None, settings.error_prefix)
            # Kept: every batch takes its part of it.
            unread = ended.enter_context(kept(unread_objects(listed, ledger)))
            left, changed = unread.agg(F.count_if("is_new"), F.count_if(~F.col("is_new"))).collect()[0]
        context.progress.say(f"  {name}: {left} new objects")
        told.listing(chosen.left_out if chosen else 0, changed, settings.relist_days)
        waiting = unread.where("is_new")
        foreign = DeltaFolders(
            root, lambda folder: path_exists(context.spark, f"{readable_path(folder, data_path)}/_delta_log")
        )
        last, planned_at = "", position.last_planned
        while left and (planned := next_batch(waiting, last, settings.batch_objects, settings.batch_mb << 20)):
            if found := foreign.holding(one.object_key for one in planned):
                waiting = without_folders(waiting, found)
                rest = waiting.where(F.col("object_key") > last).count()
                told.tables(found, left - rest, root)
                left = rest
                continue
            last, left = planned[-1].object_key, left - len(planned)
            question = _question(name, planned)
            planned_at = planned_after(planned_at)
            batch = _Batch(question, planned, planned_at, left, is_repeated=False)
            rows = [ledger_row(p, dates, **_columns(name, batch), status="planned") for p in planned]
            tables.append("objects", tables.frame("objects", rows))
            yield batch
            context.progress.begin()
    if newest is None:
        remember_full_list(tables, name, root, begun)


def _newest_to_go_by(
    position: LedgerPosition, listed_at: str | None, begun: datetime, relist_days: float
) -> Newest | None:
    """The dates by which older folders may be left out; None where the whole archive has to be listed.

    It has to when that never came to its end, or is due again, and after a call that ended before it had planned all
    that it had listed.
    """
    if listed_at is None:
        return None
    listed = datetime.fromisoformat(listed_at)
    if begun - listed >= timedelta(days=relist_days) or (position.interrupted_at or listed) > listed:
        return None
    return position.newest


def _question(name: str, planned: list[PlannedObject]) -> Question:
    """The identity of a batch: which objects of which size, in the order of their keys."""
    objects = sorted([p.object_key, p.size] for p in planned)
    return Question("ingest", name, {"objects": digest(objects)})


def _ingest_batch(
    context: Context, dataset: Dataset, data_path: str, batch: _Batch, call_id: str
) -> tuple[Dataset, BatchCounts]:
    """Read one batch and mark its objects done."""
    tables, planned, batch_id = context.tables, batch.planned, batch.question.run_id
    with recorded(context, batch.question, is_repeated=batch.is_repeated) as counts:
        dataset, found = read_batch(context, dataset, data_path, planned, batch_id, batch.planned_at, batch.is_repeated)
        counts.records_in, counts.records_good = found.total("in"), found.total("good")
        counts.records_quarantined, counts.records_duplicate = found.total("quarantined"), found.total("duplicate")
        counts.call_id = call_id
        most = context.settings.ingest.max_quarantine_share
        counts.tell(over_budget(found.total("quarantined"), found.total("in"), most))
        counts.tell(found.repetitions())
        counts.tell(found.models)
        counts.tell(found.dated_by_object())
        counts.tell(found.unread())
    dates = KeyDates.read_at(batch.planned_at or now(), context.settings.dataset(dataset.dataset).key_pattern)
    columns = _columns(dataset.dataset, batch)
    rows = [ledger_row(p, dates, **columns, **found.row(p.object_key)) for p in planned]
    tables.replace("objects", tables.frame("objects", rows), f"batch_id = '{batch_id}'")
    return dataset, found


def _columns(name: str, batch: _Batch) -> dict[str, Any]:
    """What the rows of the ledger of one batch have in common."""
    return {
        "dataset": name,
        "batch_id": batch.question.run_id,
        "planned_at": batch.planned_at,
        "objects_left": batch.objects_left,
    }


def _plus(total: Ingested, run_id: str, objects: int, found: BatchCounts) -> Ingested:
    return Ingested(
        [*total.run_ids, run_id],
        total.objects + objects,
        total.records_in + found.total("in"),
        total.records_good + found.total("good"),
        total.records_quarantined + found.total("quarantined"),
        total.records_duplicate + found.total("duplicate"),
    )


def _check_budget(context: Context, name: str, total: Ingested) -> None:
    """Refuse a call over the quarantine budget, and one that finds nothing new after such a call."""
    records, quarantined = total.records_in, total.records_quarantined
    if not total.run_ids:
        records, quarantined = _counts_of_last_call(context, name)
    message = over_budget(quarantined, records, context.settings.ingest.max_quarantine_share)
    if message:
        raise InputError(f"dataset {name!r}: {message}; the others are stored, and the table quarantine says why")


def _counts_of_last_call(context: Context, name: str) -> tuple[int, int]:
    """Records, and those quarantined, of the newest call that read anything."""
    runs = context.tables.read("runs").where((F.col("dataset") == name) & (F.col("job") == "ingest"))
    of_calls = runs.where("status = 'done'").groupBy("call_id")
    sums = of_calls.agg(
        F.max("finished_at").alias("finished_at"),
        F.sum("records_in").alias("records"),
        F.sum("records_quarantined").alias("quarantined"),
    )
    row = sums.orderBy(F.desc("finished_at")).select("records", "quarantined").first()
    return (row["records"], row["quarantined"]) if row else (0, 0)
