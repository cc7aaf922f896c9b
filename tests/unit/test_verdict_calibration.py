"""The stored state: the same from one batch and from many steps, kept rows, norms of topics, and views of it."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.calibration import (
    Calibration,
    calibrate,
    calibration_from,
    calibration_of,
    calibration_sums,
)
from driftwell.numeric.verdict.features import Features, row_features_of
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.plan import plan_blocks
from driftwell.numeric.verdict.unit_sums import added
from driftwell.numeric.verdict.view import hours_seen, view


def topical(n: int, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((6, 12)) + 1
    return centres[generator.integers(0, 6, n)] + 0.5 * generator.standard_normal((n, 12))


FEATURES: Features = fit_features(topical(500, 1), seed=0)
X = topical(700, 2)
DAY, MINUTE = np.arange(700) // 100 + 40, np.random.default_rng(3).integers(0, 1_440, 700)
STATE: Calibration = calibrate(FEATURES, X, DAY, MINUTE // 60, MINUTE, seed=5)


def test_several_steps_over_batches_give_the_same_state_as_all_records_in_memory() -> None:
    hour = MINUTE // 60
    plan = plan_blocks(*np.unique(DAY, return_counts=True))
    orders = {(d, r): int(np.sort(MINUTE[d == DAY])[r]) for d, r in plan.ranks().tolist()}
    units, row = plan.located(orders), row_features_of(FEATURES.row.arrays())
    total: dict = {}
    for part in np.array_split(np.random.default_rng(4).permutation(700), 6):
        added(total, calibration_sums(row, units, X[part], DAY[part], hour[part], MINUTE[part]))
    state = calibration_from(FEATURES, units, total, X, DAY, hour, seed=5)
    for name, a in STATE.arrays().items():
        assert_allclose(state.arrays()[name], a, rtol=1e-5, atol=1e-4, err_msg=name)


def test_cells_add_up_to_the_mapped_features_of_all_records() -> None:
    mapped = FEATURES.mapped(FEATURES.rows(X))
    assert STATE.n == 700
    assert_allclose(STATE.cells.sums.sum(axis=0), mapped.sum(axis=0), rtol=1e-4, atol=0.05)
    one = (DAY == 42) & (MINUTE // 60 == 9)
    assert_allclose(STATE.cells.by_day(np.arange(24) == 9)[2], mapped[one].sum(axis=0), rtol=1e-4, atol=1e-3)
    assert_allclose(STATE.rows, mapped, rtol=1e-4, atol=1e-4)


def test_norms_of_topics_are_those_of_their_means() -> None:
    mapped = FEATURES.mapped(FEATURES.rows(X)).astype(np.float64)
    own = FEATURES.row.nearest_topic(X)
    by_hand = sum(
        np.mean(own == t) * FEATURES.layout.norms((mapped[own == t].mean(axis=0) - mapped.mean(axis=0))[None])[0]
        for t in np.unique(own)
    )
    assert_allclose(STATE.topic_norms, by_hand, rtol=1e-4)


def test_the_state_survives_storage_even_without_blocks() -> None:
    arrays = STATE.arrays()
    assert all(a.ndim == 2 for a in arrays.values())
    back = calibration_of({name: a.astype(np.float64) for name, a in arrays.items()})
    for name, a in arrays.items():
        assert_array_equal(back.arrays()[name], a, err_msg=name)
    few = calibrate(FEATURES, X[:20], DAY[:20] * 0, DAY[:20] * 0, MINUTE[:20], seed=5)
    stored = {name: a for name, a in few.arrays().items() if len(a)}
    assert "blocks" not in stored
    assert len(calibration_of(stored).blocks) == 0


def test_a_view_holds_its_hours_and_one_on_either_side_also_across_midnight() -> None:
    assert np.flatnonzero(hours_seen([0])).tolist() == [0, 1, 23]
    assert hours_seen(None).all()
    found = view(STATE, FEATURES.layout, hours_seen([9]), None)
    near = (MINUTE // 60 >= 8) & (MINUTE // 60 <= 10)
    assert found.n == near.sum() == len(found.rows)
    mapped = FEATURES.mapped(FEATURES.rows(X[near])).astype(np.float64)
    assert_allclose(found.mean, mapped.mean(axis=0), rtol=1e-3, atol=1e-3)
    assert_allclose(found.rows.mean(axis=0), 0, atol=1e-4)
    assert_allclose(
        found.trace, FEATURES.layout.norms(mapped - mapped.mean(axis=0)).sum(axis=0) / (len(mapped) - 1), 1e-3
    )


def test_a_class_of_days_gives_the_mean_and_the_others_only_their_variation() -> None:
    state = calibrate(FEATURES, X, DAY, MINUTE // 60, MINUTE, 5, day_class={45: 1, 46: 1})
    found = view(state, FEATURES.layout, hours_seen(None), 1)
    assert found.n == 200 and found.days.own.sum() == 2 and found.days.degrees == 5
    mapped = FEATURES.mapped(FEATURES.rows(X[500:])).astype(np.float64)
    assert_allclose(found.mean, mapped.mean(axis=0), rtol=1e-3, atol=1e-3)


def test_a_day_of_a_few_minutes_is_not_a_unit_but_counts_for_the_mean() -> None:
    day = np.where(np.arange(700) < 5, 39, DAY)
    found = view(calibrate(FEATURES, X, day, MINUTE // 60, MINUTE, 5), FEATURES.layout, hours_seen(None), None)
    assert found.n == 700 and len(found.days.n) == 7
    assert found.n_day > 90


def test_draws_of_a_view_vary_as_means_of_so_many_records_do() -> None:
    found = view(STATE, FEATURES.layout, hours_seen(None), None)
    assert_allclose(FEATURES.layout.norms(found.resampled).mean(axis=0), found.trace / found.n, rtol=0.15)
