"""The INGEST run: new archive objects become records, each object read once and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from pyspark.sql import functions as F

from driftwell.archive.ledger import (
    PlannedObject,
    ledger_row,
    new_objects,
    next_batch,
    planned_objects,
    watermark,
)
from driftwell.archive.listing import normalised, objects_under
from driftwell.config import DatasetSettings
from driftwell.errors import InputError, UsageError
from driftwell.hadoop import qualified
from driftwell.runs.batch import BatchCounts, read_batch
from driftwell.runs.run import Context, Question, digest, recorded
from driftwell.tables.datasets import Dataset, find_dataset


@dataclass(frozen=True)
class Ingested:
    """What one call of ingest did, over its batches.

    Attributes:
        run_ids: of its batches, in their order.
        objects, records_in, records_good, records_quarantined, records_duplicate: totals.
    """

    run_ids: list[str]
    objects: int = 0
    records_in: int = 0
    records_good: int = 0
    records_quarantined: int = 0
    records_duplicate: int = 0


def run_ingest(
    context: Context, name: str, role: str | None = None, data_path: str | None = None, relist: bool = False
) -> Ingested:
    """Read what is new in an archive into the tables.

    A batch that an earlier call planned and did not finish is read first, from its plan: nothing is added twice.

    Args:
        name: dataset. role: needed for a new dataset unless the configuration or the name gives it.
        data_path: the archive; None takes the configured one.
        relist: look at all objects again, not only at those dated since two days before the newest.

    Raises:
        UsageError: for a missing or contradicting role or path.
        InputError: when too large a share of the records was quarantined; what could be used is in the tables.
        StorageError: when the archive does not exist.
    """
    given = context.settings.dataset(name)
    path = data_path or given.data_path
    if path is None:
        raise UsageError(f"dataset {name!r}: no archive to read; give --data_path, or data_path in the configuration")
    dataset = _dataset(context, name, role, given)
    total = Ingested([])
    for question, planned in _batches(context, name, path, relist):
        dataset, found = _ingest_batch(context, dataset, path, question, planned)
        total = _plus(total, question.run_id, len(planned), found)
        context.progress.say(f"  {name}: {total.objects} objects, {total.records_in} records so far")
    _check_budget(total, name, context.settings.ingest.max_quarantine_share)
    return total


def _dataset(context: Context, name: str, role: str | None, given: DatasetSettings) -> Dataset:
    found = find_dataset(context.tables, name)
    if found is not None:
        if role and role != found.role:
            raise UsageError(f"dataset {name!r} has role {found.role}, not {role}: a dataset keeps its role")
        return found
    chosen = role or given.role
    if chosen is None:
        raise UsageError(f"dataset {name!r} is new: say --role prompts (questions) or --role reference (documents)")
    return Dataset(name, chosen, given.model, given.dimension, None, None, asdict(given))


def _batches(
    context: Context, name: str, data_path: str, relist: bool
) -> Iterator[tuple[Question, list[PlannedObject]]]:
    """Batches to read: unfinished ones as they were planned, then new ones, each planned when its turn comes."""
    tables, settings = context.tables, context.settings.ingest
    ledger = tables.read("objects").where(F.col("dataset") == name)
    unfinished = ledger.where("status = 'planned'")
    for row in unfinished.select("batch_id").distinct().orderBy("batch_id").collect():
        context.progress.begin()
        planned = planned_objects(unfinished.where(F.col("batch_id") == row["batch_id"]))
        yield _question(name, planned), planned
    context.progress.begin()
    with context.progress.stage("list objects"):
        root = normalised(qualified(context.spark, data_path))
        since = None if relist else watermark(ledger, root)
        listed = objects_under(context.spark, data_path, since, settings.error_prefix)
        # Kept: every batch takes its part of it.
        waiting = new_objects(listed, ledger).persist()
        left = waiting.count()
    context.progress.say(f"  {name}: {left} new objects")
    last = ""
    while planned := next_batch(waiting, last, settings.batch_objects, settings.batch_mb << 20):
        last = planned[-1].object_key
        question = _question(name, planned)
        rows = [ledger_row(p, dataset=name, batch_id=question.run_id, status="planned") for p in planned]
        tables.append("objects", tables.frame("objects", rows), question.run_id)
        yield question, planned
        context.progress.begin()
    waiting.unpersist()


def _question(name: str, planned: list[PlannedObject]) -> Question:
    """The identity of a batch: which objects of which size, in the order of their keys."""
    objects = sorted([p.object_key, p.size] for p in planned)
    return Question("ingest", name, {"objects": digest(objects)})


def _ingest_batch(
    context: Context, dataset: Dataset, data_path: str, question: Question, planned: list[PlannedObject]
) -> tuple[Dataset, BatchCounts]:
    """Read one batch and mark its objects done."""
    tables, batch_id = context.tables, question.run_id
    with recorded(context, question) as counts:
        dataset, found = read_batch(context, dataset, data_path, planned, batch_id)
        counts.records_in, counts.records_good = found.total("in"), found.total("good")
        counts.records_quarantined, counts.records_duplicate = found.total("quarantined"), found.total("duplicate")
    rows = [ledger_row(p, dataset=dataset.dataset, batch_id=batch_id, **found.row(p.object_key)) for p in planned]
    tables.replace("objects", tables.frame("objects", rows), f"batch_id = '{batch_id}'")
    return dataset, found


def _plus(total: Ingested, run_id: str, objects: int, found: BatchCounts) -> Ingested:
    return Ingested(
        [*total.run_ids, run_id],
        total.objects + objects,
        total.records_in + found.total("in"),
        total.records_good + found.total("good"),
        total.records_quarantined + found.total("quarantined"),
        total.records_duplicate + found.total("duplicate"),
    )


def _check_budget(total: Ingested, name: str, most: float) -> None:
    if total.records_in and total.records_quarantined > most * total.records_in:
        share = total.records_quarantined / total.records_in
        raise InputError(
            f"dataset {name!r}: {total.records_quarantined} of {total.records_in} records ({share:.1%}) were "
            f"quarantined, wanted at most {most:.1%} (max_quarantine_share); the others are stored, and the table "
            "quarantine says why"
        )
