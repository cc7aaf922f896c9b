"""Verdicts on synthetic topics: what is found, what is not, and that equal input gives equal judgements."""

from __future__ import annotations

import doctest
from dataclasses import astuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from driftwell.numeric import verdict
from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.calibration import calibrate, calibration_of
from driftwell.numeric.verdict.comparison import comparison
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.judgement import Floors, Judgement, judge, judge_by
from driftwell.numeric.verdict.topics import cluster_parts, owners

TOPICS = np.random.default_rng(99).standard_normal((8, 16)) + 1
SHARES = np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.0])
"""The baseline does not have the eighth topic."""


def asked(n: int, seed: int, shares: Floats = SHARES) -> Floats:
    generator = np.random.default_rng(seed)
    return TOPICS[generator.choice(8, n, p=shares)] + 0.4 * generator.standard_normal((n, 16))


FEATURES = fit_features(asked(1_500, 1), seed=0)
N, DAYS = 3_500, 14
DAY, ORDER = np.arange(N) % DAYS, np.arange(N)
HOUR = np.arange(N) // DAYS % 24
STATE = calibrate(FEATURES, asked(N, 2), DAY, HOUR, ORDER, seed=0)
ONE_DAY = calibrate(FEATURES, asked(N, 2), DAY * 0, HOUR, ORDER, seed=0)


def of(x: Floats, **named: object) -> Judgement:
    state = named.pop("state", STATE)
    return judge(state, FEATURES, len(x), FEATURES.sums(x)["sums"], **named)


def test_the_example_of_the_package_runs() -> None:
    found = doctest.testmod(verdict)
    assert found.attempted > 10 and found.failed == 0


def test_more_of_the_same_is_no_drift_at_any_size() -> None:
    for n in (30, 1_000):
        judgement = of(asked(n, n), alpha=0.01)
        assert (judgement.verdict, judgement.status, judgement.causes) == ("NO_DRIFT", "ok", ())
        assert 0.01 < judgement.p_value <= 1


def test_windows_without_drift_are_flagged_as_often_as_alpha_says() -> None:
    question = comparison(STATE, FEATURES.layout, 250)
    p = [judge_by(question, FEATURES, FEATURES.sums(asked(250, 1_000 + i))["sums"]).p_value for i in range(200)]
    assert np.mean(np.array(p) <= 0.1) <= 0.18  # 0.1 and four standard errors


def test_a_new_topic_is_novelty() -> None:
    mixed = 0.9 * SHARES + 0.1 * np.eye(8)[7]
    judgement = of(asked(500, 3, mixed))
    assert judgement.verdict == "DRIFT" and "novelty" in judgement.causes
    assert judgement.excess == pytest.approx(0.1, abs=0.03)
    assert judgement.group("novelty").effect > judgement.group("novelty").lower > 0


def test_another_mix_of_known_topics_is_the_mixture_and_names_the_topics_that_moved() -> None:
    moved = SHARES + 0.2 * (np.eye(8)[4] - np.eye(8)[0])
    judgement = of(asked(1_000, 4, moved))
    assert "mixture" in judgement.causes and judgement.group("mixture").effect == pytest.approx(0.2, abs=0.1)
    assert judgement.topic_changes.sum() == pytest.approx(0, abs=1e-9)
    assert judgement.topic_contributions.sum() == pytest.approx(1)
    assert_allclose(judgement.topic_changes[owners(FEATURES, TOPICS) == 4].sum(), 0.2, atol=0.05)
    parts = cluster_parts(judgement, owners(FEATURES, TOPICS), moved - SHARES)
    assert_allclose(parts.changes, moved - SHARES)
    assert parts.contributions[[0, 4]].sum() > 0.8


def test_noise_shows_in_the_residual_or_the_displacement() -> None:
    judgement = of(asked(500, 5) + 0.5 * np.random.default_rng(6).standard_normal((500, 16)))
    assert judgement.verdict == "DRIFT"
    assert {"residual", "novelty"} <= set(judgement.causes)


def test_day_to_day_variation_is_not_drift_although_an_iid_test_says_so() -> None:
    generator = np.random.default_rng(7)
    mixes = [generator.dirichlet(50 * SHARES[:7]) for _ in range(DAYS + 6)]
    days = [asked(250, 20 + i, np.append(mix, 0)) for i, mix in enumerate(mixes)]
    x, day = np.concatenate(days[:DAYS]), np.repeat(np.arange(DAYS), 250)
    knows_days = calibrate(FEATURES, x, day, day * 0, np.arange(len(x)), 0)
    knows_none = calibrate(FEATURES, x, day * 0, day * 0, np.arange(len(x)), 0)
    flagged = []
    for state in (knows_days, knows_none):
        question = comparison(state, FEATURES.layout, 250)
        p = [judge_by(question, FEATURES, FEATURES.sums(x)["sums"]).p_value for x in days[DAYS:]]
        flagged.append(np.sum(np.array(p) <= 0.05))
    assert flagged[0] <= 1 and flagged[1] >= 5


def test_bursts_make_small_windows_differ_and_blocks_account_for_it() -> None:
    bursts = np.repeat(asked(350, 8), 10, axis=0) + 0.01 * np.random.default_rng(9).standard_normal((3_500, 16))
    state = calibrate(FEATURES, bursts, np.arange(3_500) // 250, DAY * 0, ORDER, 0)
    judgement = of(np.repeat(asked(5, 10), 10, axis=0), state=state)
    assert judgement.verdict == "NO_DRIFT"
    assert {result.null for result in judgement.groups} == {"block"}
    assert of(np.repeat(asked(5, 10), 10, axis=0)).verdict == "DRIFT"


def test_a_week_detects_what_a_day_does_not() -> None:
    # A change as small as the days' own sampling error; the week's seven days are compared with seven.
    slightly = 0.97 * SHARES + 0.03 * np.eye(8)[7]
    assert of(asked(1_750, 12, slightly), days=7).p_value < 0.1 * of(asked(250, 12, slightly)).p_value


def test_a_snapshot_too_small_is_insufficient_data_and_says_why() -> None:
    judgement = of(asked(29, 1))
    assert (judgement.verdict, judgement.status, judgement.p_value) == ("INSUFFICIENT_DATA", "too_few_records", None)
    assert judgement.groups == () and judgement.main_cause is None
    assert of(asked(29, 1), min_n=20).verdict == "NO_DRIFT"
    few = calibrate(FEATURES, asked(199, 2), DAY[:199], HOUR[:199], ORDER[:199], 0)
    assert of(asked(100, 1), state=few).status == "too_few_calibration_records"


def test_hours_or_days_the_baseline_hardly_has_give_no_verdict() -> None:
    night = calibrate(FEATURES, asked(N, 2), DAY, HOUR // 2, ORDER, 0, day_class={3: 1})
    judgement = of(asked(100, 1), state=night, hours=[20])
    assert (judgement.status, judgement.n_calibration) == ("too_few_calibration_records", 0)
    of_class = of(asked(100, 1), state=night, hours=[5], day_class=1)
    assert of_class.verdict == "INSUFFICIENT_DATA" and of_class.baseline_days == 1


def test_what_a_verdict_cannot_see_is_noted() -> None:
    assert of(asked(100, 1)).notes == ("gross_change_only",)
    assert of(asked(300, 1)).notes == ()
    few = calibrate(FEATURES, asked(1_000, 2), DAY[:1_000], HOUR[:1_000], ORDER[:1_000], 0)
    assert of(asked(100, 1), state=few).notes == ("reduced_power", "gross_change_only")


def test_one_day_distinguishes_only_a_large_change_from_day_to_day_variation() -> None:
    small = of(asked(2_000, 13, SHARES + 0.06 * (np.eye(8)[4] - np.eye(8)[0])), state=ONE_DAY)
    assert (small.verdict, small.status) == ("INSUFFICIENT_DATA", "not_calibrated")
    assert small.causes
    large = of(asked(500, 14, 0.7 * SHARES + 0.3 * np.eye(8)[7]), state=ONE_DAY)
    assert (large.verdict, large.status) == ("DRIFT", "not_calibrated")
    assert of(asked(500, 15), state=ONE_DAY).verdict == "NO_DRIFT"


def test_a_floor_lets_small_changes_pass_and_both_criteria_stay_visible() -> None:
    x = asked(3_000, 16, 0.96 * SHARES + 0.04 * np.eye(8)[7])
    judgement = of(x, floors=Floors(share=0.5, d=2.0))
    assert judgement.verdict == "NO_DRIFT" and judgement.p_value < 0.001
    result = judgement.group("novelty")
    assert result.significant and not result.large_enough
    assert of(x).verdict == "DRIFT"


def test_equal_input_gives_equal_judgements_in_any_order_and_after_storage() -> None:
    x = asked(300, 17)
    first = of(x)
    of(asked(77, 1), days=2)
    stored = calibration_of({name: a.astype(np.float64) for name, a in STATE.arrays().items()})
    for again in (of(x), of(x, state=stored)):
        assert [astuple(r) for r in again.groups] == [astuple(r) for r in first.groups]
    question = comparison(STATE, FEATURES.layout, 300)
    other = judge_by(question, FEATURES, FEATURES.sums(x)["sums"])
    assert [astuple(r) for r in other.groups] == [astuple(r) for r in first.groups]


def test_another_seed_is_another_draw_of_the_same_distribution() -> None:
    x = asked(300, 18)
    p = [
        of(x, state=calibrate(FEATURES, asked(N, 2), DAY, HOUR, ORDER, seed)).group("location").p_raw for seed in (1, 2)
    ]
    assert p[0] != p[1]
    assert p[0] == pytest.approx(p[1], rel=0.3)


def test_hours_are_compared_with_the_same_hours_of_other_days() -> None:
    # In the evening all records are about the first topic.
    evening = SHARES * 0.4 + 0.6 * np.eye(8)[0]
    x = np.where((HOUR >= 18)[:, None], asked(N, 19, evening), asked(N, 20))
    state = calibrate(FEATURES, x, DAY, HOUR, DAY * 24 + HOUR, 0)
    window = asked(60, 21, evening)
    assert of(window, state=state, hours=[20, 21]).verdict == "NO_DRIFT"
    assert of(window, state=state).verdict == "DRIFT"
    assert of(window, state=state, hours=[20, 21]).n_calibration < N / 5


def test_statistics_of_two_parts_come_from_added_sums() -> None:
    x = asked(400, 22)
    sums = FEATURES.sums(x[:150])["sums"] + FEATURES.sums(x[150:])["sums"]
    assert_allclose(
        [r.p_raw for r in judge(STATE, FEATURES, 400, sums).groups], [r.p_raw for r in of(x).groups], rtol=1e-3
    )


def test_topics_belong_to_the_nearest_cluster() -> None:
    own = owners(FEATURES, TOPICS)
    assert set(own.tolist()) == set(range(7))
    assert_array_equal(own, FEATURES_NEAREST)


FEATURES_NEAREST = np.array(
    [
        int(np.argmax([centre @ topic / np.linalg.norm(topic) for topic in TOPICS]))
        for centre in FEATURES.micro_centres() / np.linalg.norm(FEATURES.micro_centres(), axis=1, keepdims=True)
    ]
)


def test_a_micro_topic_belongs_to_the_cluster_with_the_nearest_centroid() -> None:
    centroids = TOPICS + 0.01
    micro = FEATURES.micro_centres().astype(float)
    apart = np.linalg.norm(unit(micro)[:, None] - unit(centroids), axis=2)
    assert_array_equal(owners(FEATURES, centroids), apart.argmin(axis=1))
    longer = owners(FEATURES, 100 * centroids)  # their length says nothing where vectors are scaled
    assert_array_equal(longer, apart.argmin(axis=1))
    moved = fit_features(asked(700, 41) + 5, seed=1, cosine=False)
    apart = np.linalg.norm(moved.micro_centres().astype(float)[:, None] - (TOPICS + 5), axis=2)
    assert_array_equal(owners(moved, TOPICS + 5), apart.argmin(axis=1))


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)
