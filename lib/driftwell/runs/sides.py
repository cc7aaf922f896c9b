"""The two sides of a DISTANCE run when it begins: the prompts, and what they are measured against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from driftwell.errors import InputError
from driftwell.runs.history import Profile, baselines, find_baseline, newest_profile
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset, known_dataset
from driftwell.tables.store import Tables

BASELINE, NEWEST = "baseline", "newest"
"""The reference's active baseline, and its newest profile."""


@dataclass(frozen=True)
class Sides:
    """Prompts and a reference.

    Attributes:
        baseline: of the prompts, source of the usual distances; None means the reference's calibration half.
        profiles: of the reference, under `BASELINE` and `NEWEST`.
    """

    prompts: Dataset
    reference: Dataset
    baseline: Profile | None
    profiles: dict[str, Profile]

    @property
    def baseline_id(self) -> str | None:
        """Id of the prompts' baseline."""
        return self.baseline.profile_id if self.baseline else None

    @property
    def distinct(self) -> dict[str, Profile]:
        """The profiles; the newest only if it is not the baseline."""
        pinned, newest = self.profiles[BASELINE], self.profiles[NEWEST]
        return {BASELINE: pinned} if newest.run_id == pinned.run_id else self.profiles


def find_sides(tables: Tables, prompts: str, reference: str) -> Sides:
    """What the tables hold of two datasets.

    Raises:
        UsageError: if one of them is unknown or has another role.
        InputError: if the reference has no baseline, or their dimensions or models differ.
    """
    of_prompts, of_reference, known, newest = side_by_side(
        [
            partial(known_dataset, tables, prompts, "prompts"),
            partial(known_dataset, tables, reference, "reference"),
            partial(baselines, tables, prompts, reference),
            partial(newest_profile, tables, reference),
        ]
    )
    _check_alike(of_prompts, of_reference)
    baseline = find_baseline(known, of_prompts, None) if of_prompts.active_baseline_id else None
    pinned = find_baseline(known, of_reference, None)
    return Sides(of_prompts, of_reference, baseline, {BASELINE: pinned, NEWEST: newest or pinned})


def _check_alike(prompts: Dataset, reference: Dataset) -> None:
    if prompts.dimension != reference.dimension:
        raise InputError(
            f"prompts {prompts.dataset!r} have {prompts.dimension} dimensions, reference {reference.dataset!r} has "
            f"{reference.dimension}: distances need vectors of one embedding model on both sides"
        )
    if prompts.model and reference.model and prompts.model != reference.model:
        raise InputError(
            f"prompts {prompts.dataset!r} come from model {prompts.model}, reference {reference.dataset!r} from "
            f"{reference.model}: distances need vectors of one embedding model on both sides"
        )
