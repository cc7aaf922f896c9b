"""What completed runs left: their profiles, which baseline is meant, which reference profile is the newest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import functions as F

from driftwell.errors import InputError, UsageError
from driftwell.profile.window import TimeWindow
from driftwell.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset
from driftwell.tables.store import Tables
from driftwell.times import from_micros


@dataclass(frozen=True)
class Profile:
    """A row of `profiles`, as far as other runs need it."""

    dataset: str
    profile_id: str
    run_id: str
    kind: str
    window: TimeWindow
    split: str | None
    artifacts: str | None
    duplicate_share: float | None


@dataclass(frozen=True)
class History:
    """What runs of some datasets left.

    Attributes:
        done: ids of the completed runs; rows of others were left by attempts that ended early.
        profiles: a row per completed BASELINE or SNAPSHOT.
    """

    done: frozenset[str]
    profiles: list[Profile]


def history(tables: Tables, *datasets: str) -> History:
    """The history of some datasets: two small tables read side by side, and joined on the driver."""
    runs, profiles = (tables.read(name).where(F.col("dataset").isin(*datasets)) for name in ("runs", "profiles"))
    done = runs.where("status = 'done' AND job != 'ingest'").select("run_id")
    start, end = (F.unix_micros(column).alias(column) for column in ("window_start", "window_end"))
    columns = ("dataset", "profile_id", "run_id", "kind", "split", "artifacts", "duplicate_share")
    done_rows, rows = side_by_side([done.collect, profiles.select(*columns, start, end).collect])
    ids = frozenset(row["run_id"] for row in done_rows)
    return History(ids, [_profile(row.asDict()) for row in rows if row["run_id"] in ids])


def baselines_of(profiles: Iterable[Profile], dataset: str) -> dict[str, Profile]:
    """A dataset's baselines by their ids."""
    return {found.profile_id: found for found in profiles if (found.dataset, found.kind) == (dataset, "BASELINE")}


def find_baseline(profiles: Iterable[Profile], dataset: Dataset, baseline: str | None) -> Profile:
    """A baseline by id or label; the active one for None.

    Raises:
        InputError: when the dataset has no baseline yet.
        UsageError: when it has none of that name.
    """
    wanted = baseline or dataset.active_baseline_id
    known = baselines_of(profiles, dataset.dataset)
    if not known:
        raise InputError(f"dataset {dataset.dataset!r} has no baseline yet: run --job_type BASELINE for it first")
    found = known.get(wanted or "") or known.get(f"{dataset.dataset}-{wanted}")
    if found is None:
        raise UsageError(f"dataset {dataset.dataset!r} has no baseline {wanted!r}; it has {', '.join(sorted(known))}")
    return found


def newest_profile(profiles: Iterable[Profile], dataset: Dataset) -> Profile:
    """The profile of a reference whose state is the latest; a snapshot before a baseline of the same moment.

    Raises:
        InputError: when there is none.
    """
    known = sorted((found for found in profiles if found.dataset == dataset.dataset), key=lambda found: found.run_id)
    if not known:
        raise InputError(f"dataset {dataset.dataset!r} has no profile yet: run --job_type BASELINE for it first")
    return max(known, key=lambda found: (found.window.end, found.kind))


def profile_centroids(tables: Tables, profile: Profile) -> NDArray[np.float64]:
    """(k, d) centroids of a profile in the original space, in the order of their numbers."""
    rows = tables.read("clusters").where(F.col("run_id") == profile.run_id).select("cluster", "centroid").collect()
    return np.array([row["centroid"] for row in sorted(rows, key=lambda row: row["cluster"])], dtype=np.float64)


def _profile(row: dict[str, Any]) -> Profile:
    start, end = from_micros(row.pop("window_start")), from_micros(row.pop("window_end"))
    assert end is not None  # every profile has an end
    return Profile(window=TimeWindow(start, end), **row)
