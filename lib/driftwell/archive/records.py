"""Records of archive objects as a Spark frame: each object is read and decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from driftwell.archive.decode import ArchiveObject, DecodeRules, decode_objects
from driftwell.archive.event_time import Arrival
from driftwell.archive.listing import binary_files, object_key
from driftwell.spark.arrow import map_in_arrow

T = TypeVar("T", int, str)

DECODED_COLUMNS = (
    "object_key string, position bigint, reason string, detail string, excerpt string, record_id string, "
    "event_time timestamp, event_time_source string, text string, model string, metadata map<string,string>, "
    "deleted boolean, embedding array<float>"
)


def decoded_records(spark: SparkSession, paths: list[str], rules: DecodeRules) -> DataFrame:
    """Every record of the given objects, one row each, usable (`reason` null) or not.

    Run the first action inside `reading_objects`, which sets how many objects a Python worker gets at a time.

    Args:
        paths: objects to read, none of them empty: Spark's file source skips empty ones.
        rules: how to read them.
    """
    if not paths:
        return spark.createDataFrame([], DECODED_COLUMNS)
    objects = binary_files(spark, paths).select(
        object_key(F.col("path")).alias("object_key"), F.col("modificationTime").alias("modified_at"), "content"
    )

    def decode(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = (column.to_pylist() for column in batch.columns)
            yield from decode_objects((ArchiveObject(*values) for values in zip(*columns, strict=True)), rules)

    return map_in_arrow(objects, decode, DECODED_COLUMNS)


def with_refused(records: DataFrame, refused: list[tuple[str, str, str, Arrival]]) -> DataFrame:
    """Records, and a row for each object (key, reason, detail, arrival) that is rejected unread."""
    if not refused:
        return records
    rows = [
        {"object_key": key, "reason": reason, "detail": detail, "event_time": arrival.event_time,
         "event_time_source": arrival.source, "deleted": False}
        for key, reason, detail, arrival in refused
    ]  # fmt: skip
    names = list(rows[0])
    types = {field.name: field for field in records.schema}
    made = records.sparkSession.createDataFrame(
        [tuple(row[name] for name in names) for row in rows], StructType([types[name] for name in names])
    )
    return records.unionByName(made, allowMissingColumns=True)


def checked(records: DataFrame, dimension: int | None, model: str | None, role: str) -> DataFrame:
    """Records with the reasons that depend on the dataset: its dimension, its model, its role.

    A record without a model matches any. Tombstones exist only in a reference.
    """
    width = F.size("embedding")
    wrong_dimension = ~F.col("deleted") & (width != F.lit(dimension))
    wrong_model = F.col("model") != F.lit(model)
    misplaced = F.col("deleted") & F.lit(role == "prompts")
    reason = (
        F.when(F.col("reason").isNotNull(), F.col("reason"))
        .when(misplaced, "no_embedding")
        .when(wrong_dimension, "wrong_dimension")
        .when(wrong_model, "wrong_model")
    )
    detail = (
        F.when(F.col("reason").isNotNull(), F.col("detail"))
        .when(misplaced, "a tombstone, expected an embedding: prompts cannot be deleted")
        .when(wrong_dimension, F.format_string("%d numbers, expected %d", width, F.lit(dimension)))
        .when(wrong_model, F.format_string("model %s, expected %s", F.col("model"), F.lit(model)))
    )
    return records.withColumn("detail", detail).withColumn("reason", reason)


def majority(records: DataFrame) -> tuple[int | None, str | None]:
    """The most frequent dimension and model of usable records; None if no record has one. Ties go to the smaller."""
    usable = records.where("reason is null and embedding is not null")
    counted = usable.groupBy(F.size("embedding").alias("dimension"), "model").count().collect()
    by_dimension: dict[int, int] = {}
    by_model: dict[str, int] = {}
    for row in counted:
        by_dimension[row["dimension"]] = by_dimension.get(row["dimension"], 0) + row["count"]
        if row["model"] is not None:
            by_model[row["model"]] = by_model.get(row["model"], 0) + row["count"]
    return _most(by_dimension), _most(by_model)


def _most(counts: dict[T, int]) -> T | None:
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None
