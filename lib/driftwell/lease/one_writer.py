"""The lease of the one writer of a `tables_path`, stored next to the tables."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from pyspark.sql import SparkSession

from driftwell.aws.clients import s3_client
from driftwell.aws.locations import is_s3, s3_location
from driftwell.aws.objects import S3Files
from driftwell.config import LeaseSettings
from driftwell.lease.files import HadoopFiles, LocalFiles
from driftwell.lease.lease import FOLDER, Lease, LeaseFiles, held
from driftwell.spark.paths import qualified, s3a_options


def one_writer(
    spark: SparkSession, tables_path: str, command: str, settings: LeaseSettings, say: Callable[[str], None]
) -> AbstractContextManager[Lease]:
    """Hold the lease of the tables while the body runs.

    Raises:
        StorageError: if another run holds it for too long, or storage fails.
    """
    path = qualified(spark, tables_path)
    return held(lease_files(spark, path), path, f"driftwell {command}", settings, say)


def lease_files(spark: SparkSession, path: str) -> LeaseFiles:
    """The files of a lease: S3 through its own API, because Hadoop's S3 client lacks exclusive creation."""
    folder = f"{path}/{FOLDER}"
    if is_s3(path):
        location = s3_location(folder)
        return S3Files(s3_client(s3a_options(spark, location.bucket)), location)
    if urlsplit(path).scheme == "file":
        return LocalFiles(Path(path.removeprefix("file:")) / FOLDER)
    return HadoopFiles(spark, folder)
