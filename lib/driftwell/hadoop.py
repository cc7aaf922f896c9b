"""Paths as Spark's Hadoop file systems see them: local, s3://, s3a:// and whatever else the platform knows."""

from __future__ import annotations

from typing import Any

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


def s3a_options(spark: SparkSession, bucket: str) -> dict[str, str]:
    """Where and as whom S3A reaches a bucket, without `fs.s3a.`; a bucket's own settings win, as they do there."""
    conf = spark._jsparkSession.sessionState().newHadoopConf()
    found = {name: conf.get(f"fs.s3a.bucket.{bucket}.{name}") or conf.get(f"fs.s3a.{name}") for name in S3A_OPTIONS}
    return {name: str(value) for name, value in found.items() if value}
