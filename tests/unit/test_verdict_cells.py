"""A long baseline keeps its newest days by hour, older ones whole, and none beyond a bound; a short one all by hour."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from driftwell.numeric.verdict.calibration import calibrate, calibration_of
from driftwell.numeric.verdict.cells import HOURLY_DAYS, MOST_DAYS
from driftwell.numeric.verdict.features import Features
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.judgement import judge
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import share_history
from driftwell.numeric.verdict.shares import compare_shares
from driftwell.numeric.verdict.unit_sums import unit_sums

A_DAY = 50
ALL = np.ones(24, dtype=bool)
MORNING = np.arange(24) < 12


def traffic(days: int, seed: int = 0) -> dict[str, np.ndarray]:
    """So many days of `A_DAY` records around three topics, every second hour."""
    draw = np.random.default_rng(seed)
    n = days * A_DAY
    order = np.arange(n)
    return {
        "x": (3 * np.eye(3, 8)[draw.integers(0, 3, n)] + draw.standard_normal((n, 8))).astype(np.float32),
        "day": order // A_DAY,
        "hour": 2 * (order % A_DAY) * 12 // A_DAY,
        "order": order,
    }


def hourly(of: dict[str, np.ndarray], values: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Sums by day, computed naively."""
    chosen = hours[of["hour"]]
    return np.array([values[chosen & (of["day"] == day)].sum(axis=0) for day in np.unique(of["day"])])


@pytest.mark.parametrize("days", [1, 7, HOURLY_DAYS])
def test_days_up_to_a_bound_are_kept_by_hour(days: int) -> None:
    of = traffic(days)
    units = planned(of["day"], of["order"])
    cells = unit_sums(units, units.sums(of["x"], of["day"], of["hour"], of["order"]), 8).cells
    for hours in (ALL, MORNING, np.arange(24) == 4):
        assert_allclose(cells.by_day(hours), hourly(of, of["x"].astype(np.float64), hours), rtol=1e-9)
        assert_array_equal(cells.counts(hours), hourly(of, np.ones(len(of["x"])), hours))


def test_older_days_are_whole_and_count_only_for_windows_of_all_hours() -> None:
    of = traffic(HOURLY_DAYS + 30)
    units = planned(of["day"], of["order"])
    cells = unit_sums(units, units.sums(of["x"], of["day"], of["hour"], of["order"]), 8).cells
    assert_allclose(cells.by_day(ALL), hourly(of, of["x"].astype(np.float64), ALL), rtol=1e-9)
    morning = cells.counts(MORNING)
    assert (morning[:30] == 0).all() and (morning[30:] > 0).all()
    assert cells.total == len(of["x"])


def test_hours_around_midnight_are_one_night_of_the_day_before() -> None:
    of = traffic(5)
    of["day"] = of["day"] + np.where(of["day"] >= 3, 1, 0)  # 0, 1, 2, and 4, 5
    units = planned(of["day"], of["order"])
    cells = unit_sums(units, units.sums(np.ones((len(of["day"]), 1)), of["day"], of["hour"], of["order"]), 1).cells
    late, early = (np.isin(np.arange(24), hours) for hours in ([20, 21, 22, 23], [0, 1, 2]))
    of_late, of_early = cells.counts(late), cells.counts(early)
    assert (of_late > 0).all() and (of_early > 0).all()
    # The first morning, and that after a day without records, follow no evening: they stay with their own day.
    nights = np.array([of_early[0] + of_early[1], of_early[2], 0, of_early[3] + of_early[4], 0])
    wanted = of_late + nights
    assert_array_equal(cells.counts(late | early), wanted)
    assert_array_equal(cells.by_day(late | early)[:, 0], wanted)


def test_a_state_grows_no_more_however_long_the_baseline_is() -> None:
    features: Features = fit_features(traffic(20, 1)["x"], seed=0)
    sizes, states = [], []
    for days in (MOST_DAYS, 2 * MOST_DAYS):
        of = traffic(days)
        states.append(calibrate(features, of["x"], of["day"], of["hour"], of["order"], seed=0))
        arrays = states[-1].arrays()
        sizes.append(sum(a.nbytes for name, a in arrays.items() if "row" not in name))
    assert sizes[1] <= 1.05 * sizes[0]
    newest = states[1]
    assert_array_equal(newest.days, np.arange(MOST_DAYS, 2 * MOST_DAYS))
    assert newest.n == MOST_DAYS * A_DAY
    assert newest.row_day.min() >= 0 and len(newest.rows) == len(newest.row_day)
    back = calibration_of(newest.arrays())
    assert_array_equal(back.cells.by_day(ALL), newest.cells.by_day(ALL))


def test_a_window_of_all_hours_is_compared_with_all_days_and_one_of_some_hours_with_the_newest() -> None:
    of, later = traffic(HOURLY_DAYS + 30), traffic(1, seed=5)
    features = fit_features(of["x"][::2], seed=0)
    state = calibrate(features, of["x"], of["day"], of["hour"], of["order"], seed=0)
    sums = features.sums(later["x"])
    asked = {"sums": sums["sums"][0], "n": A_DAY, "days": 1}
    assert judge(state, features, **asked).baseline_days == HOURLY_DAYS + 30
    assert judge(state, features, **asked, hours=[3, 4]).baseline_days == HOURLY_DAYS


def test_shares_are_those_of_all_days_too() -> None:
    of = traffic(HOURLY_DAYS + 30)
    flags = (of["x"][:, :1] > 2).astype(np.float64)
    units = planned(of["day"], of["order"])
    history = share_history(units, units.sums(flags, of["day"], of["hour"], of["order"]), 1)
    found = compare_shares(history, 400, np.array([400 * flags.mean()]), days=8)
    assert found.baseline_days == HOURLY_DAYS + 30
    assert_allclose(found.baseline, flags.mean())
    assert compare_shares(history, 400, np.array([120.0]), hours=[3]).baseline_days == HOURLY_DAYS
