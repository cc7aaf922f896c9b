"""The objects of an archive, listed by Spark; only the newest dates once a watermark is known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from urllib.parse import unquote

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from driftwell.archive.folders import MOST_ENTRIES, Chosen, Newest, folders_since
from driftwell.archive.key_dates import KeyDates
from driftwell.errors import StorageError
from driftwell.spark.paths import hadoop_path, literal, qualified

OBJECTS_SCHEMA = "object_key string, size bigint, modified_at timestamp"


def objects_under(spark: SparkSession, data_path: str, chosen: list[str] | None, error_prefix: str | None) -> DataFrame:
    """The objects of an archive, without those whose name, or a folder's, starts with `_` or `.`.

    Args:
        data_path: root of the archive.
        chosen: folders and objects to list; None lists everything.
        error_prefix: path below `data_path` of objects to leave out (Firehose's failed records).

    Returns:
        `OBJECTS_SCHEMA`. Empty objects have size 0 and no modification time: Spark's file source keeps only
        their names.

    Raises:
        StorageError: if `data_path` does not exist.
    """
    root = qualified(spark, data_path)
    paths = [root] if chosen is None else chosen
    if not paths:
        return spark.createDataFrame([], OBJECTS_SCHEMA)
    files = binary_files(spark, paths)
    listed = files.select(
        object_key(F.col("path")).alias("object_key"),
        F.col("length").alias("size"),
        F.col("modificationTime").alias("modified_at"),
    )
    named = spark.createDataFrame([(name,) for name in _names(spark, files)], "path string")
    named = named.select(object_key(F.col("path")).alias("object_key"))
    found = named.join(listed, "object_key", "left").withColumn("size", F.coalesce("size", F.lit(0)))
    below = F.substring("object_key", len(normalised(root)) + 1, 1 << 20)
    kept = ~below.rlike(r"/[_.]")
    if error_prefix:
        kept &= ~below.startswith("/" + error_prefix.strip("/") + "/")
    return found.where(kept)


def without_folders(objects: DataFrame, folders: Iterable[str]) -> DataFrame:
    """Objects that lie in none of these folders."""
    below = (F.col("object_key").startswith(folder + "/") for folder in sorted(folders))
    return objects.where(~reduce(Column.__or__, below))


def binary_files(spark: SparkSession, paths: list[str]) -> DataFrame:
    """Spark's binary file source over paths taken literally, recursively."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    try:
        return files.load([literal(path) for path in paths])
    except AnalysisException as error:
        if "PATH_NOT_FOUND" in str(error):
            missing = str(error).split("does not exist: ")[-1].split(". SQLSTATE")[0].rstrip(".")
            raise StorageError(
                f"{missing} does not exist: check --data_path, and that no other process deletes objects"
            ) from error
        raise


def object_key(path: Column) -> Column:
    """The name of an object in all tables: its path, with S3 always written s3://, local files file:/."""
    return F.regexp_replace(F.regexp_replace(path, "^s3[an]://", "s3://"), "^file:/+", "file:/")


def normalised(path: str) -> str:
    """`object_key` for one path."""
    return re.sub("^file:/+", "file:/", re.sub("^s3[an]://", "s3://", path))


def readable_path(key: str, data_path: str) -> str:
    """The path of an object by its key, in the scheme of `data_path`."""
    scheme = re.match(r"s3[an]?://", data_path)
    return re.sub("^s3://", scheme[0], key) if scheme else key


def _names(spark: SparkSession, files: DataFrame) -> list[str]:
    """Names of all files of a frame, including empty ones, fetched from the JVM in one call."""
    names = files._jdf.inputFiles()
    joined = spark._jvm.org.apache.hadoop.util.StringUtils.join("\n", names)  # type: ignore[union-attr]
    return [unquote(name) for name in joined.split("\n")] if joined else []


def newest_folders(spark: SparkSession, data_path: str, newest: Newest, dates: KeyDates) -> Chosen:
    """What to list in an archive that was read before: all but its older date folders.

    Raises:
        StorageError: if `data_path` does not exist.
    """
    root = qualified(spark, data_path)
    path, files = hadoop_path(spark, root)
    if not files.exists(path):
        raise StorageError(f"{root} does not exist: check --data_path")

    def entries(folder: str) -> list[tuple[str, bool]] | None:
        found = files.listStatus(hadoop_path(spark, folder)[0])
        if len(found) > MOST_ENTRIES:
            return None
        return [(entry.getPath().toString(), entry.isDirectory()) for entry in found]

    return folders_since(root, entries, newest, dates, normalised)
