"""Frames that Spark caches while they are used, and always releases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pyspark import StorageLevel
from pyspark.sql import DataFrame

IN_MEMORY = StorageLevel.MEMORY_AND_DISK_DESER
"""In memory as far as there is room, the rest on disk."""
ON_DISK = StorageLevel.DISK_ONLY


@contextmanager
def kept(frame: DataFrame, level: StorageLevel = IN_MEMORY) -> Iterator[DataFrame]:
    """Cache a frame, computed when it is first used, until the body ends, even by an exception.

    A failure to release it, such as after the end of the JVM, does not hide the body's own exception.
    """
    frame = frame.persist(level)
    try:
        yield frame
    except BaseException:
        with suppress(Exception):
            frame.unpersist()
        raise
    frame.unpersist()
