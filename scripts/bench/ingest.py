"""Benchmark of ingest at its extremes: very many small objects, and one very large one.

    PYTHONPATH=scripts python -P -m bench.ingest [--objects N] [--large_mb N] [--dimension D] [--folder DIR]

Prints the rates of listing and decoding, and the peak memory of the driver and of the Python workers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from driftwell.archive.listing import objects_under
from driftwell.config import IngestSettings, Settings, SparkSettings
from driftwell.runs.ingest import run_ingest
from driftwell.runs.run import Context
from driftwell.spark.progress import Progress
from driftwell.spark.session import open_session
from driftwell.tables.store import Tables

RECORDS_PER_OBJECT = 2


def main(argv: list[str] | None = None) -> int:
    """Create the archives, ingest them, print a table."""
    options = _options(argv)
    folder = Path(options.folder or tempfile.mkdtemp(prefix="driftwell-bench-"))
    spark = open_session(SparkSettings())
    try:
        tables = Tables(spark, str(folder / "tables"))
        context = Context(spark, tables, Settings(ingest=IngestSettings()), Progress(spark.sparkContext))
        rows = [*_many(context, folder / "many", options), *_large(context, folder / "large", options)]
    finally:
        spark.stop()
        if not options.folder:
            shutil.rmtree(folder)
    for name, value in rows:
        print(f"| {name} | {value} |")
    return 0


def _many(context: Context, archive: Path, options: argparse.Namespace) -> list[tuple[str, str]]:
    """Small objects over 20 days, read in capped batches."""
    for i in range(options.objects):
        day, hour = 1 + i % 20, i // 20 % 24
        hour_folder = archive / f"2026/05/{day:02}/{hour:02}"
        hour_folder.mkdir(parents=True, exist_ok=True)
        (hour_folder / f"s-{i}.gz").write_bytes(gzip.compress(_lines(RECORDS_PER_OBJECT, 16, i), 1))
    started = time.monotonic()
    listed = objects_under(context.spark, str(archive), None, None).count()
    listing = time.monotonic() - started
    started = time.monotonic()
    found = run_ingest(context, "many", "prompts", str(archive))
    took = time.monotonic() - started
    assert listed == found.objects == options.objects, (listed, found.objects)
    assert found.records_good == RECORDS_PER_OBJECT * options.objects
    started = time.monotonic()
    again = run_ingest(context, "many", "prompts", str(archive))
    assert not again.run_ids
    return [
        (f"listing {listed:,} objects", f"{listed / listing:,.0f} objects/s"),
        (f"ingest of them in {len(found.run_ids)} batches", f"{took:.0f} s, {listed / took:,.0f} objects/s"),
        ("a second call that finds nothing new (listing by date)", f"{time.monotonic() - started:.1f} s"),
    ]


def _large(context: Context, archive: Path, options: argparse.Namespace) -> list[tuple[str, str]]:
    """One object of many MB."""
    folder = archive / "2026/05/01/00"
    folder.mkdir(parents=True, exist_ok=True)
    line_bytes = len(_lines(1, options.dimension, 0))
    records = options.large_mb * 1_000_000 // line_bytes
    with gzip.open(folder / "large.gz", "wb", compresslevel=1) as out:
        for start in range(0, records, 500):
            out.write(_lines(min(500, records - start), options.dimension, start))
    started = time.monotonic()
    found = run_ingest(context, "large", "prompts", str(archive))
    took = time.monotonic() - started
    assert found.records_good == records, found
    run = context.tables.read("runs").where("dataset = 'large'").first()
    assert run is not None
    decode = run["seconds_by_stage"]["decode objects"]
    return [
        (f"one object of {options.large_mb} MB inflated, {records:,} x {options.dimension}", f"{took:.0f} s in all"),
        ("its decoding, on one core, kept on disk", f"{decode:.0f} s, {options.large_mb / decode:.0f} MB/s of JSON"),
        ("peak memory of the driver's Python", f"{run['driver_peak_rss_mb']:.0f} MiB"),
        ("peak memory of a Python worker", f"{_worker_peak_mb(context):.0f} MiB"),
    ]


def _worker_peak_mb(context: Context) -> float:
    """The peak resident memory of a Python worker in this session."""

    def peak(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            pass
        yield pa.record_batch({"mb": [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]})

    # Workers are reused: as many tasks as there are cores reach all of them.
    cores = context.spark.sparkContext.defaultParallelism
    rows = context.spark.range(0, cores, 1, cores).mapInArrow(peak, "mb double").collect()
    return max(row["mb"] for row in rows)


def _lines(n: int, d: int, seed: int) -> bytes:
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((n, d)).round(6)
    return "".join(
        json.dumps({"id": f"{seed}-{i}", "embedding": vector.tolist()}) + "\n" for i, vector in enumerate(vectors)
    ).encode()


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=50_000)
    parser.add_argument("--large_mb", type=int, default=400)
    parser.add_argument("--dimension", type=int, default=1_536)
    parser.add_argument("--folder", help="keep archives and tables there")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
