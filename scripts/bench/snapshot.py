"""The commands in a running session: seconds of a small SNAPSHOT, and core-seconds per number."""

from __future__ import annotations

import base64
import gzip
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
from pyspark.sql import SparkSession

from driftwell.config import Settings
from driftwell.runs.baseline import run_baseline
from driftwell.runs.ingest import run_ingest
from driftwell.runs.run import Context
from driftwell.runs.snapshot import run_snapshot
from driftwell.spark.progress import Progress
from driftwell.tables.store import Tables

START = datetime(2026, 5, 1, tzinfo=UTC)
BASELINE_DAYS, SNAPSHOTS = 4, 4
OBJECT = 5_000


def snapshots(spark: SparkSession, folder: Path, n: int, d: int) -> dict[str, float]:
    """Seconds of the last of a few snapshots of n records each, and of its verdict and commits."""
    context = _with_baseline(spark, folder, [n] * (BASELINE_DAYS + SNAPSHOTS), d, of_text=False)
    for day in range(SNAPSHOTS):
        started = time.monotonic()
        _snapshot(context, day)
        seconds = time.monotonic() - started
    stages = context.progress.seconds
    return {"seconds": seconds, "verdict": stages["verdict"], "write tables": stages["write tables"]}


def core_seconds(spark: SparkSession, folder: Path, n: int, d: int) -> dict[str, float]:
    """Core-seconds in tasks per 10⁹ numbers: ingest of JSON text, a baseline of 4n records, and a snapshot's increment.

    The snapshot's figure is the difference between 4n and n records, so that its fixed part cancels.
    """
    sizes = [n] * (BASELINE_DAYS + 1) + [4 * n]
    context = _with_baseline(spark, folder, sizes, d, of_text=True)
    for day in range(2):
        _snapshot(context, day)
    runs = context.tables.read("runs").orderBy("finished_at").select("job", "resources").collect()
    tasks = [run["resources"]["task_seconds"] for run in runs]
    ingest, baseline, small, large = tasks
    return {
        "ingest": ingest / (sum(sizes) * d) * 1e9,
        "baseline": baseline / (BASELINE_DAYS * n * d) * 1e9,
        "snapshot": (large - small) / (3 * n * d) * 1e9,
    }


def _with_baseline(spark: SparkSession, folder: Path, sizes: list[int], d: int, of_text: bool) -> Context:
    """Ingested days with the given numbers of records, and a baseline of the first of them."""
    shutil.rmtree(folder, ignore_errors=True)
    archive = folder / "archive"
    for day, records in enumerate(sizes):
        _day(archive, START + timedelta(days=day), records, d, day, of_text)
    context = Context(spark, Tables(spark, str(folder / "tables")), Settings(), Progress(spark.sparkContext))
    run_ingest(context, "questions", "prompts", str(archive))
    run_baseline(context, "questions", START, START + timedelta(days=BASELINE_DAYS))
    return context


def _snapshot(context: Context, day: int) -> None:
    """A snapshot of the day a number of days after the baseline."""
    start = START + timedelta(days=BASELINE_DAYS + day)
    run_snapshot(context, "questions", start, start + timedelta(days=1))


def _day(archive: Path, day: datetime, n: int, d: int, seed: int, of_text: bool) -> None:
    """n records of one day, in objects of 5,000; embeddings as base64, faster to generate, or as JSON numbers."""
    generator = np.random.default_rng(seed)
    topics = np.random.default_rng(99).standard_normal((30, d))
    x = (topics[generator.integers(0, len(topics), n)] + generator.standard_normal((n, d))).astype("<f4")
    step = timedelta(days=1) / n
    lines = [
        orjson.dumps(
            {
                "id": f"{seed}-{i}",
                "timestamp": (day + i * step).isoformat(),
                "embedding": vector.tolist() if of_text else base64.b64encode(vector.tobytes()).decode(),
            }
        )
        for i, vector in enumerate(x)
    ]
    folder = archive / f"{day:%Y/%m/%d}/00"
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, n, OBJECT):
        (folder / f"{start}.gz").write_bytes(gzip.compress(b"\n".join(lines[start : start + OBJECT]), 1))
