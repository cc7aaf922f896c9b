"""The INGEST run: new archive objects become records; each object is read once and counted."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass, replace

from pyspark.sql import functions as F

from driftwell.archive.ledger import ledger_row
from driftwell.archive.listing import normalised
from driftwell.archive.reread import Reread, former_rows
from driftwell.config import DatasetSettings
from driftwell.errors import InputError, StorageError, UsageError
from driftwell.runs.batch_counts import BatchCounts
from driftwell.runs.ingest_batch import read_batch
from driftwell.runs.ingest_plan import Batch, Plan
from driftwell.runs.notes import Notes, check_apart
from driftwell.runs.quality import over_budget
from driftwell.runs.reading import Reading, reading_of
from driftwell.runs.run import Context, recorded
from driftwell.spark.paths import at_home, check_readable_names, qualified
from driftwell.tables.datasets import Dataset, find_dataset
from driftwell.times import now


@dataclass(frozen=True)
class Ingested:
    """What one call of ingest did, over its batches.

    Attributes:
        run_ids: of its batches, in their order.
        objects, records_in, records_good, records_quarantined, records_duplicate: totals.
        objects_again: objects that had been read before.
        notes: what the user should know, one sentence each.
    """

    run_ids: list[str]
    objects: int = 0
    records_in: int = 0
    records_good: int = 0
    records_quarantined: int = 0
    records_duplicate: int = 0
    objects_again: int = 0
    notes: tuple[str, ...] = ()


def run_ingest(
    context: Context,
    name: str,
    role: str | None = None,
    data_path: str | None = None,
    relist: bool = False,
    reread: Reread | None = None,
) -> Ingested:
    """Read what is new in an archive into the tables.

    A batch that an earlier call planned but did not finish is read first, from its plan: nothing is added twice.

    Args:
        name: dataset. role: required for a new dataset unless the configuration or the name gives it.
        data_path: the archive; None means the configured one.
        relist: list the whole archive, including old date folders, as happens anyway every `relist_days`.
        reread: objects to reread with the present settings; their new records replace the former ones.

    Raises:
        UsageError: for a missing or contradictory role or path, or if one of archive and tables contains the other.
        InputError: if too large a share of the records was quarantined; usable records are in the tables.
        StorageError: if the archive does not exist, or none of its new objects could be read.
    """
    reading = reading_of(context.settings, name)
    path = at_home(data_path or reading.of_dataset.data_path)
    if path is None:
        raise UsageError(f"dataset {name!r}: no archive to read; pass --data_path or configure data_path")
    check_readable_names(context.spark, qualified(context.spark, path))
    check_apart(normalised(qualified(context.spark, path)), normalised(context.tables.path))
    dataset = _dataset(context, name, role, reading.of_dataset)
    total, notes, failed = Ingested([]), Notes(), 0
    plan = Plan(context, dataset, path, reading, notes)
    with closing(plan.batches(relist, reread)) as batches:
        for batch in batches:
            batch_id = batch.question.run_id
            call_id = [*total.run_ids, batch_id][0]
            plan.dataset, found = _ingest_batch(context, plan.dataset, path, reading, batch, call_id)
            total = _plus(total, batch, found)
            failed += len(found.failed)
            notes.batch(found)
            context.progress.say(f"  {name}: {total.objects} objects, {total.records_in} records so far")
    if failed and failed == total.objects:
        raise StorageError(f"dataset {name!r}: none of the {failed} new objects could be read; {notes.sentences[-1]}")
    _check_budget(context, name, reading.settings.max_quarantine_share, total, notes)
    return replace(total, notes=tuple(notes.sentences))


def _dataset(context: Context, name: str, role: str | None, given: DatasetSettings) -> Dataset:
    found = find_dataset(context.tables, name)
    if found is not None:
        if role and role != found.role:
            raise UsageError(f"dataset {name!r} has role {found.role}, not {role}: a dataset keeps its role")
        _check_kept(found, given)
        return found
    chosen = role or given.role
    if chosen is None:
        raise UsageError(f"dataset {name!r} is new: pass --role prompts (questions) or --role reference (documents)")
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


def _ingest_batch(
    context: Context, dataset: Dataset, data_path: str, reading: Reading, batch: Batch, call_id: str
) -> tuple[Dataset, BatchCounts]:
    """Read one batch and mark its objects done."""
    with recorded(context, batch.question, is_repeated=batch.is_repeated) as counts:
        dataset, found = read_batch(context, dataset, data_path, reading, batch)
        counts.records_in, counts.records_good = found.total("in"), found.total("good")
        counts.records_quarantined, counts.records_duplicate = found.total("quarantined"), found.total("duplicate")
        counts.call_id = call_id
        most = reading.settings.max_quarantine_share
        counts.note(over_budget(found.total("quarantined"), found.total("in"), most))
        counts.note(found.repetitions())
        counts.note(found.models)
        counts.note(found.dated_by_object())
        counts.note(found.unread())
    _mark_done(context, reading, batch, found)
    return dataset, found


def _mark_done(context: Context, reading: Reading, batch: Batch, found: BatchCounts) -> None:
    """Replace each object's planned row by its result; an object that could not be reread keeps its former row."""
    tables, planned, name = context.tables, batch.planned, batch.question.dataset
    dates, read_with = reading.key_dates(batch.planned_at or now()), {"reading": reading.stored}
    lost = [one.object_key for one in planned if one.former_batch_id and one.object_key in found.failed]
    rows = [
        ledger_row(one, dates, **batch.columns, **read_with, **found.row(one.object_key))
        for one in planned
        if one.object_key not in lost
    ]
    written, condition = tables.frame("objects", rows), f"batch_id = '{batch.question.run_id}'"
    former = former_rows(name, batch.question.run_id, planned, [one.object_key for one in planned])
    if former.former:
        condition = former.condition
        kept_rows = tables.read("objects").where(F.col("dataset") == name)
        kept_rows = kept_rows.where(F.col("object_key").isin(lost) & F.col("batch_id").isin(former.former))
        written = written.unionByName(kept_rows.withColumn("reread_asked_at", F.lit(None).cast("timestamp")))
    tables.replace("objects", written, condition)


def _plus(total: Ingested, batch: Batch, found: BatchCounts) -> Ingested:
    return Ingested(
        [*total.run_ids, batch.question.run_id],
        total.objects + len(batch.planned),
        total.records_in + found.total("in"),
        total.records_good + found.total("good"),
        total.records_quarantined + found.total("quarantined"),
        total.records_duplicate + found.total("duplicate"),
        total.objects_again + sum(one.former_batch_id is not None for one in batch.planned),
    )


def _check_budget(context: Context, name: str, most: float, total: Ingested, notes: Notes) -> None:
    """Refuse a call over the quarantine budget, and a call that finds nothing new after one."""
    records, quarantined = total.records_in, total.records_quarantined
    if not total.run_ids:
        records, quarantined = _counts_of_last_call(context, name)
    message = over_budget(quarantined, records, most)
    if message:
        raise InputError(
            f"dataset {name!r}: {message}; the others are stored, the table quarantine has the reasons; after a "
            "correction " + "; ".join(["reread them with --reread", *notes.sentences])
        )


def _counts_of_last_call(context: Context, name: str) -> tuple[int, int]:
    """Records and quarantined records of the newest call that read anything."""
    runs = context.tables.read("runs").where((F.col("dataset") == name) & (F.col("job") == "ingest"))
    of_calls = runs.where("status = 'done'").groupBy("call_id")
    sums = of_calls.agg(
        F.max("finished_at").alias("finished_at"),
        F.sum("records_in").alias("records"),
        F.sum("records_quarantined").alias("quarantined"),
    )
    row = sums.orderBy(F.desc("finished_at")).select("records", "quarantined").first()
    return (row["records"], row["quarantined"]) if row else (0, 0)
