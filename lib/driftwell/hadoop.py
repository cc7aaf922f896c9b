"""Paths as Spark's Hadoop file systems see them: local, s3://, s3a:// and whatever else the platform knows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

S3A_OPTIONS = (
    "endpoint",
    "endpoint.region",
    "path.style.access",
    "connection.ssl.enabled",
    "access.key",
    "secret.key",
    "session.token",
)


def at_home(path: str | None) -> str | None:
    """A path in which `~`, or `~name`, at the beginning is the home folder, as a shell has it; also after `file:`."""
    if path is None:
        return None
    scheme, rest = ("file:", path[5:].lstrip("/")) if path.startswith("file:") else ("", path)
    return path if not rest.startswith("~") else scheme + os.path.expanduser(rest)  # noqa: PTH111  # may stay as it is


def hadoop_path(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """The JVM's Path object for a path, and the file system it lies on."""
    jvm_path = spark._jvm.org.apache.hadoop.fs.Path(path)  # type: ignore[union-attr]
    return jvm_path, jvm_path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())


def qualified(spark: SparkSession, path: str) -> str:
    """A path made absolute, with its scheme: `tables` -> `file:/home/me/tables`; no trailing slash."""
    jvm_path, files = hadoop_path(spark, path)
    return str(files.makeQualified(jvm_path).toString())


def path_exists(spark: SparkSession, path: str) -> bool:
    """Whether there is a file or folder."""
    jvm_path, files = hadoop_path(spark, path)
    return bool(files.exists(jvm_path))


def names_in(spark: SparkSession, folder: str) -> Iterator[str]:
    """Names of the files and folders in a folder, asked for as they are needed; none where there is no such folder."""
    jvm_path, files = hadoop_path(spark, folder)
    try:
        entries = files.listStatusIterator(jvm_path)
        while entries.hasNext():
            yield str(entries.next().getPath().getName())
    except Py4JJavaError as error:
        if "FileNotFound" not in error.java_exception.getClass().getName():
            raise


def literal(path: str) -> str:
    """A path for Spark's readers, which would take `[`, `{`, `*`, `?` and backslashes in it for patterns."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def s3a_options(spark: SparkSession, bucket: str) -> dict[str, str]:
    """Where and as whom S3A reaches a bucket, without `fs.s3a.`; a bucket's own settings win, as they do there."""
    conf = spark._jsparkSession.sessionState().newHadoopConf()
    found = {name: conf.get(f"fs.s3a.bucket.{bucket}.{name}") or conf.get(f"fs.s3a.{name}") for name in S3A_OPTIONS}
    return {name: str(value) for name, value in found.items() if value}
