"""What became of the records of one batch of archive objects, and what is worth telling of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANY_DUPLICATES = 20
"""A batch in which at least so many records, and more than halfare duplicates is reported."""

KINDS = ("in", "good", "quarantined", "duplicate")


@dataclass(frozen=True)
class BatchCounts:
    """Records of a batch by object key and kind; in = good + quarantined + duplicate for each object.

    Attributes:
        by_object: object key -> kind -> records; an object without records is not there.
        reused: prompts that were kept although their id had come with another vector.
        models: what is worth telling of the models that its records name.
        failed: objects that could not be read, or were gone -> why; they are tried again when they are listed again.
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
        """What is worth telling of ids and records that came again; None where it is nothing unusual."""
        usable = self.total("in") - self.total("quarantined")
        copies, notes = self.total("duplicate"), []
        if copies >= MANY_DUPLICATES and copies > usable / 2:
            notes.append(
                f"{copies:,} of {usable:,} usable records are duplicates of records that are there already: were these "
                "objects delivered before?"
            )
        if self.reused:
            notes.append(
                f"{self.reused:,} records bear an id that came with another vector; they are kept as prompts of their "
                "own: give each prompt an id of its own, so that repetitions are recognised"
            )
        return "; ".join(notes) or None

    def dated_by_object(self) -> str | None:
        """That records have no time but their object's, which a copy of the archive changes; None for none."""
        guessed = sum(counts.get("dated_by_object", 0) for counts in self.by_object.values())
        if not guessed:
            return None
        return (
            f"{guessed:,} of {self.total('in'):,} records are dated by the time their object was written, having no "
            "timestamp and no date in the object's key: name the field in the configuration (fields.timestamp), or the "
            "layout of the keys (key_pattern)"
        )

    def unread(self) -> str | None:
        """Which objects could not be read; None where all could."""
        if not self.failed:
            return None
        some = "; ".join(f"{key}: {why}" for key, why in sorted(self.failed.items())[:3])
        then = (
            "could not be read again; what was read from them before is kept"
            if self.is_again
            else "could not be read and are tried again when they are listed again, within relist_days or with --relist"
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
