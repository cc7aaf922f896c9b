"""What all runs share: an identity, a row in `runs`, and that a completed run is not repeated."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

import driftwell
from driftwell.config import Settings
from driftwell.profile.window import TimeWindow
from driftwell.spark.progress import Progress
from driftwell.spark.resources import resources_used
from driftwell.tables.store import Tables
from driftwell.times import iso, now

logger = logging.getLogger(__name__)

FORMAT = 1
"""Part of every run's identity: raised when new code gives other results, so that runs of old code do not count."""


@dataclass(frozen=True)
class Context:
    """What a run works with."""

    spark: SparkSession
    tables: Tables
    settings: Settings
    progress: Progress


@dataclass(frozen=True)
class Question:
    """What a run answers. The same question on the same data has the same run_id.

    Attributes:
        settings: those that affect the result.
        fingerprint: of the records used; None for ingest, whose settings hold the batch.
    """

    job: str
    dataset: str
    settings: dict[str, Any]
    window: TimeWindow | None = None
    baseline_id: str | None = None
    fingerprint: str | None = None

    @property
    def run_id(self) -> str:
        """16 hex digits."""
        window = [iso(self.window.start), iso(self.window.end)] if self.window else None
        parts = [FORMAT, self.job, self.dataset, window, self.baseline_id, self.settings, self.fingerprint]
        return digest(parts)

    @property
    def columns(self) -> dict[str, Any]:
        """Columns that all rows of a comparison share: run, dataset, baseline and window."""
        return {
            "run_id": self.run_id,
            "dataset": self.dataset,
            "baseline_id": self.baseline_id,
            "window_start": self.window.start if self.window else None,
            "window_end": self.window.end if self.window else None,
        }


@dataclass
class Counts:
    """Record counts and messages of a run, filled in while it works."""

    records_in: int | None = None
    records_good: int | None = None
    records_quarantined: int | None = None
    records_duplicate: int | None = None
    message: str | None = None
    call_id: str | None = None

    def note(self, message: str | None) -> None:
        """Add to the message; None adds nothing."""
        self.message = "; ".join(note for note in (self.message, message) if note) or None


@dataclass(frozen=True)
class Outcome:
    """The result of a run.

    Attributes:
        rows: table -> the rows it wrote, without those of single records; empty if it was repeated.
        repeated: it was already completed, and nothing was done.
    """

    run_id: str
    rows: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    repeated: bool = False


def digest(parts: Any) -> str:
    """16 hex digits of a hash of any JSON value."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


@contextmanager
def recorded(
    context: Context, question: Question, made_baseline_id: str | None = None, is_repeated: bool = False
) -> Iterator[Counts]:
    """Write the row of `runs` after the body: as the last commit, because it marks the run complete.

    A body that fails leaves a row with status failed, which nothing counts as complete.

    Args:
        made_baseline_id: the baseline that this run makes; not part of the question.
        is_repeated: an earlier attempt may have written the row.
    """
    counts = Counts()
    try:
        yield counts
    except Exception as error:
        _write_failed(context, _row(context, question, counts, "failed"), error)
        raise
    if counts.message:
        context.progress.say(f"  {question.job} of {question.dataset}: {counts.message}")
    row = _row(context, question, counts, "done")
    row["baseline_id"] = made_baseline_id or question.baseline_id
    of_run = f"run_id = '{question.run_id}' AND status = 'done'"
    context.tables.add("runs", context.tables.frame("runs", [row]), of_run, is_repeated)


def _write_failed(context: Context, row: dict[str, Any], error: Exception) -> None:
    row["message"] = f"{type(error).__name__}: {error}"[:500]
    try:
        context.tables.append("runs", context.tables.frame("runs", [row]))
    except Exception:
        # The first failure is the one to show; this one is only logged.
        logger.warning("the failed run %s could not be recorded in %s", row["run_id"], context.tables.path)


def _row(context: Context, question: Question, counts: Counts, status: str) -> dict[str, Any]:
    settings = json.dumps(question.settings, sort_keys=True)
    return {
        **question.columns,
        "job": question.job,
        "status": status,
        "started_at": context.progress.started_at,
        "finished_at": now(),
        **asdict(counts),
        "settings": settings,
        "settings_hash": digest(question.settings),
        "fingerprint": question.fingerprint,
        "versions": _versions(context.spark),
        "seconds_by_stage": {stage: round(seconds, 3) for stage, seconds in context.progress.seconds.items()},
        "driver_peak_rss_mb": round(_peak_rss_mb(), 1),
        "resources": resources_used(context.spark),
    }


def _versions(spark: SparkSession) -> dict[str, str]:
    return {
        "driftwell": driftwell.__version__,
        "spark": spark.version,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _peak_rss_mb() -> float:
    """Peak resident memory of this process; the kernel counts in KiB, on macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
