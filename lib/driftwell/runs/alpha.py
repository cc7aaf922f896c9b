"""Alpha, the false alarm rate of one comparison: as configured, or derived from the accepted number per year."""

from __future__ import annotations

from driftwell.config import DriftSettings
from driftwell.errors import UsageError
from driftwell.numeric.verdict.budget import COMPARISONS_A_YEAR, alpha_of


def alpha_for(settings: DriftSettings) -> float:
    """The false alarm rate of one comparison.

    Raises:
        UsageError: if the schedule needs a rate that cannot be guaranteed; the message gives the minimum.
    """
    if settings.alpha is not None:
        return settings.alpha
    if not settings.schedule:
        raise UsageError("drift.schedule is empty: name how often the dataset is compared, such as [daily]")
    comparisons = sum(COMPARISONS_A_YEAR["daily" if kind == "coverage" else kind] for kind in settings.schedule)
    return alpha_of(settings.false_alarms_per_year, comparisons)
