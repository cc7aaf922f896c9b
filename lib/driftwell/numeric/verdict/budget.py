"""The false alarm rate alpha of one comparison, from the false alarms accepted per year."""

from __future__ import annotations

from driftwell.errors import UsageError

DAYS_A_YEAR = 365.25

COMPARISONS_A_YEAR = {
    "hourly": 24 * DAYS_A_YEAR,
    "daily": DAYS_A_YEAR,
    "weekly": DAYS_A_YEAR / 7,
    "monthly": 12.0,
}

SMALLEST_ALPHA = 0.001
"""Below this the tails of the null distributions are not known well enough."""

LARGEST_ALPHA = 0.2
"""Above this a verdict is meaningless."""


def alpha_of(false_alarms_per_year: float, comparisons_per_year: float) -> float:
    """The false alarm rate of one comparison, at most `LARGEST_ALPHA`.

    Args:
        false_alarms_per_year: accepted over all comparisons of a dataset (one a year, daily: 0.27 %).
        comparisons_per_year: of all kinds together (`COMPARISONS_A_YEAR`: daily and weekly is 417).

    Raises:
        UsageError: if that needs an alpha below .1 %; the message gives the smallest possible number.
    """
    if false_alarms_per_year <= 0 or comparisons_per_year <= 0:
        raise UsageError(
            f"{false_alarms_per_year:g} false alarms a year in {comparisons_per_year:g} comparisons: both must be over "
            "0"
        )
    alpha = false_alarms_per_year / comparisons_per_year
    if alpha < SMALLEST_ALPHA * (1 - 1e-9):
        raise UsageError(
            f"{false_alarms_per_year:g} false alarms a year in {comparisons_per_year:.0f} comparisons need a rate of "
            f"{alpha:.2%}, the smallest that holds is {SMALLEST_ALPHA:.1%}: "
            f"accept {smallest_false_alarms(comparisons_per_year):.1f} a year, or compare less often"
        )
    return min(alpha, LARGEST_ALPHA)


def smallest_false_alarms(comparisons_per_year: float) -> float:
    """The fewest false alarms per year that can be guaranteed for so many comparisons."""
    return SMALLEST_ALPHA * comparisons_per_year
