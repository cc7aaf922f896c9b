"""From false alarms per year to alpha, and the refusal of what cannot be guaranteed."""

from __future__ import annotations

import pytest

from driftwell.errors import UsageError
from driftwell.numeric.verdict.budget import COMPARISONS_A_YEAR, alpha_of, smallest_false_alarms


def test_one_false_alarm_a_year_in_daily_comparisons() -> None:
    assert alpha_of(1, COMPARISONS_A_YEAR["daily"]) == pytest.approx(0.0027, abs=5e-5)


def test_all_comparisons_of_a_dataset_share_the_budget() -> None:
    daily, weekly = COMPARISONS_A_YEAR["daily"], COMPARISONS_A_YEAR["weekly"]
    assert alpha_of(2, daily + weekly) == pytest.approx(2 / 417.43, rel=1e-4)


def test_too_small_an_alpha_is_refused_with_what_is_possible() -> None:
    with pytest.raises(UsageError, match=r"0\.01%.*0\.1%: accept 8\.8 a year"):
        alpha_of(1, COMPARISONS_A_YEAR["hourly"])
    reachable = smallest_false_alarms(COMPARISONS_A_YEAR["hourly"])
    assert alpha_of(reachable, COMPARISONS_A_YEAR["hourly"]) == pytest.approx(0.001)


def test_a_verdict_that_is_wrong_more_than_one_time_in_five_is_not_given() -> None:
    assert alpha_of(100, COMPARISONS_A_YEAR["monthly"]) == 0.2
    assert alpha_of(1, COMPARISONS_A_YEAR["monthly"]) == pytest.approx(1 / 12)
    assert alpha_of(0.1, 1) == pytest.approx(0.1)


@pytest.mark.parametrize(("alarms", "comparisons"), [(0, 365), (-1, 365), (1, 0)])
def test_no_alarms_or_no_comparisons_are_refused(alarms: float, comparisons: float) -> None:
    with pytest.raises(UsageError, match="both must be over 0"):
        alpha_of(alarms, comparisons)
