"""Seconds of the commands in a running session: what a small SNAPSHOT costs beside its arithmetic."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession

from driftwell.config import Settings
from driftwell.progress import Progress
from driftwell.runs.baseline import run_baseline
from driftwell.runs.ingest import run_ingest
from driftwell.runs.run import Context
from driftwell.runs.snapshot import run_snapshot
from driftwell.tables.store import Tables

START = datetime(2026, 5, 1, tzinfo=UTC)
BASELINE_DAYS = 4


def snapshots(spark: SparkSession, folder: Path, n: int, d: int) -> dict[str, float]:
    """Seconds of the third of three snapshots of n records each, with those of its verdict and of its commits."""
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder / "archive"
    for day in range(BASELINE_DAYS + 3):
        _day(archive, START + timedelta(days=day), n, d, day)
    context = Context(spark, Tables(spark, str(folder / "tables")), Settings(), Progress(spark.sparkContext))
    run_ingest(context, "questions", "prompts", str(archive))
    end = START + timedelta(days=BASELINE_DAYS)
    run_baseline(context, "questions", START, end)
    for day in range(3):
        started = time.monotonic()
        first = end + timedelta(days=day)
        run_snapshot(context, "questions", first, first + timedelta(days=1))
        seconds = time.monotonic() - started
    stages = context.progress.seconds
    return {"seconds": seconds, "verdict": stages["verdict"], "write tables": stages["write tables"]}


def _day(archive: Path, day: datetime, n: int, d: int, seed: int) -> None:
    """n records of one day, in one object, as base64: quick to make."""
    generator = np.random.default_rng(seed)
    topics = np.random.default_rng(99).standard_normal((30, d))
    x = (topics[generator.integers(0, len(topics), n)] + generator.standard_normal((n, d))).astype("<f4")
    step = timedelta(days=1) / n
    lines = (
        json.dumps(
            {
                "id": f"{seed}-{i}",
                "timestamp": (day + i * step).isoformat(),
                "embedding": base64.b64encode(vector.tobytes()).decode(),
            }
        )
        for i, vector in enumerate(x)
    )
    folder = archive / f"{day:%Y/%m/%d}/00"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "day.gz").write_bytes(gzip.compress("\n".join(lines).encode(), 1))
