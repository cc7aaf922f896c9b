"""Profiles of completed runs: finding a baseline by name, and the newest profile of a reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from driftwell.errors import InputError, UsageError
from driftwell.profile.window import TimeWindow
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.datasets import Dataset
from driftwell.tables.store import Tables
from driftwell.times import from_micros

COLUMNS = ("dataset", "profile_id", "run_id", "kind", "split", "artifacts", "duplicate_share", "rules")
TIMES = ("window_start", "window_end", "known_at")


@dataclass(frozen=True)
class Profile:
    """The columns of a row of `profiles` that other runs need; its window is reread as it was known then."""

    dataset: str
    profile_id: str
    run_id: str
    kind: str
    window: TimeWindow
    split: str | None
    artifacts: str | None
    duplicate_share: float | None
    rules: Mapping[str, str | None] | None


def is_done(tables: Tables, run_id: str) -> bool:
    """Whether a run was completed; rows of one that was not are left from an attempt that ended early."""
    return not _done(tables, F.col("run_id") == run_id).isEmpty()


def baselines(tables: Tables, *datasets: str) -> list[Profile]:
    """The baselines of some datasets, which are few, by two reads side by side."""
    of_datasets = F.col("dataset").isin(*datasets)
    done = _done(tables, of_datasets & (F.col("job") == "baseline")).select("run_id")
    rows = _narrow(tables.read("profiles").where(of_datasets & (F.col("kind") == "BASELINE")))
    found, made = side_by_side([done.collect, rows.collect])
    ids = {row["run_id"] for row in found}
    return [_profile(row.asDict()) for row in made if row["run_id"] in ids]


def newest_profile(tables: Tables, name: str) -> Profile | None:
    """The profile of a dataset's latest state, of several at one moment that with the newest records, or None."""
    of_dataset = F.col("dataset") == name
    done = _done(tables, of_dataset & F.col("job").isin("baseline", "snapshot")).select("run_id")
    made = tables.read("profiles").where(of_dataset).join(done, "run_id", "left_semi")
    latest = made.orderBy(F.desc("window_end"), F.desc("known_at"), F.desc("kind"), F.desc("run_id")).limit(1)
    rows = _narrow(latest).collect()
    return _profile(rows[0].asDict()) if rows else None


def _done(tables: Tables, condition: Column) -> DataFrame:
    return tables.read("runs").where((F.col("status") == "done") & condition)


def _narrow(profiles: DataFrame) -> DataFrame:
    """What a `Profile` holds; times in microseconds."""
    return profiles.select(*COLUMNS, *(F.unix_micros(time).alias(time) for time in TIMES))


def find_baseline(baselines: Iterable[Profile], dataset: Dataset, baseline: str | None) -> Profile:
    """A baseline by id or label; the active one for None.

    Raises:
        InputError: if the dataset has no baseline yet.
        UsageError: if none has that name.
    """
    wanted = baseline or dataset.active_baseline_id
    known = {found.profile_id: found for found in baselines if found.dataset == dataset.dataset}
    if not known:
        raise InputError(f"dataset {dataset.dataset!r} has no baseline yet: run --job_type BASELINE for it first")
    found = known.get(wanted or "") or known.get(f"{dataset.dataset}-{wanted}")
    if found is None:
        raise UsageError(f"dataset {dataset.dataset!r} has no baseline {wanted!r}; it has {', '.join(sorted(known))}")
    return found


def profile_centroids(tables: Tables, profile: Profile) -> NDArray[np.float64]:
    """(k, d) centroids of a profile in the original space, in the order of their numbers."""
    rows = tables.read("clusters").where(F.col("run_id") == profile.run_id).select("cluster", "centroid").collect()
    return np.array([row["centroid"] for row in sorted(rows, key=lambda row: row["cluster"])], dtype=np.float64)


def _profile(row: dict[str, Any]) -> Profile:
    start, end, known_at = (from_micros(row.pop(time)) for time in TIMES)
    assert end is not None  # every profile has an end
    return Profile(window=TimeWindow(start, end, known_at), **row)
