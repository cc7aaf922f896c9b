"""Which cause is named first, and which result is shown."""

from __future__ import annotations

import pytest

from driftwell.numeric.verdict.judgement import Floors, GroupResult, Judgement


def result(group: str, p: float = 0.01, effect: float = 0.3, strength: float = 2.0, **gates: bool) -> GroupResult:
    significant, large = gates.get("significant", True), gates.get("large", True)
    return GroupResult(group, p / 5, p, "day", effect, 0.1, strength, significant, large)


def judgement(*groups: GroupResult) -> Judgement:
    return Judgement("DRIFT", "ok", 0.05, 100, 1_000, 100, 1, 14, 0, groups=groups)


def test_the_most_significant_cause_comes_first_and_of_two_tiny_p_values_the_stronger() -> None:
    assert judgement(result("novelty", 0.01), result("mixture", 0.001, strength=1)).causes == ("mixture", "novelty")
    assert judgement(result("novelty", 1e-7), result("residual", 1e-16, strength=3)).causes == ("residual", "novelty")
    assert judgement(result("novelty", 1e-7), result("residual", 1e-16, strength=1)).causes == ("novelty", "residual")
    assert judgement(result("novelty", 1e-5, strength=9), result("residual", 1e-7)).causes == ("residual", "novelty")


@pytest.mark.parametrize("group", ["location", "displacement"])
def test_causes_that_a_mixture_half_as_large_explains_come_after_it(group: str) -> None:
    mixture = result("mixture", 1e-9, effect=0.2)
    assert judgement(result(group, 1e-9, 0.4, strength=9), mixture).causes == ("mixture", group)
    assert judgement(result(group, 1e-9, 0.41, strength=9), mixture).causes == (group, "mixture")
    assert judgement(result("novelty", 1e-9, 0.1, strength=9), mixture).causes == ("novelty", "mixture")
    assert judgement(result(group, 1e-9, 0.1), result("novelty", 1e-9, strength=1)).causes == (group, "novelty")


def test_a_cause_passes_both_gates() -> None:
    groups = result("novelty", 0.001, large=False), result("mixture", 0.3, significant=False), result("location", 0.04)
    assert judgement(*groups).causes == ("location",)
    assert judgement(*groups).main_cause == "location"
    assert judgement(*groups).headline == groups[2]


def test_without_a_cause_the_smallest_p_value_is_shown_and_without_results_nothing() -> None:
    groups = result("novelty", 0.2, significant=False), result("mixture", 0.1, significant=False)
    assert judgement(*groups).main_cause is None
    assert judgement(*groups).headline == groups[1] == judgement(*groups).group("mixture")
    assert judgement().headline is None
    with pytest.raises(KeyError):
        judgement().group("mixture")


def test_floors_are_shares_except_for_novelty_and_residual() -> None:
    groups = ("location", "mixture", "novelty", "displacement", "residual")
    assert [Floors(0.1, 0.5).of(group) for group in groups] == [0.1, 0.1, 0.5, 0.1, 0.5]
    assert {Floors().of(group) for group in groups} == {0.0}
