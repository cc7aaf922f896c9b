"""Notes of an ingest call, besides its counts: what was left out, guessed, or could not be read."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import dataclass, field

from driftwell.archive.reread import Reread
from driftwell.errors import UsageError
from driftwell.runs.batch_counts import BatchCounts


@dataclass
class Notes:
    """Sentences, in the order they were added."""

    sentences: list[str] = field(default_factory=list)

    def listing(self, left_out: int, changed: int, relist_days: float) -> None:
        """How many date folders were not listed, and how many objects were rewritten since they were read."""
        if left_out:
            self.sentences.append(
                f"{left_out:,} older date folders were not listed: all are listed every {relist_days:g} days "
                "(relist_days), or with --relist"
            )
        if changed:
            self.sentences.append(
                f"{changed:,} objects were rewritten since they were read (another size, or a later time): their first "
                "records are kept; write new objects under new names, or use --reread"
            )

    def tables(self, folders: Collection[str], objects: int, archive: str) -> None:
        """Objects of Delta tables below the archive were skipped; the archive itself must not be one."""
        if archive in folders:
            raise UsageError(
                f"{archive} is a Delta table (it holds _delta_log), expected an archive of objects: correct --data_path"
            )
        self.sentences.append(
            f"{objects:,} objects were skipped: they lie below Delta tables ({', '.join(sorted(folders)[:3])})"
        )

    def reread(self, wanted: Reread, objects: int, gone: int) -> None:
        """How many objects are reread, and how many of the requested ones no longer exist."""
        if not objects + gone:
            self.sentences.append(
                f"no object that was read before matches {wanted}: see the tables objects and quarantine"
            )
        if gone:
            self.sentences.append(f"{gone:,} objects to reread are no longer in the archive: their records are kept")

    def read_otherwise(self, objects: int, before: str | None, now: str) -> None:
        """Settings that determine what is read have changed since some objects were read."""
        if objects and before is not None:
            self.sentences.append(
                f"{objects:,} objects were read with other settings ({_changes(before, now)}); their records stay "
                "unchanged until they are reread (driftwell ingest --reread)"
            )

    def batch(self, found: BatchCounts) -> None:
        """The notes about a batch."""
        self.sentences += [note for note in (found.dated_by_object(), found.unread()) if note]


def _changes(before: str, now: str) -> str:
    """Settings that differ, with both values; defaults are stored in neither."""
    then, today = json.loads(before), json.loads(now)
    names = sorted(name for name in {*then, *today} if then.get(name) != today.get(name))
    return ", ".join(f"{name} was {_value(then, name)}, is {_value(today, name)}" for name in names)


def _value(values: dict[str, object], name: str) -> str:
    return json.dumps(values[name]) if name in values else "the default"


def check_apart(archive: str, tables: str) -> None:
    """Refuse an archive below the tables, or tables below the archive: they would be ingested.

    Raises:
        UsageError: if one contains the other, or both are the same.
    """
    one, other = (_real(path) + "/" for path in (archive, tables))
    if one.startswith(other) or other.startswith(one):
        raise UsageError(
            f"one of the archive {archive} and the tables {tables} contains the other: tables would be read as "
            "records; pass separate folders as --data_path and --tables_path"
        )


def _real(path: str) -> str:
    """A path without trailing slash; on a disk with links resolved."""
    return "file:" + os.path.realpath(path.removeprefix("file:")) if path.startswith("file:") else path.rstrip("/")
