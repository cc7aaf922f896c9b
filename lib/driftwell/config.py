"""Settings: frozen dataclasses with their defaults, and the values that each one accepts.

`conf/driftwell.yaml` shows every setting with its default and a comment; a test checks that they agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from driftwell.errors import UsageError

ROLES = ("prompts", "reference")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def bounded(default: Any, low: float | None = None, high: float | None = None, choices: tuple[str, ...] = ()) -> Any:
    """A dataclass field with a default and the values it accepts."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True)
class FieldNames:
    """Names of the fields in a producer's records (JSON keys or Parquet columns)."""

    embedding: str = "embedding"
    id: str = "id"
    text: str = "text"
    timestamp: str = "timestamp"
    model: str = "model"
    metadata: str = "metadata"
    deleted: str = "deleted"
    encoding: str = "encoding"


KEY_GROUPS = ("year", "month", "day", "hour")
"""Groups of a key_pattern; the hour may be missing."""


@dataclass(frozen=True)
class DatasetSettings:
    """Settings of one dataset before its first record is read; null means learn it from the data."""

    role: str | None = bounded(None, choices=ROLES)
    data_path: str | None = None
    key_pattern: str | None = field(default=None, metadata={"groups": KEY_GROUPS})
    dimension: int | None = bounded(None, low=1)
    encoding: str | None = bounded(None, choices=("float32", "float64", "float16", "int8"))
    model: str | None = None
    session_key: str | None = None
    measures: tuple[str, ...] = ()
    fields: FieldNames = field(default_factory=FieldNames)


@dataclass(frozen=True)
class IngestSettings:
    """How archive objects become records."""

    store_text: bool = True
    error_prefix: str | None = None
    max_object_mb: int = bounded(1024, low=1)
    max_lateness_days: float | None = bounded(None, low=0)
    max_quarantine_share: float = bounded(0.05, low=0, high=1)
    batch_objects: int = bounded(5_000, low=1)
    batch_mb: int = bounded(2_048, low=1)
    relist_days: float = bounded(7.0, low=0)


@dataclass(frozen=True)
class ProfileSettings:
    """How a window becomes a profile."""

    solver: str = bounded("auto", choices=("auto", "gram", "mllib"))
    k: int | str = bounded(10, low=1, high=1_000, choices=("auto",))
    k_candidates: tuple[int, ...] = bounded((2, 3, 5, 8, 10, 15, 20, 30), low=1, high=1_000)
    kmeans_sample: int = bounded(20_000, low=0)
    max_iterations: int = bounded(50, low=1)
    refit_sample: int = bounded(4_000, low=2)
    seed: int = bounded(42, low=0)


@dataclass(frozen=True)
class DriftSettings:
    """How a snapshot is compared with its baseline."""

    false_alarms_per_year: float = bounded(1.0, low=1e-3, high=1e3)
    schedule: tuple[str, ...] = bounded(("daily",), choices=("hourly", "daily", "weekly", "monthly", "coverage"))
    alpha: float | None = bounded(None, low=0.001, high=0.2)
    share_floor: float = bounded(0.0, low=0, high=1)
    d_floor: float = bounded(0.0, low=0)
    state_floor: float = bounded(0.05, low=0, high=1)
    coverage_floor: float = bounded(0.0, low=0, high=1)
    min_records: int = bounded(30, low=20)
    weekends: bool = False
    psi_epsilon: float = bounded(1e-4, low=1e-12, high=0.1)


@dataclass(frozen=True)
class CoverageSettings:
    """How prompts are compared with the reference."""

    outlier_rate: float = bounded(0.05, low=1e-6, high=0.5)
    covered_quantile: float = bounded(0.95, low=0.5, high=0.9999)
    exact_quantile_rows: int = bounded(1_000_000, low=0)


@dataclass(frozen=True)
class LeaseSettings:
    """How runs that write the same tables wait for each other."""

    wait_seconds: float = bounded(3_600.0, low=0)
    silence_seconds: float = bounded(120.0, low=1)


@dataclass(frozen=True)
class AlertSettings:
    """Which results are published, and where."""

    topic_arn: str | None = None
    namespace: str = "driftwell"
    metric_names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SparkSettings:
    """Where Spark runs when driftwell opens the session itself (under spark-submit the platform decides)."""

    master: str | None = None
    conf: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured."""

    tables_path: str | None = None
    datasets: dict[str, DatasetSettings] = field(default_factory=dict)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    profile: ProfileSettings = field(default_factory=ProfileSettings)
    drift: DriftSettings = field(default_factory=DriftSettings)
    coverage: CoverageSettings = field(default_factory=CoverageSettings)
    lease: LeaseSettings = field(default_factory=LeaseSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    spark: SparkSettings = field(default_factory=SparkSettings)

    def dataset(self, name: str) -> DatasetSettings:
        """Settings of one dataset; defaults if the file does not name it."""
        known = self.datasets.get(check_name(name, "dataset"), DatasetSettings())
        return replace(known, role=name) if known.role is None and name in ROLES else known


def check_name(name: str, what: str) -> str:
    """Refuse names that cannot be used as a folder, a table value and a command-line argument.

    Raises:
        UsageError: when the name is not 1 to 64 letters, digits, `_` or `-`, beginning with a letter or digit.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise UsageError(
            f"{what} {name!r}: expected 1 to 64 letters, digits, '_' or '-', starting with a letter or digit"
        )
    return name
