"""The files of a lease on a local disk, and on any file system that Hadoop knows and that creates files exclusively."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.sql import SparkSession

from driftwell.errors import StorageError
from driftwell.spark.paths import hadoop_path


class LocalFiles:
    """Files in a folder of this machine, or of a network drive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Names of the existing files."""
        with _explained(str(self._folder)):
            return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []

    def create(self, name: str, text: str) -> bool:
        """Create a file; False if it exists."""
        with _explained(str(self._folder)):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                with (self._folder / name).open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                return False
        return True

    def read(self, name: str) -> tuple[str, float] | None:
        """A file's text and age in seconds; None if it does not exist."""
        path = self._folder / name
        with _explained(str(self._folder)):
            try:
                return path.read_text(encoding="utf-8"), time.time() - path.stat().st_mtime
            except FileNotFoundError:
                return None

    def write(self, name: str, text: str) -> None:
        """Write a file, replacing an existing one."""
        with _explained(str(self._folder)):
            (self._folder / name).write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        """Delete a file, if it exists."""
        with _explained(str(self._folder)):
            (self._folder / name).unlink(missing_ok=True)


class HadoopFiles:
    """Files on HDFS, or another Hadoop file system with exclusive file creation."""

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self._spark, self._folder = spark, folder
        self._path, self._files = hadoop_path(spark, folder)

    def names(self) -> list[str]:
        """Names of the existing files."""
        with _explained(self._folder):
            if not self._files.exists(self._path):
                return []
            return [status.getPath().getName() for status in self._files.listStatus(self._path)]

    def create(self, name: str, text: str) -> bool:
        """Create a file; False if it exists."""
        try:
            self._put(name, text, overwrite=False)
        except Py4JJavaError as error:
            if "AlreadyExists" in error.java_exception.getClass().getName():
                return False
            raise _error(self._folder, error) from error
        return True

    def read(self, name: str) -> tuple[str, float] | None:
        """A file's text and age in seconds; None if it does not exist."""
        path, _ = hadoop_path(self._spark, f"{self._folder}/{name}")
        try:
            written = self._files.getFileStatus(path).getModificationTime() / 1000
            stream = self._files.open(path)
            try:
                text = self._spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")  # type: ignore[union-attr]
            finally:
                stream.close()
        except Py4JJavaError as error:
            if "FileNotFound" in error.java_exception.getClass().getName():
                return None
            raise _error(self._folder, error) from error
        return str(text), time.time() - written

    def write(self, name: str, text: str) -> None:
        """Write a file, replacing an existing one."""
        with _explained(self._folder):
            self._put(name, text, overwrite=True)

    def remove(self, name: str) -> None:
        """Delete a file, if it exists."""
        path, files = hadoop_path(self._spark, f"{self._folder}/{name}")
        with _explained(self._folder):
            files.delete(path, False)

    def _put(self, name: str, text: str, overwrite: bool) -> None:
        path, files = hadoop_path(self._spark, f"{self._folder}/{name}")
        stream: Any = files.create(path, overwrite)
        try:
            stream.write(bytearray(text.encode()))
        finally:
            stream.close()


@contextmanager
def _explained(folder: str) -> Iterator[None]:
    try:
        yield
    except (OSError, Py4JError) as error:
        raise _error(folder, error) from error


def _error(folder: str, error: Exception) -> StorageError:
    found = error.java_exception.toString() if isinstance(error, Py4JJavaError) else str(error)
    return StorageError(
        f"{folder}, which holds the lease on the tables, cannot be used: {found}; check --tables_path and its write "
        "permission"
    )
