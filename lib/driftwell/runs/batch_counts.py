"""Counts of the records of one batch of archive objects, and notes about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANY_DUPLICATES = 20
"""A batch with at least this many duplicates that are also more than half of its records is reported."""

KINDS = ("in", "good", "quarantined", "duplicate")


@dataclass(frozen=True)
class BatchCounts:
    """Records of a batch by object key and kind; in = good + quarantined + duplicate for each object.

    Attributes:
        by_object: object key -> kind -> records; objects without records are missing.
        reused: prompts that were kept although their id had come with another vector before.
        models: a note about the models that its records name.
        failed: objects that could not be read, or had vanished -> why; they are retried the next time they are listed.
        is_again: the objects had been read before.
    """

    by_object: Mapping[str, Mapping[str, int]]
    reused: int
    failed: Mapping[str, str]
    models: str | None = None
    is_again: bool = False

    def total(self, kind: str) -> int:
        """Records of one kind in all objects."""
        return sum(counts[kind] for counts in self.by_object.values())

    def repetitions(self) -> str | None:
        """A note about repeated ids and records; None if nothing is unusual."""
        usable = self.total("in") - self.total("quarantined")
        copies, notes = self.total("duplicate"), []
        if copies >= MANY_DUPLICATES and copies > usable / 2:
            notes.append(
                f"{copies:,} of {usable:,} usable records are duplicates of stored ones: were these objects delivered "
                "before?"
            )
        if self.reused:
            notes.append(
                f"{self.reused:,} records have an id that came with another vector before; they are kept as separate "
                "prompts: give each prompt a unique id, so that duplicates are recognised"
            )
        return "; ".join(notes) or None

    def dated_by_object(self) -> str | None:
        """A note about records dated only by their object's time, which a copy changes; None if there are none."""
        guessed = sum(counts.get("dated_by_object", 0) for counts in self.by_object.values())
        if not guessed:
            return None
        return (
            f"{guessed:,} of {self.total('in'):,} records are dated by the time their object was written, for lack of "
            "a timestamp and a date in the object's key: set the field (fields.timestamp) or the layout of the keys "
            "(key_pattern) in the configuration"
        )

    def unread(self) -> str | None:
        """A note about objects that could not be read; None if there are none."""
        if not self.failed:
            return None
        some = "; ".join(f"{key}: {why}" for key, why in sorted(self.failed.items())[:3])
        then = (
            "could not be reread; their earlier records are kept"
            if self.is_again
            else "could not be read and are retried the next time they are listed, within relist_days or with --relist"
        )
        return f"{len(self.failed):,} objects {then} ({some})"

    def row(self, object_key: str) -> dict[str, Any]:
        """Columns of the ledger for one object."""
        counts = self.by_object.get(object_key, {})
        status = "failed" if object_key in self.failed else "done"
        return {
            "status": status,
            "detail": self.failed.get(object_key),
            **{f"records_{kind}": counts.get(kind, 0) for kind in KINDS},
        }
