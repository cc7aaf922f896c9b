"""What a call of ingest reports besides its counts: what was left out, guessed, or could not be read."""

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
    """Sentences, in the order in which there was reason for them."""

    sentences: list[str] = field(default_factory=list)

    def listing(self, left_out: int, changed: int, relist_days: float) -> None:
        """How many date folders were not listed, and how many objects were written again since they were read."""
        if left_out:
            self.sentences.append(
                f"{left_out:,} older date folders were not listed: all are once in {relist_days:g} days (relist_days), "
                "or with --relist"
            )
        if changed:
            self.sentences.append(
                f"{changed:,} objects were written again since they were read (another size, or a later time): what "
                "was read the first time is kept; write new objects under new names"
            )

    def tables(self, folders: Collection[str], objects: int, archive: str) -> None:
        """Objects of Delta tables below the archive were left out; the archive itself must be none."""
        if archive in folders:
            raise UsageError(
                f"{archive} is a Delta table (it holds _delta_log), wanted an archive of objects: correct --data_path"
            )
        self.sentences.append(
            f"{objects:,} objects were left out: they lie below Delta tables ({', '.join(sorted(folders)[:3])})"
        )

    def reread(self, wanted: Reread, objects: int, gone: int) -> None:
        """How many objects are read again, and how many of those asked for are no longer there."""
        if not objects + gone:
            self.sentences.append(
                f"no object that was read before matches {wanted}: the tables objects and quarantine show what there is"
            )
        if gone:
            self.sentences.append(
                f"{gone:,} objects to read again are no longer in the archive: what was read from them is kept"
            )

    def read_otherwise(self, objects: int, before: str | None, now: str) -> None:
        """That settings which decide what is read have changed since some objects were read."""
        if objects and before is not None:
            self.sentences.append(
                f"{objects:,} objects were read with other settings ({_changes(before, now)}); what was read from them "
                "stays as it is until they are read again (driftwell ingest --reread)"
            )

    def batch(self, found: BatchCounts) -> None:
        """What a batch has to say."""
        self.sentences += [note for note in (found.dated_by_object(), found.unread()) if note]


def _changes(before: str, now: str) -> str:
    """Settings that differ, with their values then and now; those at their default are in neither."""
    then, today = json.loads(before), json.loads(now)
    names = sorted(name for name in {*then, *today} if then.get(name) != today.get(name))
    return ", ".join(f"{name} was {_value(then, name)}, is {_value(today, name)}" for name in names)


def _value(values: dict[str, object], name: str) -> str:
    return json.dumps(values[name]) if name in values else "the default"


def check_apart(archive: str, tables: str) -> None:
    """Refuse an archive below the tables, or tables below the archive: they would be ingested.

    Raises:
        UsageError: when one lies in the other, or both are one.
    """
    one, other = (_real(path) + "/" for path in (archive, tables))
    if one.startswith(other) or other.startswith(one):
        raise UsageError(
            f"the archive {archive} and the tables {tables} lie in each other: tables would be read as records; give "
            "folders side by side as --data_path and --tables_path"
        )


def _real(path: str) -> str:
    """A path without a slash at its end, of a disk with its links followed."""
    return "file:" + os.path.realpath(path.removeprefix("file:")) if path.startswith("file:") else path.rstrip("/")
