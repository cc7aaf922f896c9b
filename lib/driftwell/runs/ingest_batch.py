"""One batch of archive objects: decoded once, checked, deduplicated, written and counted."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.archive.decode import DecodeRules
from driftwell.archive.duplicates import known_records, stored_nearby
from driftwell.archive.event_time import arrival_of
from driftwell.archive.ledger import PlannedObject
from driftwell.archive.listing import readable_path
from driftwell.archive.records import checked, decoded_records, majority, with_refused
from driftwell.archive.reread import former_rows
from driftwell.archive.unread import may_be_an_objects, too_large, unreadable
from driftwell.errors import StorageError
from driftwell.runs.batch_counts import BatchCounts
from driftwell.runs.batch_models import Models
from driftwell.runs.ingest_plan import Batch
from driftwell.runs.reading import Reading
from driftwell.runs.run import Context
from driftwell.spark.arrow import reading_objects
from driftwell.spark.kept import ON_DISK, kept
from driftwell.spark.moments import moment
from driftwell.spark.paths import qualified
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset, save_dataset
from driftwell.times import from_micros, now


def read_batch(
    context: Context, dataset: Dataset, data_path: str, reading: Reading, batch: Batch
) -> tuple[Dataset, BatchCounts]:
    """Read the planned objects into `embeddings`, `texts` and `quarantine`, each exactly once.

    `ingested_at` is when the batch was planned, also when it is repeated. Rows that an earlier attempt of the batch
    wrote are replaced, as are the former rows of objects that are reread.

    Returns:
        The dataset, which takes its width and model from its first batch, and the counts.
    """
    tables, progress, name = context.tables, context.progress, dataset.dataset
    planned, batch_id, is_repeated = batch.planned, batch.question.run_id, batch.is_repeated
    planned_at = batch.planned_at or now()
    rules = reading.decode_rules(dataset, planned_at)
    with ExitStack() as ended:
        with progress.stage("decode objects"):
            decoded, failed = _decoded(context, data_path, planned, rules, ended)
            dataset = _with_width_and_model(context, dataset, decoded)
            records = _checked(decoded, dataset, batch_id, planned_at)
            found, dates, models = _checked_objects(records)
            note = models.note(dataset)
            if dataset.model is None and models.first is not None:
                dataset = _with_model(context, dataset, decoded)
                records = _checked(decoded, dataset, batch_id, planned_at)
                found, dates, models = _checked_objects(records)
                note = models.note(dataset, is_first=True)
        with progress.stage("find duplicates"):
            # Kept: the counts and two tables use it.
            former = former_rows(name, batch_id, planned, {one.object_key for one in planned} - failed.keys())
            stored = former.without(tables.read("embeddings").where(F.col("dataset") == name))
            known = ended.enter_context(kept(_known(records, stored, dataset.role, dates)))
            counts = BatchCounts(*_counts(found, known), failed, note, bool(former.former))
        repeated = known.where("is_duplicate").select("object_key", "position")
        good = records.where("reason is null").join(repeated, ["object_key", "position"], "left_anti")
        if counts.is_again:
            good = former.with_first_ingest(good, tables.read("embeddings").where(F.col("dataset") == name))
        frames = {
            "embeddings": good,
            "texts": good.where("text is not null"),
            "quarantine": records.where("reason is not null"),
        }
        replaced = former.condition if counts.is_again else f"batch_id = '{batch_id}'"
        is_repeated |= counts.is_again
        if not counts.total("quarantined") and tables.has("quarantine") and not is_repeated:
            del frames["quarantine"]  # the usual case, nothing to commit
        with progress.stage("write records"):
            side_by_side([partial(tables.add, name, frame, replaced, is_repeated) for name, frame in frames.items()])
            _check_written(context, batch_id, counts.total("good"))
    return dataset, counts


def _decoded(
    context: Context, data_path: str, planned: list[PlannedObject], rules: DecodeRules, ended: ExitStack
) -> tuple[DataFrame, dict[str, str]]:
    """Records of the planned objects, kept until `ended`, and the objects that could not be read, with reasons.

    One object must not stop the others. Too large ones are known beforehand. If Spark cannot read the rest, each
    object is tried alone, which is slow: one that fails is left out, or quarantined if it can never be read.
    """
    spark = context.spark
    root = qualified(spark, data_path)
    modified = {one.object_key: from_micros(one.modified_at_micros) for one in planned if one.size}
    paths = {key: readable_path(key, root) for key in modified}
    unread = too_large({one.object_key: one.size for one in planned}, rules.max_object_bytes)
    sizes = {one.object_key: one.size for one in planned}
    while True:
        left = {key: path for key, path in paths.items() if key not in unread}
        refused = [
            (key, why.reason, why.detail, arrival_of(key, modified[key] or now(), rules.key_dates))
            for key, why in unread.items()
            if why.reason
        ]
        failed = {key: why.detail for key, why in unread.items() if not why.reason}
        largest = max((sizes[key] for key in left), default=1)
        with ExitStack() as attempt:
            try:
                decoded = with_refused(decoded_records(spark, list(left.values()), rules), refused)
                # Kept on disk: the vote on the width, the counts and three tables read it; decoding again would
                # cost far more.
                attempt.enter_context(kept(decoded, ON_DISK))
                with reading_objects(spark, largest):
                    decoded.count()
            except (Py4JError, PySparkException, StorageError) as error:
                more = unreadable(spark, left) if may_be_an_objects(error) else {}
                if not more:
                    raise
                unread |= more
                continue
            ended.push(attempt.pop_all())
            return decoded, failed


def _with_width_and_model(context: Context, dataset: Dataset, decoded: DataFrame) -> Dataset:
    """A new dataset takes the width and model of most records, unless they are configured.

    Saved before any record is, so that a replay checks the same.
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


def _with_model(context: Context, dataset: Dataset, decoded: DataFrame) -> Dataset:
    """A dataset without a model takes that of most records in the first batch that names one."""
    _, model = majority(decoded)
    learned = replace(dataset, model=model)
    save_dataset(context.tables, learned)
    return learned


def _checked(decoded: DataFrame, dataset: Dataset, batch_id: str, planned_at: datetime | None) -> DataFrame:
    records = checked(decoded, dataset.dimension, dataset.model, dataset.role)
    return _columns(records, dataset, batch_id, planned_at or now())


def _columns(records: DataFrame, dataset: Dataset, batch_id: str, planned_at: datetime) -> DataFrame:
    """The columns of `embeddings`, `texts` and `quarantine` together."""
    return (
        records.withColumn("dataset", F.lit(dataset.dataset))
        .withColumn("batch_id", F.lit(batch_id))
        .withColumn("ingested_at", moment(planned_at))
        .withColumn("event_date", F.to_date("event_time"))
        .withColumn("vector_hash", F.when(~F.col("deleted"), F.xxhash64("embedding")))
        .withColumn("text_hash", F.when(F.col("text").isNotNull(), F.xxhash64("text")))
    )


def _checked_objects(
    records: DataFrame,
) -> tuple[dict[str, dict[str, int]], tuple[str, str] | None, Models]:
    """Records by object and whether they are good, the first and last event date of the good ones, and their models.

    The driver receives one row per object of the batch.
    """
    good = F.col("reason").isNull()
    dated = F.when(good, F.col("event_date"))
    usable = (good | (F.col("reason") == "wrong_model")) & ~F.col("deleted")
    model = F.when(usable, F.col("model"))
    rows = (
        records.groupBy("object_key")
        .agg(
            F.count(F.lit(1)).alias("in"),
            F.count_if(~good).alias("quarantined"),
            F.count_if(good & (F.col("event_time_source") == "object")).alias("dated_by_object"),
            F.min(dated).cast("string").alias("first"),
            F.max(dated).cast("string").alias("last"),
            F.min(model).alias("first_model"),
            F.max(model).alias("last_model"),
            F.count(model).alias("named"),
            F.count_if(usable & F.col("model").isNull()).alias("unnamed"),
        )
        .collect()
    )
    names = ("in", "quarantined", "dated_by_object")
    found = {row["object_key"]: {name: row[name] for name in names} for row in rows}
    spans = [row for row in rows if row["first"]]
    dates = (min(row["first"] for row in spans), max(row["last"] for row in spans)) if spans else None
    named = [row for row in rows if row["named"]]
    models = Models(
        first=min((row["first_model"] for row in named), default=None),
        last=max((row["last_model"] for row in named), default=None),
        named=sum(row["named"] for row in rows),
        unnamed=sum(row["unnamed"] for row in rows),
    )
    return found, dates, models


def _known(records: DataFrame, stored: DataFrame, role: str, dates: tuple[str, str] | None) -> DataFrame:
    if role == "prompts":
        stored = stored_nearby(stored, *dates) if dates else stored.limit(0)
    return known_records(records.where("reason is null"), stored, role)


def _counts(found: dict[str, dict[str, int]], known: DataFrame) -> tuple[dict[str, dict[str, int]], int]:
    """Records by object and kind, and how many were kept although their id was known."""
    counted = known.groupBy("object_key").agg(
        F.count_if("is_duplicate").alias("copies"), F.count_if(~F.col("is_duplicate")).alias("reused")
    )
    rows = counted.collect()
    copies = {row["object_key"]: row["copies"] for row in rows}
    by_object = {
        key: counts
        | {"duplicate": copies.get(key, 0), "good": counts["in"] - counts["quarantined"] - copies.get(key, 0)}
        for key, counts in found.items()
    }
    return by_object, sum(row["reused"] for row in rows)


def _check_written(context: Context, batch_id: str, good: int) -> None:
    """Check the table's count against the batch's: in = good + quarantined + duplicate must hold for stored records."""
    stored = context.tables.read("embeddings").where(F.col("batch_id") == batch_id).count()
    if stored != good:
        raise RuntimeError(
            f"batch {batch_id}: {stored} records in embeddings, but {good} were counted: do not trust this batch"
        )
