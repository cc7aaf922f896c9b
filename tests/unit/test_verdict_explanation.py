"""Sentences of a judgement, each said of a judgement made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from driftwell.numeric.verdict.explanation import explained, percent
from driftwell.numeric.verdict.judgement import GroupResult, Judgement
from driftwell.numeric.verdict.layout import GROUPS
from driftwell.numeric.verdict.topics import ClusterParts


def result(group: str, p: float, effect: float) -> GroupResult:
    return GroupResult(group, p / 5, p, "day", effect, abs(effect) / 2, 2.0, p <= 0.05, True)


def judgement(verdict: str, p: float = 0.0004, excess: float = 0.0, **effects: float) -> Judgement:
    """With the named groups significant at p, and all the others not."""
    groups = tuple(result(group, p if group in effects else 0.9, effects.get(group, 0.0)) for group in GROUPS)
    return Judgement(verdict, "ok", 0.05, 1_250, 4_000, 1_250, 1, 14, 0, p, groups, excess)


def test_new_content_is_told_as_a_share_of_questions() -> None:
    assert explained(judgement("DRIFT", excess=0.072, novelty=0.4), "questions") == (
        "Drift: about 7 % of the questions look like a topic the baseline did not have. "
        "Without drift that happens less than once in 1,000 windows."
    )


def test_a_changed_mix_is_told_with_the_cluster_that_most_of_it_comes_from() -> None:
    parts = ClusterParts(np.array([-0.02, 0.13, -0.11]), np.array([0.1, 0.6, 0.3]))
    found = explained(judgement("DRIFT", 0.012, mixture=0.18), "questions", parts, ["cards", "refunds", "loans"])
    assert found == (
        "Drift: the mix of topics changed, as much as if 18 % of the questions were replaced by ones of another topic; "
        'most of all, cluster "refunds" grew by 13 percentage points. '
        "Without drift that happens in about 12 of 1,000 windows."
    )
    lost = ClusterParts(np.array([-0.1, 0.05]), np.array([0.8, 0.2]))
    assert "cluster 0 shrank by 10 percentage points" in explained(judgement("DRIFT", mixture=0.18), parts=lost)


def test_no_cluster_is_named_where_none_stands_out() -> None:
    even = ClusterParts(np.full(10, 0.02), np.full(10, 0.1))
    assert "cluster" not in explained(judgement("DRIFT", mixture=0.18), parts=even)


def test_each_cause_has_its_words() -> None:
    said = {
        "location": "all records moved in one direction, as much as if 5 % of the records",
        "displacement": "the records moved inside their topics, as much as if 5 %",
        "residual": "the vectors vary more outside their usual directions (0.1 standard deviations on average)",
    }
    for group, words in said.items():
        effect = 0.1 if group == "residual" else 0.05
        assert words in explained(judgement("DRIFT", **{group: effect}))
    assert "lie closer to what the baseline had" in explained(judgement("DRIFT", novelty=-0.3))


def test_no_drift_says_how_much_was_seen() -> None:
    quiet = judgement("NO_DRIFT", 0.42)
    assert explained(quiet, "questions") == (
        "No drift: these 1,250 questions differ from the baseline no more than its own days do (p = 0.42)."
    )
    small = explained(replace(quiet, n=60, notes=("gross_change_only",)))
    assert small.endswith("So few show only a gross change.")


def test_a_change_below_the_floor_is_said_to_be_real() -> None:
    below = judgement("NO_DRIFT", 0.001, mixture=0.02)
    below = replace(below, groups=tuple(replace(r, large_enough=False) for r in below.groups))
    assert "is real but below the size that matters" in explained(below)


def test_too_little_data_says_what_is_missing() -> None:
    empty = Judgement("INSUFFICIENT_DATA", "too_few_records", 0.05, 12, 4_000, 12, 1, 14, 0)
    assert explained(empty, "sessions") == "12 sessions are too few for a verdict."
    young = replace(empty, status="too_few_calibration_records", n_calibration=90)
    assert explained(young) == "The baseline has 90 records for calibration, a verdict needs 200: take a longer one."
    unsure = replace(judgement("INSUFFICIENT_DATA", mixture=0.06), status="not_calibrated", baseline_days=1)
    assert explained(unsure).startswith("Not sure: the mix of topics changed, as much as if 6 %")
    assert "has 1 day and cannot tell how much days differ" in explained(unsure)


def test_percentages_are_said_without_false_precision() -> None:
    assert [percent(share) for share in (0.0704, 0.01, 0.004, 0.00032, 1.0)] == [
        "7 %",
        "1 %",
        "0.4 %",
        "0.03 %",
        "100 %",
    ]
