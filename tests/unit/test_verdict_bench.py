"""The benchmark's own arithmetic: how its cells change records, its rates and errors, and bars that can be missed."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
bars = importlib.import_module("bench.verdict.bars")
data = importlib.import_module("bench.verdict.data")
rates = importlib.import_module("bench.verdict.rates")
tables = importlib.import_module("bench.verdict.tables")
traffic = importlib.import_module("bench.verdict.traffic")
windows = importlib.import_module("bench.verdict.windows")

GENERATOR = np.random.default_rng(0)
LABELS = np.arange(1_200) % 20
SOURCE = data.Source(
    data.renormed(GENERATOR.standard_normal((20, 16))[LABELS] + 0.3 * GENERATOR.standard_normal((1_200, 16))), LABELS
)


def row(table: str, cell: str, n: int, rate: float, **other: object) -> dict:
    return {"table": table, "method": "driftwell", "cell": cell, "n": n, "alpha": 0.05, "rate": rate, "se": 0.01} | {
        "reps": 2_000,
        **other,
    }


def test_a_split_shares_no_record_and_keeps_some_labels_from_the_baseline() -> None:
    parts = data.split(SOURCE, np.random.default_rng(1))
    rows = np.concatenate([parts.fit, parts.calibration, parts.pool, parts.unseen])
    assert len(np.unique(rows, axis=0)) == len(rows) == 1_200
    assert 0.12 * 1_200 <= len(parts.unseen) <= 0.2 * 1_200


def test_cells_change_records_as_described() -> None:
    parts = data.split(SOURCE, np.random.default_rng(1))
    cells = {cell.cell: cell for cell in data.cells(parts, np.random.default_rng(2))}
    assert set(cells) == {"none", *data.POWER_CELLS}
    x, draw = parts.pool, np.random.default_rng(3)

    def moved(name: str) -> float:
        return float(np.linalg.norm(cells[name].x - x, axis=1).mean())

    # The stated length of noise is that before records are rescaled to unit length, which removes some of it.
    assert moved("noise.3") == pytest.approx(0.28, abs=0.03) and moved("noise.1") == pytest.approx(0.097, abs=0.01)
    assert moved("rotation") == pytest.approx(0.3, abs=0.03)
    assert moved("shift") == pytest.approx(0.0097, abs=0.001)
    for name, share in (("new5", 0.05), ("new10", 0.1)):
        assert np.mean(cells[name].draw(100, False, draw) >= len(x)) == share
    assert np.bincount(cells["dup20"].draw(100, False, draw)).max() >= 20
    favoured = np.isin(cells["mix15"].draw(100, False, draw), cells["mix15"].favoured)
    assert favoured.mean() >= 0.15


def test_bursts_repeat_a_record_and_sessions_count_it_once() -> None:
    people = traffic.population(SOURCE, np.random.default_rng(4))
    phase = traffic.phases(len(people.base), np.random.default_rng(5))
    for sessions in (False, True):
        case = traffic.Case("bursts", "none", bursts=True, sessions=sessions)
        shares = case.shares(people.base, np.random.default_rng(6))
        found = traffic.traffic(people.rest, shares[:3], np.full(3, 400), case, phase, np.random.default_rng(7))
        ordered = found.rows[np.argsort(found.order, kind="stable")]
        repeated = np.mean(ordered[1:] == ordered[:-1])
        assert repeated < 0.2 if sessions else repeated > 0.7
        assert len(found.rows) < 200 if sessions else len(found.rows) == 1_200


def test_weekends_have_another_mix_of_the_stated_size() -> None:
    people = traffic.population(SOURCE, np.random.default_rng(4))
    shares = traffic.Case("weekend", "weekend", day=20).shares(people.base, np.random.default_rng(8))
    distance = np.abs(shares - people.base).sum(axis=1) / 2
    np.testing.assert_allclose(distance[[5, 6, 12, 20]], traffic.WEEKEND_VARIATION, atol=1e-9)
    np.testing.assert_allclose(distance[[0, 4, 7, 16]], 0)


def test_windows_without_drift_are_compared_with_their_own_days() -> None:
    found = windows.windows(0, 1)
    assert [(table, cell) for table, _, cell, *_ in found] == [("windows", case.name) for case in windows.WINDOWS]
    assert {value for *_, value in found} <= {0.0, 1.0}
    hours = windows._arrivals(windows.WINDOWS[6], 382, 4, np.random.default_rng(0))
    assert set(hours) == {382, 383, 384, 385} and len(hours) == 1_000
    gap = windows._arrivals(windows.WINDOWS[1], 384, 720, np.random.default_rng(0))
    assert set(gap // 24) == {16, 45}


def test_rates_have_errors_between_pairs_and_effects_are_medians() -> None:
    def flag(*values: float) -> list:
        return [("level", "driftwell", "none", 50, 0.05, value) for value in values]

    effects = [("effect", "location", "new5", 50, 0.0, value) for value in (0.1, 0.2, 0.9)]
    found = rates.summarised([flag(0, 0, 1, 1), flag(0, 0, 0, 0) + effects])
    level, effect = sorted(found, key=lambda r: r["table"] != "level")
    assert (level["rate"], level["reps"]) == (0.25, 8)
    assert level["se"] == pytest.approx(np.std([0.5, 0], ddof=1) / math.sqrt(2), abs=1e-5)
    assert effect["rate"] == 0.2 and math.isnan(effect["se"])


def test_runs_with_different_seeds_are_pooled_by_their_snapshots() -> None:
    runs = [[row("level", "none", 50, 0.1, se=0.03, reps=300)], [row("level", "none", 50, 0.02, se=0.04, reps=100)]]
    (pooled,) = rates.pooled(runs)
    assert (pooled["rate"], pooled["reps"]) == (pytest.approx(0.08), 400)
    assert pooled["se"] == pytest.approx(math.hypot(0.03 * 300, 0.04 * 100) / 400, abs=1e-5)


def test_good_rates_miss_no_bar() -> None:
    good = [
        row("level", "none", 200, 0.05),
        row("level", "none", 200, 0.002, alpha=0.001),
        row("stress, none", "no day effect", 1_000, 0.08),
        row("shares", "coverage 5 %, days differ", 300, 0.06),
        row("windows", "30 days", 3_000, 0.04),
        row("power", "trivial, floor", 100_000, 0.0),
        row("effect", "new5", 1_000, 0.05, method="location"),
        row("effect", "new10", 1_000, 0.1, method="location"),
    ]
    assert bars.missed_bars(good) == []


@pytest.mark.parametrize(
    "missed",
    [
        row("level", "none", 200, 0.12),
        row("level", "none", 200, 0.001),
        row("level", "none", 200, 0.03, alpha=0.001),
        row("stress, none", "trend, next day", 1_000, 0.3),
        row("shares", "coverage 5 %, days differ", 300, 0.2),
        row("windows", "30 days, prompts on 2 of them", 3_000, 0.28, reps=32),
        row("windows", "30 days", 3_000, 0.005),
        row("power", "trivial, floor", 100_000, 0.25),
        row("effect", "none", 1_000, 0.1, method="location"),
    ],
    ids=lambda r: f"{r['table']} {r['cell']} {r['rate']}",
)
def test_each_bar_can_be_missed(missed: dict) -> None:
    assert len(bars.missed_bars([missed])) == 1


def test_a_peer_that_holds_its_level_must_not_detect_more() -> None:
    def peers(own: float, peer: float, quiet: float) -> list[dict]:
        return [
            row("peers", "new10", 200, own),
            row("peers", "new10", 200, peer, method="classifier"),
            row("peers", "none", 200, quiet, method="classifier"),
        ]

    assert len(bars.missed_bars(peers(0.3, 0.6, 0.05))) == 1
    assert bars.missed_bars(peers(0.3, 0.6, 0.4)) == []
    assert bars.missed_bars(peers(0.6, 0.6, 0.05)) == []


def test_tables_show_what_was_measured() -> None:
    text = tables.tables("Cats", [row("level", "none", 200, 0.05), row("power", "new5", 200, 0.43)])
    assert "### Cats" in text and "| 5 % | 5 (1) |" in text and ".43" in text
