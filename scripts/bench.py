#!/usr/bin/env python3
"""Benchmark of driftwell against stock MLlib and the public AWS sample's formula on this machine.

    scripts/bench.py [--line 4.1|3.5] [--quick] [--n N] [--d N] [--stages A,B] [--repeats N] [--json FILE]
        [--folder DIR] [--write_docs]

Stages: profile, large, pca, gramian, kmeans, scaling, decode, memory, snapshot, cost. Both sides read the same Parquet
files and use all rows. Exits with 1 if a bar is missed; with --quick, if less than half of it is reached: small
data show less of a difference. --write_docs writes the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bench.result import Result, write_document

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"


def main(argv: list[str] | None = None) -> int:
    """Run the stages, print the table, write JSON and documentation; 1 if a bar is missed."""
    options = _options(argv)
    _use_line(options.line)
    from bench.stages import STAGES, Bench

    folder = options.folder or Path(tempfile.mkdtemp(prefix="driftwell-bench-"))
    results: list[Result] = []
    bench = Bench(folder, options.n, options.d, options.quick, options.repeats)
    try:
        for name in options.stages:
            print(f"... {name}", file=sys.stderr, flush=True)
            for result in STAGES[name](bench):
                results.append(result)
                print(" | ".join(result.cells), flush=True)
    finally:
        bench.close()
        if not options.folder:
            shutil.rmtree(folder)
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    if options.write_docs:
        write_document(DOCUMENT, f"spark-{options.line}", _machine(bench.versions), results)
    missed = [result.what for result in results if not result.reaches(0.5 if options.quick else 1.0)]
    print("missed: " + "; ".join(missed) if missed else "All bars are met.")
    return 1 if missed else 0


def _machine(versions: str) -> str:
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown CPU"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB; {versions}, Python {platform.python_version()}."


def _lines(path: str) -> Iterator[str]:
    try:
        yield from Path(path).read_text().splitlines()
    except OSError:
        return


def _use_line(line: str) -> None:
    """Restart in the virtual environment of a line, which scripts/setup.sh creates."""
    folder = ROOT / (".venv" if line == "4.1" else f".venv-{line}")
    python = folder / "bin" / "python"
    if Path(sys.prefix) != folder:
        if not python.exists():
            raise SystemExit(f"{python} does not exist: run scripts/setup.sh --line {line} --dev")
        os.execv(python, [str(python), *sys.argv])


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--line", choices=["4.1", "3.5"], default="4.1", help="version of Spark")
    parser.add_argument("--quick", action="store_true", help="smaller data: under three minutes on two cores")
    parser.add_argument("--n", type=int, help="number of vectors (50,000; quick 8,000)")
    parser.add_argument("--d", type=int, help="their dimension (1,536; quick 768)")
    parser.add_argument("--stages", type=lambda text: text.split(","), help="stages to run, separated by commas")
    parser.add_argument("--repeats", type=int, default=1, help="repeats of each timing; the fastest counts")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument("--folder", type=Path, help="folder for the data, which is kept")
    parser.add_argument("--write_docs", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(argv)
    full = ["profile", "large", "pca", "gramian", "kmeans", "scaling", "decode", "memory", "snapshot", "cost"]
    quick = ["profile", "pca", "gramian", "kmeans", "decode", "snapshot"]
    options.stages = options.stages or (quick if options.quick else full)
    options.n = options.n or (8_000 if options.quick else 50_000)
    options.d = options.d or (768 if options.quick else 1_536)
    return options


if __name__ == "__main__":
    sys.exit(main())
