"""Sums of records by day and hour, of old days by day alone: what stays of a baseline is bounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats, Ints

HOURS = 24

HOURLY_DAYS = 60
"""So many of a baseline's newest days are kept hour by hour; those before them are kept whole."""

MOST_DAYS = 400
"""Days of a baseline that later windows are judged by, the newest ones: a year with some to spare."""

WHOLE = HOURS
"""Stands for the hour where a day is kept whole."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums of w values over c cells, each the records of a day at an hour, or of a day.

    Attributes:
        days: (D,) days since 1970, or so, ascending.
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
        """(D,) records of each day at these hours (24,); a day that is kept whole has some at all hours only.

        Hours on both sides of midnight are one night: those after it count for the day before.
        """
        seen, day = self._seen(hours)
        return np.bincount(day[seen], weights=self.n[seen], minlength=len(self.days)).astype(np.float64)

    def by_day(self, hours: NDArray[np.bool_]) -> Floats:
        """(D, w) sums of the records that `counts` tells the number of."""
        seen, day = self._seen(hours)
        out = np.zeros((len(self.days), self.sums.shape[1]))
        np.add.at(out, day[seen], self.sums[seen])
        return out

    def _seen(self, hours: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Ints]:
        """(c,) which cells are seen, and the position of the day that each counts for."""
        day, hour = self.place.T
        if hours[0] and hours[-1] and not hours.all():
            # One stretch of time is a unit: two halves of different nights would differ less from each other.
            follows = np.diff(self.days, prepend=self.days[:1] - 2) == 1
            day = day - (follows[day] & (hour < np.argmin(hours)))
        return np.append(hours, hours.all())[hour], day


def cell_hours(position: Ints, hour: Ints, days: int) -> Ints:
    """(n,) the hour of the cell of each record: its own, or `WHOLE` where its day is none of the newest ones.

    Args:
        position: (n,) of the record's day among all days, ascending. hour: (n,) 0 to 23. days: how many there are.
    """
    return np.where(position < days - HOURLY_DAYS, WHOLE, hour)
