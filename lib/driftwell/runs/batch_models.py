"""The models that the records of a batch name, and a note about them."""

from __future__ import annotations

from dataclasses import dataclass

from driftwell.tables.datasets import Dataset


@dataclass(frozen=True)
class Models:
    """The models that usable records of a batch name, including wrong ones.

    Attributes:
        first, last: in alphabetical order; None if none is named. named, unnamed: records with and without a model.
    """

    first: str | None
    last: str | None
    named: int
    unnamed: int

    def note(self, dataset: Dataset, is_first: bool = False) -> str | None:
        """A note about them; None if nothing is unusual.

        Args:
            is_first: the dataset had no model before this batch.
        """
        if self.first is None:
            return None
        notes = []
        if is_first:
            notes.append(
                f"model {dataset.model} is named for the first time: all earlier records are assumed to be from it"
            )
        if self.first != self.last:
            notes.append(
                f"records name more than one model ({self.first}, {self.last}); those of {dataset.model} are kept, the "
                "others quarantined as wrong_model: use a separate dataset for each model"
            )
        if self.unnamed:
            total = self.named + self.unnamed
            notes.append(
                f"{self.unnamed:,} of {total:,} records name no model and are assumed to be from {dataset.model}"
            )
        return "; ".join(notes) or None
