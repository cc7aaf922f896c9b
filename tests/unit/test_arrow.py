"""Python tasks: what happens before the work of each."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipimport import zipimporter

import pyarrow as pa

from driftwell.spark.arrow import map_in_arrow


class Frame:
    """A frame that runs the function it is given."""

    def mapInArrow(self, function: Callable[[Any], Iterator[pa.RecordBatch]], columns: str) -> list[pa.RecordBatch]:
        assert columns == "a int"
        return list(function([pa.record_batch([[1]], names=["a"])]))


def test_a_task_forgets_the_directories_of_zips_and_does_its_work(tmp_path: Path) -> None:
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("zipped_for_a_test.py", "VALUE = 1")
    sys.path_importer_cache[str(archive)] = zipimporter(str(archive))
    found = map_in_arrow(Frame(), iter, "a int")  # type: ignore[arg-type]
    assert [batch.num_rows for batch in found] == [1]  # type: ignore[union-attr]
    assert not any(isinstance(importer, zipimporter) for importer in sys.path_importer_cache.values())


def test_modules_in_a_zip_can_still_be_imported_afterwards(tmp_path: Path, monkeypatch: Any) -> None:
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("zipped_for_another_test.py", "VALUE = 2")
    monkeypatch.syspath_prepend(str(archive))
    map_in_arrow(Frame(), iter, "a int")  # type: ignore[arg-type]
    import zipped_for_another_test

    assert zipped_for_another_test.VALUE == 2
