"""What a call of ingest tells a person besides its counts: what was left out, guessed, or could not be read."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field

from driftwell.errors import UsageError
from driftwell.runs.batch_counts import BatchCounts


@dataclass
class Told:
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

    def batch(self, found: BatchCounts) -> None:
        """What a batch has to say."""
        self.sentences += [told for told in (found.dated_by_object(), found.unread()) if told]


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
