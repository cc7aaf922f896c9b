"""Which objects lie in an archive: listed by Spark, newest dates only once a watermark is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import unquote

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from driftwell.errors import StorageError
from driftwell.hadoop import hadoop_path, literal, qualified

OBJECTS_SCHEMA = "object_key string, size bigint, modified_at timestamp"

KEY_DATE = r"(?:^|/)(?:year=)?(\d{4})/(?:month=)?(\d{2})/(?:day=)?(\d{2})(?:/|$)"
"""`YYYY/MM/dd/` or `year=YYYY/month=MM/day=dd/` in an object key."""

DATE_LEVELS = (r"(?:year=)?(\d{4})", r"(?:month=)?(\d{2})", r"(?:day=)?(\d{2})")

MOST_ENTRIES = 1_000
"""A folder with more entries than this is no level of dates: it is listed whole."""


def objects_under(spark: SparkSession, data_path: str, since: date | None, error_prefix: str | None) -> DataFrame:
    """The objects of an archive, without those whose name, or a folder's, begins with `_` or `.`.

    Args:
        data_path: root of the archive.
        since: leave out date folders before this day (what does not lie in a date folder is always listed);
            None lists everything.
        error_prefix: path below `data_path` of objects to leave out (Firehose's failed records).

    Returns:
        `OBJECTS_SCHEMA`. Empty objects are there, with size 0 and no modification time: Spark's file source keeps
        their names only.

    Raises:
        StorageError: when `data_path` does not exist.
    """
    root = qualified(spark, data_path)
    paths = [root] if since is None else list(_paths_since(spark, root, since, DATE_LEVELS))
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


def binary_files(spark: SparkSession, paths: list[str]) -> DataFrame:
    """Spark's binary file source over paths taken literally, however deep the objects lie below them."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    try:
        return files.load([literal(path) for path in paths])
    except AnalysisException as error:
        if "PATH_NOT_FOUND" in str(error):
            missing = str(error).split("does not exist: ")[-1].split(". SQLSTATE")[0].rstrip(".")
            raise StorageError(
                f"{missing} does not exist: check --data_path, and that nothing deletes objects"
            ) from error
        raise


def object_key(path: Column) -> Column:
    """The name an object has in all tables: its path, S3 always written s3://, local files file:/."""
    return F.regexp_replace(F.regexp_replace(path, "^s3[an]://", "s3://"), "^file:/+", "file:/")


def normalised(path: str) -> str:
    """`object_key` for one path."""
    return re.sub("^file:/+", "file:/", re.sub("^s3[an]://", "s3://", path))


def readable_path(key: str, data_path: str) -> str:
    """The path to read an object by its key, in the scheme that `data_path` uses."""
    scheme = re.match(r"s3[an]?://", data_path)
    return re.sub("^s3://", scheme[0], key) if scheme else key


def key_date(key: Column) -> Column:
    """The date in an object key; null where there is none, or none of the calendar."""
    text = F.concat_ws("-", *(F.regexp_extract(key, KEY_DATE, group) for group in (1, 2, 3)))
    return F.try_to_timestamp(text, F.lit("yyyy-MM-dd")).cast("date")


def _names(spark: SparkSession, files: DataFrame) -> list[str]:
    """Names of all files of a frame, empty ones too, fetched from the JVM in one piece."""
    names = files._jdf.inputFiles()
    joined = spark._jvm.org.apache.hadoop.util.StringUtils.join("\n", names)  # type: ignore[union-attr]
    return [unquote(name) for name in joined.split("\n")] if joined else []


def _paths_since(spark: SparkSession, folder: str, since: date, levels: tuple[str, ...]) -> Iterator[str]:
    """Folders below `folder` that may hold objects dated `since` or later, and everything that is no date folder."""
    path, files = hadoop_path(spark, folder)
    if not files.exists(path):
        raise StorageError(f"{folder} does not exist: check --data_path")
    entries = files.listStatus(path)
    if len(entries) > MOST_ENTRIES:
        yield folder
        return
    first = (since.year, since.month, since.day)[3 - len(levels)]
    for entry in entries:
        below, name = entry.getPath().toString(), entry.getPath().getName()
        date_part = re.fullmatch(levels[0], name)
        if date_part is None or int(date_part[1]) > first or (int(date_part[1]) == first and len(levels) == 1):
            yield below
        elif int(date_part[1]) == first:
            yield from _paths_since(spark, below, since, levels[1:])
