"""The context of every command that writes: it becomes the one writer of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from driftwell.config import Settings
from driftwell.lease.one_writer import one_writer
from driftwell.runs.run import Context
from driftwell.spark.progress import Progress
from driftwell.tables.store import Tables


@contextmanager
def writing(spark: SparkSession, path: str, command: str, settings: Settings, progress: Progress) -> Iterator[Context]:
    """Hold the lease of the tables below a path while the body runs, and check it before each commit.

    Raises:
        StorageError: if another writer holds it for too long, or storage refuses.
    """
    with one_writer(spark, path, command, settings.lease, progress.say) as lease:
        yield Context(spark, Tables(spark, path, lease.check), settings, progress)
