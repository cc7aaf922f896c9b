"""Sums of records by day and hour, of old days by day alone, so that a baseline's state is bounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats, Ints

HOURS = 24

HOURLY_DAYS = 60
"""So many of a baseline's newest days are kept hour by hour; earlier ones are kept whole."""

MOST_DAYS = 400
"""Later windows are compared with at most so many of a baseline's newest days: a year with some to spare."""

WHOLE = HOURS
"""The hour of a day that is kept whole."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums of w values over c cells, each the records of one hour of a day, or of a whole day.

    Attributes:
        days: (D,) days since 1970 (any origin will do), ascending.
        place: (c, 2) position of the day, and the hour or `WHOLE`; in that order.
        n: (c,) records, at least 1. sums: (c, w).
    """

    days: Ints
    place: Ints
    n: Floats
    sums: Floats

    @property
    def total(self) -> int:
        """Records of all cells."""
        return int(self.n.sum())

    def counts(self, hours: NDArray[np.bool_]) -> Floats:
        """(D,) records of each day at these hours (24,); a day that is kept whole counts only if these are all hours.

        Hours on both sides of midnight are one night: those after it count for the day before.
        """
        seen, day = self._seen(hours)
        return np.bincount(day[seen], weights=self.n[seen], minlength=len(self.days)).astype(np.float64)

    def by_day(self, hours: NDArray[np.bool_]) -> Floats:
        """(D, w) sums of the records that `counts` counts."""
        seen, day = self._seen(hours)
        out = np.zeros((len(self.days), self.sums.shape[1]))
        np.add.at(out, day[seen], self.sums[seen])
        return out

    def _seen(self, hours: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Ints]:
        """(c,) which cells are included, and the position of the day that each counts for."""
        day, hour = self.place.T
        if hours[0] and hours[-1] and not hours.all():
            # A unit must be one stretch of time: sums of halves of different nights would differ less from each other.
            follows = np.diff(self.days, prepend=self.days[:1] - 2) == 1
            day = day - (follows[day] & (hour < np.argmin(hours)))
        return np.append(hours, hours.all())[hour], day


def cell_hours(position: Ints, hour: Ints, days: int) -> Ints:
    """(n,) the hour of the cell of each record: its own, or `WHOLE` if its day is not among the newest.

    Args:
        position: (n,) of the record's day among all days, ascending. hour: (n,) 0 to 23. days: their number.
    """
    return np.where(position < days - HOURLY_DAYS, WHOLE, hour)
