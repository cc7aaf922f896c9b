#!/usr/bin/env python3
"""Benchmark of driftwell against stock MLlib and the public AWS sample's formula, on this machine, in one run.

    scripts/bench.py [--line 4.1|3.5] [--quick] [--n N] [--d N] [--stages A,B] [--repeats N] [--json FILE]
        [--folder DIR] [--write_docs]

Stages: profile, large, pca, gramian, kmeans, scaling, decode, memory, snapshot, cost. Both sides read the same Parquet
files and use all rows. Exits with 1 where a bar is missed; with --quick, where less than half of it is reached: small
data show less of a difference. --write_docs puts the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Attributes:
        what: was measured. ours, other: what was found, with units. ratio: how many times as good, or as large.
        bar: what the ratio has to be; None for a line without one. at_most: whether the bar is an upper bound.
    """

    what: str
    ours: str
    other: str
    ratio: float | None = None
    bar: float | None = None
    at_most: bool = False

    def reaches(self, share: float = 1.0) -> bool:
        """Whether so much of the bar is reached."""
        if self.bar is None or self.ratio is None:
            return True
        return self.ratio <= self.bar / share if self.at_most else self.ratio >= self.bar * share

    @property
    def cells(self) -> list[str]:
        """As a row of a table."""
        bar = "" if self.bar is None else f"{'at most' if self.at_most else 'at least'} {self.bar:g}"
        return [self.what, self.ours, self.other, "" if self.ratio is None else f"{self.ratio:.2f}", bar]


HEADER = ["what", "driftwell", "against", "ratio", "bar"]


def main(argv: list[str] | None = None) -> int:
    """Run the stages, print the table, write JSON and documentation; 1 where a bar is missed."""
    options = _options(argv)
    _use_line(options.line)
    from bench_stages import STAGES, Bench

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


def write_document(document: Path, section: str, machine: str, results: list[Result]) -> None:
    """Put the table between the marks of its section."""
    rows = [HEADER, ["---"] * len(HEADER), *(result.cells for result in results)]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    text = document.read_text(encoding="utf-8")
    begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    document.write_text(f"{before}{begin}\n{machine}\n\n{table}\n\n{end}{after}", encoding="utf-8")


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
    """Go on in the virtual environment of a line, which scripts/setup.sh makes."""
    folder = ROOT / (".venv" if line == "4.1" else f".venv-{line}")
    python = folder / "bin" / "python"
    if Path(sys.prefix) != folder:
        if not python.exists():
            raise SystemExit(f"{python} does not exist: scripts/setup.sh --line {line} --dev makes it")
        os.execv(python, [str(python), *sys.argv])


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--line", choices=["4.1", "3.5"], default="4.1")
    parser.add_argument("--quick", action="store_true", help="under three minutes on two cores")
    parser.add_argument("--n", type=int, help="vectors (50,000; quick 8,000)")
    parser.add_argument("--d", type=int, help="their width (1,536; quick 768)")
    parser.add_argument("--stages", type=lambda text: text.split(","), help="which, with commas")
    parser.add_argument("--repeats", type=int, default=1, help="of each timing; the fastest counts")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", type=Path, help="keep the data there")
    parser.add_argument("--write_docs", action="store_true")
    options = parser.parse_args(argv)
    full = ["profile", "large", "pca", "gramian", "kmeans", "scaling", "decode", "memory", "snapshot", "cost"]
    quick = ["profile", "pca", "gramian", "kmeans", "decode", "snapshot"]
    options.stages = options.stages or (quick if options.quick else full)
    options.n = options.n or (8_000 if options.quick else 50_000)
    options.d = options.d or (768 if options.quick else 1_536)
    return options


def fastest(repeats: int, work: Callable[[], float]) -> float:
    """The least seconds of so many repeats."""
    return min(work() for _ in range(repeats))


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """How seconds grow with a size: the slope of the line through their logarithms."""
    return linear_regression([math.log(size) for size in sizes], [math.log(s) for s in seconds]).slope


if __name__ == "__main__":
    sys.exit(main())
