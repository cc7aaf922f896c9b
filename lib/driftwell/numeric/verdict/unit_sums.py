"""Sums over the hours of days and over blocks of consecutive records, from batches in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Arrays, Floats, Ints
from driftwell.numeric.verdict.cells import Cells, cell_hours


@dataclass(frozen=True, eq=False)
class Units:
    """Where a record's values are added: to its (day, hour), and to the blocks that contain it.

    Attributes:
        days: (D,) days, ascending.
        blocks: (b, 4) of each block: number of its size, position of its day, and its records' order in [begin, end).
    """

    days: Ints
    blocks: Ints

    def sums(self, values: NDArray[np.floating], day: Ints, hour: Ints, order: Ints) -> Arrays:
        """What one batch adds: named matrices (1, w + 2) of float64, only those it touches.

        Add up matrices of the same name over all batches. Records before the first day are left out.

        Args:
            values: (n, w) additive values of each record. day: (n,) one of `days`. hour: (n,) 0 to 23.
            order: (n,) position in time, e.g. microseconds.

        Returns:
            `cell.DAY.HOUR` and `block.NUMBER`: sums of the values, then the number of records and the sum of hours.
        """
        if len(self.days) and np.any(old := day < self.days[0]):
            values, day, hour, order = values[~old], day[~old], hour[~old], order[~old]
        position = np.searchsorted(self.days, day)
        if np.any(position >= len(self.days)) or np.any(self.days[position] != day):
            raise ValueError("records of days that the plan does not hold")
        by_time = np.lexsort((order, position))
        extra = np.stack([np.ones(len(day)), hour], axis=1)
        rows = np.concatenate([values, extra], axis=1, dtype=np.float64)[by_time]
        position, hour, order = position[by_time], hour[by_time], order[by_time]
        cell = cell_hours(position, hour, len(self.days))
        out: Arrays = {}
        for at in np.unique(position).tolist():
            begin, end = np.searchsorted(position, [at, at + 1]).tolist()
            for h in np.unique(cell[begin:end]).tolist():
                out[f"cell.{at}.{h}"] = rows[begin:end][cell[begin:end] == h].sum(axis=0)[None, :]
            own = np.flatnonzero(self.blocks[:, 1] == at)
            firsts = begin + np.searchsorted(order[begin:end], self.blocks[own, 2])
            lasts = begin + np.searchsorted(order[begin:end], self.blocks[own, 3])
            for number, first, last in zip(own.tolist(), firsts.tolist(), lasts.tolist(), strict=True):
                if first < last:
                    out[f"block.{number}"] = rows[first:last].sum(axis=0)[None, :]
        return out


def added(total: Arrays, part: Mapping[str, Any]) -> Arrays:
    """Add up matrices of the same name; `total` is changed and returned."""
    for name, a in part.items():
        total[name] = total[name] + a if name in total else a
    return total


@dataclass(frozen=True, eq=False)
class UnitSums:
    """Sums of w values over the units, from all batches.

    Attributes:
        cells: sums by day and hour.
        blocks: (b, w) sums of each block with records.
        block_units: (b, 4) number of its size, position of its day, its records, its middle hour.
    """

    cells: Cells
    blocks: Floats
    block_units: Ints


def unit_sums(units: Units, sums: Mapping[str, Any], width: int) -> UnitSums:
    """The added up matrices of `Units.sums`, in order; other names are ignored."""
    blocks, found = np.zeros((len(units.blocks), width)), np.zeros((len(units.blocks), 2))
    cells: dict[tuple[int, int], Floats] = {}
    for name, total in sums.items():
        kind, *at = name.split(".")
        if kind == "cell":
            cells[int(at[0]), int(at[1])] = total[0, :-1]
        elif kind == "block":
            blocks[int(at[0])], found[int(at[0])] = total[0, :-2], total[0, -2:]
    places = sorted(cells)
    rows = np.array([cells[place] for place in places]).reshape(-1, width + 1)
    by_cell = Cells(units.days, np.array(places, dtype=np.int64).reshape(-1, 2), rows[:, -1], rows[:, :-1])
    filled = found[:, 0] > 0
    n, hours = found[filled].T
    middle = np.round(hours / n)
    of_block = np.concatenate([units.blocks[filled, :2], n[:, None], middle[:, None]], axis=1).astype(np.int64)
    return UnitSums(by_cell, blocks[filled], of_block)
