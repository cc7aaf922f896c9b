"""The datasets: role, dimension, model, and active baseline."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from pyspark.sql import functions as F

from driftwell.errors import UsageError
from driftwell.tables.store import Tables
from driftwell.times import from_micros


@dataclass(frozen=True)
class Dataset:
    """One row of `datasets`."""

    dataset: str
    role: str
    model: str | None
    dimension: int | None
    active_baseline_id: str | None
    created_at: datetime | None  # None until the first batch has been read
    settings: dict[str, Any]
    full_lists: dict[str, str] = field(default_factory=dict)  # archive -> time of its last full listing


def find_dataset(tables: Tables, name: str) -> Dataset | None:
    """A dataset by name; None if nothing was ever ingested into it."""
    chosen = tables.read("datasets").where(F.col("dataset") == name)
    row = chosen.withColumn("created_at", F.unix_micros("created_at")).first()
    if row is None:
        return None
    values = row.asDict() | {
        "created_at": from_micros(row["created_at"]),
        "settings": json.loads(row["settings"] or "{}"),
        "full_lists": dict(row["full_lists"] or {}),
    }
    return Dataset(**values)


def known_dataset(tables: Tables, name: str, role: str | None = None) -> Dataset:
    """A dataset that has been ingested.

    Raises:
        UsageError: if there is none of that name, or it has another role.
    """
    found = find_dataset(tables, name)
    if found is None:
        names = sorted(row["dataset"] for row in tables.read("datasets").select("dataset").collect())
        there = f"it holds {', '.join(names)}" if names else "it holds none"
        raise UsageError(f"dataset {name!r} is not in {tables.path} ({there}): ingest it first, or correct the name")
    if role and found.role != role:
        raise UsageError(f"dataset {name!r} has role {found.role}, expected a dataset with role {role}")
    return found


def save_dataset(tables: Tables, dataset: Dataset) -> None:
    """Write a dataset's row, replacing the previous one."""
    row = asdict(dataset) | {"settings": json.dumps(dataset.settings, sort_keys=True)}
    tables.replace("datasets", tables.frame("datasets", [row]), f"dataset = '{dataset.dataset}'")


def activate(tables: Tables, dataset: Dataset, baseline_id: str) -> Dataset:
    """Make a baseline the active one of its dataset."""
    changed = replace(dataset, active_baseline_id=baseline_id)
    save_dataset(tables, changed)
    return changed


def remember_full_list(tables: Tables, name: str, archive: str, begun: datetime) -> None:
    """Record when all of an archive was listed; nothing is recorded before a dataset has an object."""
    dataset = find_dataset(tables, name)
    if dataset is not None:
        save_dataset(tables, replace(dataset, full_lists={**dataset.full_lists, archive: begun.isoformat()}))
