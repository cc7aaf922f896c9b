"""The models that the records of a batch name, and what is worth telling of them."""

from __future__ import annotations

from dataclasses import dataclass

from driftwell.tables.datasets import Dataset


@dataclass(frozen=True)
class Models:
    """The models that usable records of a batch name, wrong ones among them.

    Attributes:
        first, last: by their names; None where none is named. named, unnamed: records that name one, and that do not.
    """

    first: str | None
    last: str | None
    named: int
    unnamed: int

    def note(self, dataset: Dataset, is_first: bool = False) -> str | None:
        """What is worth telling of them; None where there is nothing.

        Args:
            is_first: the dataset had no model before this batch.
        """
        if self.first is None:
            return None
        notes = []
        if is_first:
            notes.append(
                f"model {dataset.model} is named for the first time: all records before it are taken for its own"
            )
        if self.first != self.last:
            notes.append(
                f"records name more than one model ({self.first}, {self.last}); those of {dataset.model} are kept, and "
                "others quarantined as wrong_model: give each model a dataset of its own"
            )
        if self.unnamed:
            total = self.named + self.unnamed
            notes.append(
                f"{self.unnamed:,} of {total:,} records name no model and are taken for those of {dataset.model}"
            )
        return "; ".join(notes) or None
