"""The tables of docs/evidence.md from what `bench_verdict.py --json` wrote: one Markdown section for each file.

PYTHONPATH=scripts python -P -m bench.verdict.tables TITLE=FILE.json[,FILE.json ...] [TITLE=FILE.json ...]

Files of one title, made with different seeds, are pooled.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from bench.verdict.data import POWER_CELLS
from bench.verdict.rates import pooled
from bench.verdict.traffic import CASES

Row = dict
METHODS = ("driftwell", "classifier", "MMD", "PSI > 0.2", "centroids by index")


def tables(title: str, rows: list[Row]) -> str:
    """All tables of one data set."""
    parts = [
        f"### {title}",
        *_level(rows),
        *_power(rows),
        *_stress(rows),
        *_shares(rows),
        *_windows(rows),
        *_effects(rows),
        *_causes(rows),
    ]
    return "\n\n".join(parts) + "\n"


def _level(rows: list[Row]) -> Iterable[str]:
    found = {(row["n"], row["alpha"]): row for row in rows if row["table"] == "level"}
    sizes = sorted({n for n, _ in found})
    if not sizes:
        return
    yield f"Flagged without drift, independent records, in % ({_reps(found.values())} snapshots each; standard error)."
    body = [[f"{100 * alpha:g} %", *(_percent(found.get((n, alpha))) for n in sizes)] for alpha in (0.05, 0.01, 0.001)]
    yield _table(["nominal", *(f"{n:,}" for n in sizes)], body)


def _power(rows: list[Row]) -> Iterable[str]:
    found = {(row["method"], row["cell"], row["n"]): row for row in rows if row["table"] in ("power", "peers")}
    # For driftwell the table of its own power has more snapshots.
    found |= {(row["method"], row["cell"], row["n"]): row for row in rows if row["table"] == "power"}
    sizes = sorted({row["n"] for row in rows if row["table"] == "power" and row["cell"] == "new5"})
    if not sizes:
        return
    yield "Flagged at nominal 5 %, n = " + ", ".join(f"{n:,}" for n in sizes) + ". `none`: without drift."
    cells = ("none", *POWER_CELLS)
    body = []
    for method in METHODS:
        shown = [[found.get((method, cell, n)) for n in sizes] for cell in cells]
        if method == "driftwell":  # the table of levels has the most snapshots without drift
            level = {row["n"]: row for row in rows if row["table"] == "level" and row["alpha"] == 0.05}
            shown[0] = [level.get(n) for n in sizes]
        if any(any(cell) for cell in shown):
            body.append([method, *("/".join(_rate(row) for row in cell) for cell in shown)])
    yield _table(["", *cells], body)
    own, peers = (
        _reps(row for row in rows if row["table"] == table and row["method"] == "driftwell")
        for table in ("power", "peers")
    )
    yield f"Snapshots in each cell: driftwell {own}, peers {peers or 'none'} (the first of each split)."
    trivial = [row for row in rows if row["cell"].startswith("trivial")]
    if trivial:
        said = "; ".join(f"{row['cell']}: {row['rate']:.2f}" for row in trivial)
        yield f"A shift of length .0005 at n = 100,000 (drawn with replacement), share flagged: {said}."


def _stress(rows: list[Row]) -> Iterable[str]:
    found = {(row["table"], row["cell"], row["n"]): row for row in rows if row["table"].startswith("stress")}
    sizes = sorted({n for _, _, n in found})
    if not sizes:
        return
    sizes_said = " / ".join(f"{n:,}" for n in sizes)
    yield (
        f"Days, hours and bursts: flagged at nominal 5 %, n = {sizes_said} ({_reps(found.values())} snapshots each; "
        "standard error)."
    )
    body = []
    for case in CASES:
        quiet, new = ([found.get((f"stress, {cell}", case.name, n)) for n in sizes] for cell in ("none", "new10"))
        if any(quiet):
            errors = "/".join("-" if row is None else _short(row["se"]) for row in quiet)
            body.append([case.name, "/".join(map(_rate, quiet)), errors, "/".join(map(_rate, new))])
    yield _table(["case", "without drift", "standard error", "10 % new content"], body)


def _shares(rows: list[Row]) -> Iterable[str]:
    found = {(row["cell"], row["alpha"], row["n"]): row for row in rows if row["table"] == "shares"}
    sizes = sorted({n for _, _, n in found})
    if not sizes:
        return
    yield (
        "Shares of simulated traffic, flagged at nominal 5 % and 1 %, n = "
        + " / ".join(f"{n:,}" for n in sizes)
        + f" ({_reps(found.values())} snapshots each)."
    )
    names = dict.fromkeys(cell for cell, _, _ in found)
    body = [
        [name, *("/".join(_rate(found.get((name, alpha, n))) for n in sizes) for alpha in (0.05, 0.01))]
        for name in names
    ]
    yield _table(["case", "5 %", "1 %"], body)


def _windows(rows: list[Row]) -> Iterable[str]:
    found = [row for row in rows if row["table"] == "windows"]
    if not found:
        return
    yield (
        f"Coverage of windows in which nothing changed, flagged at nominal 5 %, in % ({_reps(found)} windows each; "
        "standard error)."
    )
    yield _table(["window", "flagged"], [[row["cell"], _percent(row)] for row in found])


def _effects(rows: list[Row]) -> Iterable[str]:
    found = {(row["method"], row["cell"], row["n"]): row for row in rows if row["table"] == "effect"}
    sizes = sorted({n for _, cell, n in found if cell == "new5"})
    if not sizes:
        return
    yield "Median effect (topic-equivalent share; excess share), n = " + ", ".join(f"{n:,}" for n in sizes)
    body = [
        [
            group,
            *("/".join(_short(found[(group, cell, n)]["rate"]) for n in sizes) for cell in ("none", "new5", "new10")),
        ]
        for group in ("location", "mixture", "displacement", "excess")
        if (group, "new5", sizes[0]) in found
    ]
    yield _table(["", "no drift", "new5", "new10"], body)


def _causes(rows: list[Row]) -> Iterable[str]:
    found = [row for row in rows if row["table"] == "cause" and row["n"] >= 1_000]
    if not found:
        return
    yield "Main cause where drift was found, n of 1,000 and more."
    body = []
    for cell in POWER_CELLS:
        counts: dict[str, float] = {}
        for row in found:
            if row["cell"] == cell:
                counts[row["method"]] = counts.get(row["method"], 0) + row["rate"]
        total = sum(counts.values())
        if total:
            most = sorted(counts.items(), key=lambda item: -item[1])
            body.append([cell, ", ".join(f"{cause} {100 * count / total:.0f} %" for cause, count in most)])
    yield _table(["cell", "main cause"], body)


def _table(head: list[str], body: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *body])


def _reps(rows: Iterable[Row]) -> str:
    reps = sorted({row["reps"] for row in rows})
    return "" if not reps else f"{reps[0]:,}" if reps[0] == reps[-1] else f"{reps[0]:,} to {reps[-1]:,}"


def _percent(row: Row | None) -> str:
    return "-" if row is None else f"{100 * row['rate']:.2g} ({100 * row['se']:.1g})"


def _rate(row: Row | None) -> str:
    return "-" if row is None else _short(row["rate"])


def _short(rate: float) -> str:
    text = f"{rate:.2f}"
    return {"0.00": "0", "1.00": "1", "-0.00": "0"}.get(text, text.replace("0.", "."))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        name, _, files = argument.partition("=")
        runs = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files.split(",")]
        print(tables(name, pooled(runs)))
