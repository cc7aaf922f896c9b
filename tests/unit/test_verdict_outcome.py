"""The fewest records a verdict needs, on both sides."""

from driftwell.numeric.verdict.outcome import insufficient


def test_200_calibration_records_are_enough_and_199_are_not() -> None:
    assert insufficient(1_000, 200, 20) is None
    assert insufficient(1_000, 199, 20) == "too_few_calibration_records"


def test_the_fewest_records_of_a_window_are_enough() -> None:
    assert insufficient(20, 200, 20) is None
    assert insufficient(19, 200, 20) == "too_few_records"
