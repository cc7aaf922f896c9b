"""Paths on Spark's Hadoop file systems: local, s3://, s3a:// and whatever else the platform supports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from driftwell.errors import StorageError

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
    """A path with a leading `~` or `~name`, also after `file:`, expanded to the home folder, as by a shell."""
    if path is None:
        return None
    scheme, rest = ("file:", path[5:].lstrip("/")) if path.startswith("file:") else ("", path)
    return path if not rest.startswith("~") else scheme + os.path.expanduser(rest)  # noqa: PTH111  # may stay as it is


def hadoop_path(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """The JVM's Path object for a path, and its file system."""
    jvm_path = spark._jvm.org.apache.hadoop.fs.Path(path)  # type: ignore[union-attr]
    return jvm_path, jvm_path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())


def qualified(spark: SparkSession, path: str) -> str:
    """A path made absolute, with its scheme: `tables` -> `file:/home/me/tables`; no trailing slash."""
    jvm_path, files = hadoop_path(spark, path)
    return str(files.makeQualified(jvm_path).toString())


def check_readable_names(spark: SparkSession, path: str) -> None:
    """Refuse a local folder with non-ASCII names if Java, in a locale without UTF-8, cannot see them.

    Raises:
        StorageError: with the first such name and the remedy.
    """
    encoding = str(spark._jvm.java.lang.System.getProperty("sun.jnu.encoding"))  # type: ignore[union-attr]
    local = re.sub("^file:/+", "/", path)
    if encoding.upper().replace("-", "") == "UTF8" or "://" in local:
        return
    hidden = first_hidden_name(local)
    if hidden is not None:
        raise StorageError(
            f"{hidden!r} cannot be read: Java was started in a locale without UTF-8 ({encoding}) and does not see "
            "non-ASCII names; set LC_ALL=C.UTF-8 before spark-submit"
        )


def first_hidden_name(path: str) -> str | None:
    """The path, or the first file or folder below it, whose name is not ASCII; None for none."""
    if not path.isascii():
        return path
    below = (os.path.join(folder, name) for folder, *names in os.walk(path) for of in names for name in of)  # noqa: PTH118
    return next((name for name in below if not name.isascii()), None)


def path_exists(spark: SparkSession, path: str) -> bool:
    """Whether a file or folder exists."""
    jvm_path, files = hadoop_path(spark, path)
    return bool(files.exists(jvm_path))


def names_in(spark: SparkSession, folder: str) -> Iterator[str]:
    """Names of the files and folders in a folder, listed lazily; none if the folder does not exist."""
    jvm_path, files = hadoop_path(spark, folder)
    try:
        entries = files.listStatusIterator(jvm_path)
        while entries.hasNext():
            yield str(entries.next().getPath().getName())
    except Py4JJavaError as error:
        if "FileNotFound" not in error.java_exception.getClass().getName():
            raise


def literal(path: str) -> str:
    """A path for Spark's readers, with `[`, `{`, `*`, `?` and backslashes escaped: they would be patterns."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def s3a_options(spark: SparkSession, bucket: str) -> dict[str, str]:
    """S3A's endpoint and credentials for a bucket, without `fs.s3a.`; per-bucket settings win, as in S3A."""
    conf = spark._jsparkSession.sessionState().newHadoopConf()
    found = {name: conf.get(f"fs.s3a.bucket.{bucket}.{name}") or conf.get(f"fs.s3a.{name}") for name in S3A_OPTIONS}
    return {name: str(value) for name, value in found.items() if value}
