"""Findings of a benchmark as rates with standard errors."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from bench.verdict.iid import Finding


def summarised(by_task: list[list[Finding]]) -> list[dict]:
    """Findings as rates (effects as medians), with standard errors between pairs."""
    values: dict = defaultdict(list)
    for found in by_task:
        of_task: dict = defaultdict(list)
        for *key, value in found:
            of_task[tuple(key)].append(value)
        for key, numbers in of_task.items():
            values[key].append(numbers)
    rows = []
    for (table, method, cell, n, alpha), parts in sorted(values.items()):
        middle = np.median if table == "effect" else np.mean
        means = [float(middle(part)) for part in parts]
        every = [value for part in parts for value in part]
        rate = float(middle(every)) if table != "cause" else float(np.sum(every))
        rows.append(
            {
                **{"table": table, "method": method, "cell": cell, "n": n, "alpha": alpha, "rate": round(rate, 5)},
                "se": round(float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else float("nan"), 5),
                "reps": len(every),
            }
        )
    return rows


def pooled(runs: list[list[dict]]) -> list[dict]:
    """Rows of several runs with different seeds, pooled: rates weighted by their snapshots, errors accordingly."""
    found: dict = defaultdict(list)
    for row in (row for run in runs for row in run):
        found[tuple(row[name] for name in ("table", "method", "cell", "n", "alpha"))].append(row)
    return [_pooled(rows) for rows in found.values()]


def _pooled(rows: list[dict]) -> dict:
    if len(rows) == 1:
        return rows[0]
    reps = sum(row["reps"] for row in rows)
    if rows[0]["table"] == "cause":  # these are counts
        return rows[0] | {"rate": sum(row["rate"] for row in rows), "reps": reps}
    rate = sum(row["rate"] * row["reps"] for row in rows) / reps
    se = float(np.sqrt(sum((row["se"] * row["reps"]) ** 2 for row in rows))) / reps
    return rows[0] | {"rate": round(rate, 5), "se": round(se, 5), "reps": reps}
