"""One batch of archive objects: decoded once, judged, freed of duplicates, written and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.archive.decode import DecodeRules
from driftwell.archive.duplicates import duplicate_positions, stored_nearby
from driftwell.archive.ledger import PlannedObject
from driftwell.archive.listing import readable_path
from driftwell.archive.records import decoded_records, judged, majority
from driftwell.arrow import set_arrow_batch
from driftwell.config import Settings
from driftwell.errors import StorageError
from driftwell.hadoop import path_exists, qualified
from driftwell.runs.run import Context
from driftwell.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset, save_dataset
from driftwell.times import now

KINDS = ("in", "good", "quarantined", "duplicate")


@dataclass(frozen=True)
class BatchCounts:
    """Records of a batch by object key and kind; in = good + quarantined + duplicate for each object.

    Attributes:
        by_object: object key -> kind -> records; an object without records is not there.
        vanished: objects that were deleted between plan and reading.
    """

    by_object: Mapping[str, Mapping[str, int]]
    vanished: frozenset[str]

    def total(self, kind: str) -> int:
        """Records of one kind in all objects."""
        return sum(counts[kind] for counts in self.by_object.values())

    def row(self, object_key: str) -> dict[str, Any]:
        """Columns of the ledger for one object."""
        counts = self.by_object.get(object_key, {})
        status = "failed" if object_key in self.vanished else "done"
        return {"status": status, **{f"records_{kind}": counts.get(kind, 0) for kind in KINDS}}


def read_batch(
    context: Context, dataset: Dataset, data_path: str, planned: list[PlannedObject], batch_id: str
) -> tuple[Dataset, BatchCounts]:
    """Read the planned objects into `embeddings`, `texts` and `quarantine`, each exactly once.

    Whatever an earlier attempt of the same batch has written stays, and is not written again.

    Returns:
        The dataset, which learns its width and model from its first batch, and the counts.
    """
    tables, progress = context.tables, context.progress
    set_arrow_batch(context.spark, None)
    decoded, vanished = _decoded(context, dataset, data_path, planned)
    # Kept on disk: read by the vote on the width, the counts, and three tables; decoding again would cost far more.
    decoded = decoded.persist(StorageLevel.DISK_ONLY)
    with progress.stage("decode objects"):
        dataset = _with_width_and_model(context, dataset, decoded)
    records = _columns(judged(decoded, dataset.dimension, dataset.model, dataset.role), dataset, batch_id)
    with progress.stage("find duplicates"):
        # Kept: the counts and two tables leave them out.
        repeated = _duplicates(context, records, dataset, batch_id).persist()
        counts = BatchCounts(_counts(records, repeated), vanished)
    good = records.where("reason is null").join(repeated, ["object_key", "position"], "left_anti")
    frames = {
        "embeddings": good,
        "texts": good.where("text is not null"),
        "quarantine": records.where("reason is not null"),
    }
    if not counts.total("quarantined") and tables.exists("quarantine"):
        del frames["quarantine"]  # the usual case: nothing to commit
    with progress.stage("write records"):
        side_by_side([partial(tables.append, name, frame, batch_id) for name, frame in frames.items()])
        _check_written(context, batch_id, counts.total("good"))
    repeated.unpersist()
    decoded.unpersist()
    return dataset, counts


def decode_rules(settings: Settings, dataset: str) -> DecodeRules:
    """How the decoder reads the objects of a dataset."""
    ingest = settings.ingest
    return DecodeRules(
        fields=settings.dataset(dataset).fields,
        store_text=ingest.store_text,
        max_object_bytes=ingest.max_object_mb << 20,
        max_lateness_days=ingest.max_lateness_days,
    )


def _decoded(
    context: Context, dataset: Dataset, data_path: str, planned: list[PlannedObject]
) -> tuple[DataFrame, frozenset[str]]:
    """Records of the planned objects that hold bytes, and the keys of those that are gone."""
    spark, rules = context.spark, decode_rules(context.settings, dataset.dataset)
    root = qualified(spark, data_path)
    paths = {p.object_key: readable_path(p.object_key, root) for p in planned if p.size}
    try:
        return decoded_records(spark, list(paths.values()), rules), frozenset()
    except StorageError:
        # Only now, because asking for each object is slow: which of them were deleted since they were planned?
        gone = frozenset(key for key, path in paths.items() if not path_exists(spark, path))
        if not gone:
            raise
        return decoded_records(spark, [path for key, path in paths.items() if key not in gone], rules), gone


def _with_width_and_model(context: Context, dataset: Dataset, decoded: DataFrame) -> Dataset:
    """A new dataset takes width and model of most records, unless they are configured.

    Saved before any record is: a replay must judge alike.
    """
    if dataset.created_at is not None and dataset.dimension is not None:
        return dataset
    dimension, model = majority(decoded)
    learned = replace(
        dataset,
        dimension=dataset.dimension or dimension,
        model=dataset.model or model,
        created_at=dataset.created_at or now(),
    )
    save_dataset(context.tables, learned)
    return learned


def _columns(records: DataFrame, dataset: Dataset, batch_id: str) -> DataFrame:
    """The columns of `embeddings`, `texts` and `quarantine` together."""
    return (
        records.withColumn("dataset", F.lit(dataset.dataset))
        .withColumn("batch_id", F.lit(batch_id))
        .withColumn("ingested_at", F.lit(now()))
        .withColumn("event_date", F.to_date("event_time"))
        .withColumn("vector_hash", F.when(~F.col("deleted"), F.xxhash64("embedding")))
        .withColumn("text_hash", F.when(F.col("text").isNotNull(), F.xxhash64("text")))
    )


def _duplicates(context: Context, records: DataFrame, dataset: Dataset, batch_id: str) -> DataFrame:
    good = records.where("reason is null")
    stored = context.tables.read("embeddings").where(F.col("dataset") == dataset.dataset)
    # What an earlier attempt of this very batch wrote is no duplicate of it.
    stored = stored.where(F.col("batch_id") != batch_id)
    if dataset.role == "prompts":
        stored = stored_nearby(stored, good)
    return duplicate_positions(good, stored, dataset.role)


def _counts(records: DataFrame, repeated: DataFrame) -> dict[str, dict[str, int]]:
    """Records by object and kind. What comes to the driver is a row per object of the batch."""
    found = records.groupBy("object_key").agg(
        F.count(F.lit(1)).alias("in"), F.count_if(F.col("reason").isNotNull()).alias("quarantined")
    )
    copies = repeated.groupBy("object_key").agg(F.count(F.lit(1)).alias("duplicate"))
    rows = found.join(copies, "object_key", "left").na.fill(0, ["duplicate"]).collect()
    return {
        row["object_key"]: {
            "in": row["in"],
            "good": row["in"] - row["quarantined"] - row["duplicate"],
            "quarantined": row["quarantined"],
            "duplicate": row["duplicate"],
        }
        for row in rows
    }


def _check_written(context: Context, batch_id: str, good: int) -> None:
    """The table's own count against the batch's: in = good + quarantined + duplicate must hold of what is stored."""
    stored = context.tables.read("embeddings").where(F.col("batch_id") == batch_id).count()
    if stored != good:
        raise RuntimeError(
            f"batch {batch_id}: {stored} records in embeddings, {good} were counted: do not trust this batch"
        )
