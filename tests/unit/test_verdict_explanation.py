"""Sentences about judgements made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from driftwell.numeric.verdict.explanation import explained, percent
from driftwell.numeric.verdict.judgement import GroupResult, Judgement
from driftwell.numeric.verdict.layout import GROUPS
from driftwell.numeric.verdict.topics import ClusterParts


def result(group: str, p: float, effect: float) -> GroupResult:
    return GroupResult(group, p / 5, p, "day", effect, abs(effect) / 2, 2.0, p <= 0.05, True)


def judgement(verdict: str, p: float = 0.0004, excess: float = 0.0, **effects: float) -> Judgement:
    """With the named groups significant at p, and the others not."""
    groups = tuple(result(group, p if group in effects else 0.9, effects.get(group, 0.0)) for group in GROUPS)
    return Judgement(verdict, "ok", 0.05, 1_250, 4_000, 1_250, 1, 14, 0, p, groups, excess)


def test_new_content_is_described_as_a_share_of_questions() -> None:
    assert explained(judgement("DRIFT", excess=0.072, novelty=0.4), "questions") == (
        "Drift: about 7 % of the questions look like a topic the baseline did not have. "
        "Without drift that happens less than once in 1,000 windows."
    )


def test_a_changed_mix_is_described_with_its_main_cluster() -> None:
    parts = ClusterParts(np.array([-0.02, 0.13, -0.11]), np.array([0.1, 0.6, 0.3]))
    found = explained(judgement("DRIFT", 0.012, mixture=0.18), "questions", parts, ["cards", "refunds", "loans"])
    assert found == (
        "Drift: the mix of topics changed, as much as if 18 % of the questions were replaced by ones of another topic; "
        'most of all, cluster "refunds" grew by 13 percentage points. '
        "Without drift that happens in about 12 of 1,000 windows."
    )
    lost = ClusterParts(np.array([-0.1, 0.05]), np.array([0.8, 0.2]))
    assert "cluster 0 shrank by 10 percentage points" in explained(judgement("DRIFT", mixture=0.18), parts=lost)


def test_no_cluster_is_named_if_none_stands_out() -> None:
    even = ClusterParts(np.full(10, 0.02), np.full(10, 0.1))
    assert "cluster" not in explained(judgement("DRIFT", mixture=0.18), parts=even)


@pytest.mark.parametrize(
    ("change", "contribution", "said"),
    [
        (0.01, 0.2, "cluster 1 grew by 1 percentage point."),
        (0.0099, 0.2, ""),
        (0.01, 0.19, ""),
        (-0.01, 0.2, "cluster 1 shrank by 1 percentage point."),
        (0.02, 0.9, "cluster 1 grew by 2 percentage points."),
    ],
)
def test_a_cluster_is_named_from_a_hundredth_of_the_records_and_a_fifth_of_the_change_on(
    change: float, contribution: float, said: str
) -> None:
    parts = ClusterParts(np.array([0.0, change]), np.array([0.05, contribution]))
    found = explained(judgement("DRIFT", mixture=0.18), parts=parts)
    assert said in found and ("cluster" in found) is bool(said)
    assert said or "ones of another topic. Without drift" in found
    assert "cluster" not in explained(judgement("DRIFT", novelty=0.4, excess=0.1), parts=parts)


@pytest.mark.parametrize(
    ("excess", "said"),
    [
        (0.009, "the records lie farther from what the baseline had than usual (0.4 standard deviations on average)"),
        (0.01, "about 1 % of the records look like a topic the baseline did not have"),
        (0.994, "about 99 % of the records look like"),
        (0.995, "all the records look like"),
    ],
)
def test_new_content_is_quantified_from_a_hundredth_on(excess: float, said: str) -> None:
    assert said in explained(judgement("DRIFT", excess=excess, novelty=0.4))
    assert "look like" not in explained(judgement("DRIFT", excess=excess, mixture=0.4))


def test_the_largest_sizes_are_described_without_a_number() -> None:
    assert "if all the records were replaced" in explained(judgement("DRIFT", mixture=1.0))
    assert "if 99 % of the records were replaced" in explained(judgement("DRIFT", mixture=0.99))
    for effect in (100.0, -100.0):
        said = explained(judgement("DRIFT", residual=effect))
        assert f"vary {'more' if effect > 0 else 'less'} outside" in said
        assert "(farther than the baseline's own variation can measure)" in said


@pytest.mark.parametrize(
    ("p", "often"),
    [
        (0.0009, "less than once in 1,000 windows"),
        (0.001, "in about 1 of 1,000 windows"),
        (0.0126, "in about 13 of 1,000 windows"),
    ],
)
def test_how_often_it_happens_by_chance(p: float, often: str) -> None:
    drift = judgement("DRIFT", p, mixture=0.3)
    assert explained(drift).endswith(f"Without drift that happens {often}.")
    uncalibrated = explained(replace(drift, status="not_calibrated"))
    assert uncalibrated.endswith(f"Chance alone does that {often}; how much days differ, this baseline cannot tell.")


def test_a_judgement_without_results_cannot_be_described() -> None:
    with pytest.raises(ValueError, match="no change to describe"):
        explained(replace(judgement("DRIFT"), groups=()))


def test_each_cause_has_its_sentence() -> None:
    said = {
        "location": "all records moved in one direction, as much as if 5 % of the records",
        "displacement": "the records moved inside their topics, as much as if 5 %",
        "residual": "the vectors vary more outside their usual directions (0.1 standard deviations on average)",
    }
    for group, words in said.items():
        effect = 0.1 if group == "residual" else 0.05
        assert explained(judgement("DRIFT", **{group: effect})).startswith(f"Drift: {words}")
    assert "lie closer to what the baseline had" in explained(judgement("DRIFT", novelty=-0.3))


def test_no_drift_says_how_much_was_detectable() -> None:
    quiet = judgement("NO_DRIFT", 0.42)
    assert explained(quiet, "questions") == (
        "No drift: these 1,250 questions differ from the baseline no more than its own days do (p = 0.42)."
    )
    uncalibrated = explained(replace(quiet, status="not_calibrated"))
    assert "differ from the baseline no more than by chance (p = 0.42)." in uncalibrated
    small = explained(replace(quiet, n=60, notes=("gross_change_only",)))
    assert small.endswith("So few show only a gross change.")


def test_a_change_below_the_floor_is_described_as_real() -> None:
    below = judgement("NO_DRIFT", 0.001, mixture=0.02)
    below = replace(below, groups=tuple(replace(r, large_enough=False) for r in below.groups))
    assert "is real but below the size that matters" in explained(below)


def test_the_sentence_about_too_little_data_says_what_is_missing() -> None:
    empty = Judgement("INSUFFICIENT_DATA", "too_few_records", 0.05, 12, 4_000, 12, 1, 14, 0)
    assert explained(empty, "sessions") == "12 sessions are too few for a verdict."
    young = replace(empty, status="too_few_calibration_records", n_calibration=90)
    assert explained(young) == "The baseline has 90 records for calibration, a verdict needs 200: take a longer one."
    unsure = replace(judgement("INSUFFICIENT_DATA", mixture=0.06), status="not_calibrated", baseline_days=1)
    assert explained(unsure).startswith("Not sure: the mix of topics changed, as much as if 6 %")
    assert "has 1 day and cannot tell how much days differ" in explained(unsure)


def test_percentages_have_no_false_precision() -> None:
    assert [percent(share) for share in (0.0704, 0.01, 0.004, 0.00032, 1.0)] == [
        "7 %",
        "1 %",
        "0.4 %",
        "0.03 %",
        "100 %",
    ]
