"""Nine significant digits: by hand, against numpy's formatting, and why they suffice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.numeric.rounding import rounded, rounded_list

few = settings(max_examples=100, derandomize=True, deadline=None)
numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0.12345678949, 0.123456789),
        (12345678951.0, 12345679000.0),
        (-0.000123456789499, -0.000123456789),
        (1.0000000004, 1.0),
        (0, 0.0),
        (42, 42.0),
        (np.float64(2 / 3), 0.666666667),
        (1e300 / 3, 3.33333333e299),
        (5e-324, 5e-324),
    ],
)
def test_nine_digits_are_stored(value: float, stored: float) -> None:
    found = rounded(value)
    assert found == stored
    assert type(found) is float


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, np.float64("nan")])
def test_a_non_finite_number_is_stored_as_null(value: float | None) -> None:
    assert rounded(value) is None


@few
@given(numbers)
def test_rounding_is_that_of_numpy_and_idempotent(value: float) -> None:
    found = rounded(value)
    assert found == float(np.format_float_scientific(value, precision=8, unique=False))
    assert rounded(found) == found


@few
@given(st.integers(10**8, 10**9 - 2), st.integers(-300, 280))
def test_numbers_equal_up_to_rounding_stay_equal_within_a_millionth(digits: int, exponent: int) -> None:
    boundary = float(f"{digits}.5e{exponent}")  # where the last stored digit changes
    below, above = rounded(boundary * (1 - 1e-13)), rounded(boundary * (1 + 1e-13))
    assert below is not None
    assert above is not None
    assert below < above <= below * (1 + 1e-6)


def test_a_list_is_rounded_number_by_number() -> None:
    values = np.array([1 / 3, -2e7 / 3, 0])
    assert rounded_list(values) == [0.333333333, -6666666.67, 0.0]
    assert all(type(value) is float for value in rounded_list(values))
    assert rounded_list(np.zeros(0)) == []
