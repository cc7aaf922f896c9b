"""Objects that cannot be read: which ones, and whether a retry makes sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException, PythonException
from pyspark.sql import SparkSession

from driftwell.spark.paths import hadoop_path

SPARK_BYTES = (1 << 31) - (1 << 20)
"""The largest object that Spark reads: a Java array holds less than 2 GiB."""

THREADS = 8  # trying an object is mostly waiting

# Java's exceptions for a path that no file system can open, such as a local name with a colon.
_NEVER = re.compile(r"IllegalArgumentException|URISyntaxException|InvalidPathException")
# Storage as a whole, or the connection to it: no single object is the cause.
_NOT_THE_OBJECT = re.compile(
    r"ConnectException|UnknownHostException|NoRouteToHost|Timeout|Unable to execute HTTP request|NoAuth|No FileSystem|"
    r"Unable to load (?:AWS )?credentials|InvalidAccessKeyId|ExpiredToken|SlowDown|Throttl|NoSuchBucket|OutOfMemory"
)


@dataclass(frozen=True)
class Unread:
    """Why an object is not read: with a reason it is quarantined, without one it is retried later."""

    reason: str | None
    detail: str


def too_large(sizes: Mapping[str, int], most_bytes: int) -> dict[str, Unread]:
    """The objects that are too large by their stored size alone."""
    most = min(most_bytes, SPARK_BYTES)
    remedy = (
        "raise max_object_mb, or let the producer write smaller objects"
        if most == most_bytes
        else "Spark cannot read an object of that size: let the producer write smaller objects"
    )
    return {
        key: Unread("too_large", f"{size} bytes as stored, at most {most} are accepted: {remedy}")
        for key, size in sizes.items()
        if size > most
    }


def may_be_an_objects(error: Exception) -> bool:
    """Whether a failure to read many objects may be due to one of them."""
    return not isinstance(error, PythonException) and not _NOT_THE_OBJECT.search(str(error))


def unreadable(spark: SparkSession, paths: Mapping[str, str]) -> dict[str, Unread]:
    """The objects that cannot be read to the end when read alone, by key.

    Args:
        paths: object key -> path.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda path: _why_unread(spark, path), paths.values())
        return {key: why for key, why in zip(paths, found, strict=True) if why}


def _why_unread(spark: SparkSession, path: str) -> Unread | None:
    java: Any = spark._jvm.java.io  # type: ignore[union-attr]  # classic Spark has a JVM
    try:
        jvm_path, files = hadoop_path(spark, path)
        stream = files.open(jvm_path)
        try:
            stream.transferTo(java.OutputStream.nullOutputStream())
        finally:
            stream.close()
    except (Py4JError, PySparkException) as error:
        return unread_by(str(error))
    return None


def unread_by(text: str) -> Unread | None:
    """What a failure to read one object means; None if no object is the cause."""
    if _NOT_THE_OBJECT.search(text):
        return None
    line = next((line.strip(": ") for line in text.splitlines() if "Exception" in line), text.strip().split("\n")[0])
    return Unread("unreadable" if _NEVER.search(text) else None, line[:300])
