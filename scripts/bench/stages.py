"""The stages of the benchmark: the measurement, the comparison, and the bar to reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyspark
from pyspark.sql import DataFrame, SparkSession

from bench.decode import decoding
from bench.memory import peak_memory
from bench.profile import (
    formula,
    gramian,
    mllib_pca,
    moving,
    our_pca,
    ours,
    product,
    vectors_of,
    write_vectors,
)
from bench.result import Result, exponent, fastest
from bench.scaling import before, passes
from bench.snapshot import core_seconds, snapshots
from driftwell.config import SparkSettings
from driftwell.spark.session import open_session

LARGE = 200_000
SNAPSHOT, QUICK_SNAPSHOT = (5_000, 384), (2_000, 64)
SNAPSHOT_SECONDS = 10.0

# As on a cluster; a local session of driftwell does not compile queries.
COMPILED = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}


class Bench:
    """Sizes, and one warm session for all stages.

    Attributes:
        folder: of the data. n, d: number of vectors and their dimension. quick: whether stages use small sizes.
    """

    def __init__(self, folder: Path, n: int, d: int, quick: bool, repeats: int) -> None:
        self.folder, self.n, self.d, self.quick, self.repeats = folder, n, d, quick, repeats
        self.versions = f"Spark {pyspark.__version__}, numpy {np.__version__}"
        self._spark: SparkSession | None = None

    @property
    def spark(self) -> SparkSession:
        """The session, warmed up: Python workers and MLlib have run once."""
        if self._spark is None:
            self._spark = open_session(SparkSettings(conf={"spark.driver.memory": "12g"} | COMPILED))
            frame = self._vectors(2_000, 64)
            ours(frame, 2_000, 64)
            formula(frame, 2_000)
        return self._spark

    def vectors(self, n: int, d: int) -> DataFrame:
        """n vectors of dimension d, from Parquet."""
        _ = self.spark
        return self._vectors(n, d)

    def data(self, n: int, d: int) -> Path:
        """Path of the vectors."""
        folder = self.folder / f"{n}x{d}"
        write_vectors(folder, n, d)
        return folder

    def close(self) -> None:
        """End the session."""
        if self._spark is not None:
            self._spark.stop()
            self._spark = None

    def _vectors(self, n: int, d: int) -> DataFrame:
        assert self._spark is not None
        return vectors_of(self._spark, self.data(n, d))


def profile(bench: Bench) -> Iterator[Result]:
    """The whole profile against the AWS sample's formula, and its stages."""
    yield from _against_formula(bench, bench.n, 2 if bench.quick else 5)


def large(bench: Bench) -> Iterator[Result]:
    """The same with many records."""
    yield from _against_formula(bench, LARGE, 8)


def _against_formula(bench: Bench, n: int, bar: float) -> Iterator[Result]:
    frame = bench.vectors(n, bench.d)
    # The first one of this size is a warm-up; theirs takes minutes, of which a warm-up is a small part.
    runs = [ours(frame, n, bench.d) for _ in range(max(2, bench.repeats))]
    mine, found = min(runs, key=lambda run: sum(run[0].values()))
    theirs, _ = formula(frame, n)
    size = f"{n:,} x {bench.d:,}"
    total, other = sum(mine.values()), sum(theirs.values())
    yield Result(
        f"profile of {size}, reading included",
        f"{total:.1f} s",
        f"AWS sample's formula {other:.1f} s",
        other / total,
        bar,
    )
    for stage in ("pca", "kmeans", "measures"):
        yield Result(
            f"  of it {stage}",
            f"{mine[stage]:.1f} s",
            f"{theirs[stage]:.1f} s" + (f", reading {theirs['read']:.1f} s before" if stage == "pca" else ""),
            theirs[stage] / mine[stage],
        )
    yield Result(f"  found: dims95 {found['dims95']:.0f}", f"silhouette {found['silhouette']:.3f}", "")


def pca(bench: Bench) -> Iterator[Result]:
    """Principal components alone, few records and many dimensions."""
    n, d = (1_000, 1_024) if bench.quick else (2_000, 4_096)
    frame = bench.vectors(n, d)
    mine = fastest(max(2, bench.repeats), lambda: our_pca(frame, n, d))  # the first one of this dimension is a warm-up
    theirs = mllib_pca(frame)
    yield Result(
        f"PCA of {n:,} x {d:,}", f"{mine:.1f} s", f"stock MLlib {theirs:.1f} s", theirs / mine, 3 if bench.quick else 15
    )


def gramian_stage(bench: Bench) -> Iterator[Result]:
    """The solver's one pass compared with the lower bound: moving the vectors to Python, and the product alone."""
    n = bench.n if bench.quick else LARGE
    frame, repeats = bench.vectors(n, bench.d), max(2, bench.repeats)
    mine = fastest(repeats, lambda: gramian(frame, n, bench.d))
    moved = fastest(repeats, lambda: moving(frame, bench.d))
    multiplied = fastest(repeats, lambda: product(n, bench.d))
    flops = 2 * n * bench.d**2 / mine / 1e9
    yield Result(
        f"Gramian of {n:,} x {bench.d:,}",
        f"{mine:.2f} s ({flops:.0f} GFLOP/s)",
        f"moving the vectors to Python {moved:.2f} s + product in numpy {multiplied:.2f} s",
        mine / (moved + multiplied),
        1.5,
        at_most=True,
    )


def kmeans(bench: Bench) -> Iterator[Result]:
    """The increase in inertia from fitting on a bounded sample."""
    n = min(bench.n, 50_000)
    frame = bench.vectors(n, bench.d)
    _, sampled = ours(frame, n, bench.d, sample=n // 4 if bench.quick else 20_000)
    _, full = ours(frame, n, bench.d, sample=0)
    yield Result(
        f"inertia of {n:,} x {bench.d:,}, clusters fitted on a sample",
        f"{sampled['inertia']:.5f}",
        f"fitted on all {full['inertia']:.5f}",
        sampled["inertia"] / full["inertia"],
        1.01,
        at_most=True,
    )


def scaling(bench: Bench) -> Iterator[Result]:
    """How a SNAPSHOT's seconds grow with records and with dimensions."""
    sizes = [bench.n // 2, bench.n, 2 * bench.n, 4 * bench.n]
    seconds = _passes(bench, [(n, bench.d) for n in sizes])
    yield Result(
        f"exponent of a SNAPSHOT's passes in n, {sizes[0]:,} to {sizes[-1]:,}",
        _list_of(seconds),
        "",
        exponent(sizes, seconds),
        1.05,
        at_most=True,
    )
    widths = [bench.d // 4, bench.d // 2, bench.d]
    seconds = _passes(bench, [(bench.n, d) for d in widths])
    yield Result(f"exponent in d, {widths[0]:,} to {widths[-1]:,}", _list_of(seconds), "", exponent(widths, seconds))


def _passes(bench: Bench, shapes: list[tuple[int, int]]) -> list[float]:
    """Seconds for each n and d, compared with a baseline of half of the benchmark's vectors."""
    baselines = {d: before(bench.vectors(bench.n // 2, d), d) for d in {d for _, d in shapes}}
    return [fastest(bench.repeats, lambda n=n, d=d: passes(bench.vectors(n, d), n, d, baselines[d])) for n, d in shapes]


def _list_of(seconds: list[float]) -> str:
    return ", ".join(f"{s:.1f}" for s in seconds) + " s"


def decode(bench: Bench) -> Iterator[Result]:
    """Decoding on one core."""
    found = decoding(10 if bench.quick else 60, 1_536)
    yield Result(
        "JSON decoded, inflated MB/s of a core",
        f"{found['json_mb_per_s']:.0f}",
        f"zlib, orjson and numpy alone {found['best_mb_per_s']:.0f}",
        found["json_mb_per_s"] / found["best_mb_per_s"],
        0.6,
    )
    yield Result(
        "base64, records/s of a core, d = 1,536",
        f"{found['base64_records_per_s']:,.0f}",
        f"JSON text {found['json_records_per_s']:,.0f}",
        found["base64_records_per_s"] / found["json_records_per_s"],
        3,
    )


def memory(bench: Bench) -> Iterator[Result]:
    """Peak memory on a cluster of two executors: few records, many records, and many dimensions."""
    bench.close()
    small, many = (peak_memory(bench.data(n, bench.d), n, bench.d) for n in (LARGE // 8, LARGE))
    for name, at_most in (
        ("driver_jvm", True),
        ("driver_python", True),
        ("executor_jvm", False),
        ("python_worker", False),
    ):
        yield Result(
            f"peak MiB of the {name.replace('_', ' ')}, {LARGE:,} x {bench.d:,}",
            f"{many[name]:.0f}",
            f"{LARGE // 8:,} records {small[name]:.0f}",
            many[name] / small[name],
            1.1 if at_most else None,
            at_most=at_most,
        )
    wide = peak_memory(bench.data(20_000, 4_096), 20_000, 4_096)
    yield Result(
        "20,000 x 4,096 with 2 GiB for the driver and each executor",
        f"{wide['seconds']:.0f} s; driver {wide['driver_jvm']:.0f}, worker {wide['python_worker']:.0f} MiB",
        "",
    )


def snapshot(bench: Bench) -> Iterator[Result]:
    """A SNAPSHOT in a running session: mostly the cost of jobs and commits."""
    n, d = QUICK_SNAPSHOT if bench.quick else SNAPSHOT
    bench.close()
    spark = open_session(SparkSettings())  # like a user's on one machine
    try:
        found = snapshots(spark, bench.folder / f"snapshot-{n}x{d}", n, d)
    finally:
        spark.stop()
    yield Result(
        f"SNAPSHOT of {n:,} x {d} in a running session, in {SNAPSHOT_SECONDS:.0f} s",
        f"{found['seconds']:.1f} s",
        "",
        found["seconds"] / SNAPSHOT_SECONDS,
        1,
        at_most=True,
    )
    for part in ("verdict", "write tables"):
        yield Result(f"  of it {part}", f"{found[part]:.1f} s", "")


def cost(bench: Bench) -> Iterator[Result]:
    """The cost of a record in each command: the cost model of docs/glue.md."""
    n, d = (500, 128) if bench.quick else (4_000, 1_536)
    found = core_seconds(bench.spark, bench.folder / f"cost-{n}x{d}", n, d)
    for command, seconds in found.items():
        yield Result(f"{command}, core-seconds for 10⁹ numbers (d = {d:,})", f"{seconds:.0f}", "")


STAGES: dict[str, Callable[[Bench], Iterator[Result]]] = {
    "profile": profile,
    "large": large,
    "pca": pca,
    "gramian": gramian_stage,
    "kmeans": kmeans,
    "scaling": scaling,
    "decode": decode,
    "memory": memory,
    "snapshot": snapshot,
    "cost": cost,
}
