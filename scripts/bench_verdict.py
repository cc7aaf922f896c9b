"""Benchmark of the verdict on real embeddings: level, power, effects and stress, with other methods on the same data.

    scripts/bench_verdict.py --embeddings X.npy --labels ROWS.jsonl.gz --label_field label[,label2]
        [--quick] [--json FILE] [--seed N] [--pairs N] [--processes N] [--minutes N]
        [--without_peers]

Each pair is one random split of the data and one random set of labels that the baseline lacks. Standard errors are
between pairs. Exits with 1 if a bar is missed by more than two of them (docs/evidence.md has the results).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from multiprocessing import get_context
from pathlib import Path

# One thread per process; set before numpy is loaded, here and in the processes that inherit it.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from bench.verdict.bars import missed_bars  # noqa: E402
from bench.verdict.data import Source, load  # noqa: E402
from bench.verdict.iid import Finding, pair  # noqa: E402
from bench.verdict.rates import summarised  # noqa: E402
from bench.verdict.shares import shares  # noqa: E402
from bench.verdict.stress import stress  # noqa: E402
from bench.verdict.traffic import CASES, Case  # noqa: E402
from bench.verdict.windows import windows  # noqa: E402

QUICK_PAIRS, FULL_PAIRS = 4, 20
QUICK_CASES = ("no day effect", "weekend mix, a Sunday", "bursts, split by time slot")

_SOURCE: list[Source] = []


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; 0 if all bars are met."""
    options = _parser().parse_args(argv)
    pairs = options.pairs or (QUICK_PAIRS if options.quick else FULL_PAIRS)
    cases = [case for case in CASES if not options.quick or case.name in QUICK_CASES]
    seeds = [options.seed * 1_000 + number for number in range(pairs)]
    with_peers = [] if options.without_peers else seeds[:1] if options.quick else seeds
    tasks: list[tuple] = []
    for seed in seeds:  # in this order, so that a run cut short has some results of every kind
        tasks += [("pair", seed, options.quick, seed in with_peers), ("shares", seed, 2 if options.quick else 8)]
        tasks.append(("windows", seed, 8 if options.quick else 40))
        tasks += [("stress", seed, case) for case in cases]
    arguments = (options.embeddings, options.labels, options.label_field.split(","))
    started, by_task = time.monotonic(), []
    with get_context("spawn").Pool(options.processes or os.cpu_count(), _open, arguments) as pool:
        for done, found in enumerate(pool.imap_unordered(_work, tasks), 1):
            by_task.append(found)
            passed = time.monotonic() - started
            print(f"\r{done} of {len(tasks)} tasks, {passed:.0f} s", end="", file=sys.stderr)
            if options.minutes and passed > 60 * options.minutes:
                break
    print(file=sys.stderr)
    rows = summarised(by_task)
    if options.json:
        options.json.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n", encoding="utf-8")
    for row in rows:
        if row["table"] != "cause":
            print("{table:15} {method:18} {cell:48} n={n:<6} alpha={alpha:<6} {rate:.3f} ({se:.3f})".format(**row))
    missed = missed_bars(rows)
    print("\n".join(missed) if missed else "All bars are met.")
    return 1 if missed else 0


def _open(embeddings: Path, labels: Path, fields: list[str]) -> None:
    _SOURCE.append(load(embeddings, labels, fields))


def _work(task: tuple) -> list[Finding]:
    kind, seed, *rest = task
    if kind == "pair":
        quick, peers = rest
        return pair(_SOURCE[0], seed, quick, peers)
    if kind == "shares":
        return shares(seed, rest[0])
    if kind == "windows":
        return windows(seed, rest[0])
    case: Case = rest[0]
    return stress(_SOURCE[0], case, seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embeddings", type=Path, required=True, help=".npy of (n, d) vectors")
    parser.add_argument("--labels", type=Path, required=True, help=".jsonl.gz with a row for each vector")
    parser.add_argument("--label_field", required=True, help="field of those rows, or several separated by commas")
    parser.add_argument("--quick", action="store_true", help="about two minutes on two cores")
    parser.add_argument("--json", type=Path, help="file for the rates")
    parser.add_argument("--seed", type=int, default=0, help="random seed (0)")
    parser.add_argument("--pairs", type=int, help="number of splits of the data (20, quick 4)")
    parser.add_argument("--processes", type=int, help="number of processes (all cores)")
    parser.add_argument("--minutes", type=float, help="stop after this time, with the results so far")
    parser.add_argument("--without_peers", action="store_true", help="only driftwell, without other methods")
    return parser


if __name__ == "__main__":
    sys.exit(main())
