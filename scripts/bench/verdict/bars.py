"""Bars for the verdict in its benchmark. Only a deviation of more than two standard errors counts as missed."""

from __future__ import annotations

import math

LEVEL, LEVEL_N = (0.03, 0.07), (20, 3_000)
"""Share flagged at nominal 5 % among independent records without drift, for these numbers of records."""

SMALL_ALPHA, SMALL_LEVEL = 0.001, 0.005

STRESS_LEVEL, TREND_LEVEL = 0.10, 0.15
"""Share flagged at nominal 5 % where days differ without drift, and where they follow a trend."""

WINDOW_LEVEL = (0.03, 0.07)
"""Share of windows with gaps, with uneven days or over midnight whose coverage is flagged at nominal 5 %."""

STRESS_CASES = (
    "no day effect",
    "weekend mix, a Wednesday",
    "weekend mix, a Sunday",
    "autocorrelated, next day",
    "bursts, split by time slot",
    "one hour, same hours",
)
TREND_CASE = "trend, next day"

PEER_CELLS, PEER_N = ("new5", "new10", "noise.3", "noise.1", "rotation", "dup20"), 200
PEER_SLACK = 0.05

EFFECT_RATIO, EFFECT_N = (1.5, 2.5), 1_000
"""Ratio of the effects of 10 % and 5 % new content, and the minimum number of records."""

SHARES = ("location", "mixture", "displacement")
"""Groups whose effect is a topic-equivalent share: 0 without drift."""

CORRELATED = 4
"""Snapshots compared with one baseline are correlated: this many count as one."""

Row = dict


def missed_bars(rows: list[Row]) -> list[str]:
    """A line for each missed bar; empty if all were met."""
    return [
        *_level(rows),
        *_stress(rows),
        *_shares(rows),
        *_windows(rows),
        *_trivial(rows),
        *_effects(rows),
        *_peers(rows),
    ]


def error_of(row: Row) -> float:
    """The standard error of a rate: between pairs, and at least that of `CORRELATED` times fewer independent snapshots.

    Few pairs understate it, most of all where most of them never alarm.
    """
    rate, reps = min(max(row["rate"], 0.02), 0.98), max(row["reps"] / CORRELATED, 1)
    between = 0.0 if math.isnan(row["se"]) else row["se"]
    return max(between, math.sqrt(rate * (1 - rate) / reps))


def _level(rows: list[Row]) -> list[str]:
    out = []
    for row in _of(rows, "level"):
        rate, slack = row["rate"], 2 * error_of(row)
        if row["alpha"] == 0.05 and LEVEL_N[0] <= row["n"] <= LEVEL_N[1]:
            if rate + slack < LEVEL[0] or rate - slack > LEVEL[1]:
                out.append(_missed(row, f"{LEVEL[0]} to {LEVEL[1]}"))
        elif row["alpha"] == SMALL_ALPHA and rate - slack > SMALL_LEVEL:
            out.append(_missed(row, f"at most {SMALL_LEVEL}"))
    return out


def _stress(rows: list[Row]) -> list[str]:
    bars = {**dict.fromkeys(STRESS_CASES, STRESS_LEVEL), TREND_CASE: TREND_LEVEL}
    return [
        _missed(row, f"at most {bars[row['cell']]}")
        for row in _of(rows, "stress, none")
        if row["cell"] in bars and row["rate"] - 2 * error_of(row) > bars[row["cell"]]
    ]


def _shares(rows: list[Row]) -> list[str]:
    return [
        _missed(row, f"at most {STRESS_LEVEL}")
        for row in _of(rows, "shares")
        if row["alpha"] == 0.05 and " to " not in row["cell"] and row["rate"] - 2 * error_of(row) > STRESS_LEVEL
    ]


def _windows(rows: list[Row]) -> list[str]:
    out = []
    for row in _of(rows, "windows"):
        # Each window has its own baseline: they are independent.
        rate = row["rate"]
        slack = 2 * math.sqrt(max(rate, 0.05) * (1 - min(rate, 0.95)) / row["reps"])
        if rate + slack < WINDOW_LEVEL[0] or rate - slack > WINDOW_LEVEL[1]:
            out.append(_missed(row, f"{WINDOW_LEVEL[0]} to {WINDOW_LEVEL[1]}"))
    return out


def _trivial(rows: list[Row]) -> list[str]:
    return [_missed(row, "0") for row in _of(rows, "power") if row["cell"] == "trivial, floor" and row["rate"] > 0]


def _effects(rows: list[Row]) -> list[str]:
    found = {(row["method"], row["cell"], row["n"]): row for row in rows if row["table"] == "effect"}
    out = []
    for (group, cell, n), row in sorted(found.items()):
        if group in SHARES and cell == "none" and n >= EFFECT_N and row["rate"] > 2 * error_of(row):
            out.append(_missed(row, "0"))
        five = found.get((group, "new5", n))
        if group == "location" and cell == "new10" and n >= EFFECT_N and five and five["rate"] > 0:
            ratio = row["rate"] / five["rate"]
            error = ratio * math.hypot(row["se"] / row["rate"], five["se"] / five["rate"])
            if ratio + 2 * error < EFFECT_RATIO[0] or ratio - 2 * error > EFFECT_RATIO[1]:
                out.append(f"MISSED effect new10 / new5 n={n}: {ratio:.2f}, expected 1.5 to 2.5")
    return out


def _peers(rows: list[Row]) -> list[str]:
    """Power must be at least that of each other method that holds its level, on the same snapshots."""
    found = {(row["method"], row["cell"], row["n"]): row for row in rows if row["table"] == "peers"}
    out = []
    for (method, cell, n), row in sorted(found.items()):
        if method == "driftwell" or cell not in PEER_CELLS or n < PEER_N:
            continue
        own, quiet = found[("driftwell", cell, n)], found[(method, "none", n)]
        if quiet["rate"] - 2 * error_of(quiet) > LEVEL[1]:
            continue
        if own["rate"] + 2 * math.hypot(error_of(own), error_of(row)) < row["rate"] - PEER_SLACK:
            out.append(_missed(own, f"at least {row['rate']:.2f}, as {method} has"))
    return out


def _of(rows: list[Row], table: str) -> list[Row]:
    return [row for row in rows if row["table"] == table and row["method"] == "driftwell"]


def _missed(row: Row, wanted: str) -> str:
    where = f"{row['table']} {row['cell']} n={row['n']} alpha={row['alpha']}"
    return f"MISSED {where}: {row['rate']:.3f} ({row['se']:.3f}), expected {wanted}"
