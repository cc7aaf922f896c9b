"""The calibration half as stored: sums by day, hour and block, and a few thousand rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Arrays, Floats, Ints
from driftwell.numeric.verdict.cells import Cells
from driftwell.numeric.verdict.features import Features, RowFeatures
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.unit_sums import Units, added, unit_sums

Singles = NDArray[np.float32]

PIECE = 2_048
"""Records whose row features are in memory at a time."""

KEPT = 4_000
"""Hash-chosen records of the calibration half that are kept as rows (at most)."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a snapshot is compared with. Values are mapped features: m columns, then `novel`.

    Attributes:
        seed: of all random draws of a judgement.
        days: (D,) days with records, ascending.
        day_class: (D,) class of each day (workday, weekend) for like-with-like comparisons; all 0 if unused.
        cells: sums of m + 1 values over the records of each day and hour.
        rows: (R, m + 1) the kept records. row_day: (R,) position of their day. row_hour: (R,).
        blocks: (b, m + 1) mean of each block of consecutive records.
        block_units: (b, 4) number of its size, position of its day, its records, its middle hour.
        topic_norms: (5,) each group's mean statistic if all records were of one other topic.
    """

    seed: int
    days: Ints
    day_class: Ints
    cells: Cells
    rows: Singles
    row_day: Ints
    row_hour: Ints
    blocks: Singles
    block_units: Ints
    topic_norms: Floats

    @property
    def n(self) -> int:
        """Records of the calibration half."""
        return self.cells.total

    def arrays(self) -> Arrays:
        """As named matrices, for storage; the large ones except `cells` are float32."""
        return {
            "seed": np.full((1, 1), self.seed),
            "days": np.stack([self.days, self.day_class]),
            "cells": self.cells.sums,
            "cell_units": np.concatenate([self.cells.place, self.cells.n[:, None]], axis=1),
            "rows": self.rows,
            "row_units": np.stack([self.row_day, self.row_hour], axis=1),
            "blocks": self.blocks,
            "block_units": self.block_units,
            "topic_norms": self.topic_norms[None, :],
        }


def calibration_of(arrays: Mapping[str, Any]) -> Calibration:
    """The inverse of `Calibration.arrays`."""
    days, day_class = np.asarray(arrays["days"], dtype=np.int64)
    sums, of_cells = (np.asarray(arrays[name], dtype=np.float64) for name in ("cells", "cell_units"))
    rows = np.asarray(arrays["rows"], dtype=np.float32)
    width = rows.shape[1]
    row_day, row_hour = np.asarray(arrays["row_units"], dtype=np.int64).T
    return Calibration(
        seed=int(arrays["seed"][0, 0]),
        days=days,
        day_class=day_class,
        cells=Cells(days, of_cells[:, :2].astype(np.int64), of_cells[:, 2], sums),
        rows=rows,
        row_day=row_day,
        row_hour=row_hour,
        # Without blocks, storage may have lost the shapes.
        blocks=np.asarray(arrays.get("blocks", ()), dtype=np.float32).reshape(-1, width),
        block_units=np.asarray(arrays.get("block_units", ()), dtype=np.int64).reshape(-1, 4),
        topic_norms=np.asarray(arrays["topic_norms"][0], dtype=np.float64),
    )


def calibration_sums(
    row: RowFeatures, units: Units, x: NDArray[np.floating], day: Ints, hour: Ints, order: Ints
) -> Arrays:
    """What one batch of the calibration half adds to its sums: matrices to add up by name.

    Args:
        x: (n, d) vectors. day: (n,) one of the units' days. hour: (n,) 0 to 23. order: (n,) position in time.

    Returns:
        `Units.sums` of the row features, and `topic.NUMBER` (1, width + 2) of each topic with records.
    """
    out: Arrays = {}
    # In order of time a piece touches few blocks; feature rows are wide, so only one piece is in memory at a time.
    by_time = np.lexsort((order, day))
    for start in range(0, len(by_time), PIECE):
        at = by_time[start : start + PIECE]
        values, own = row.rows(x[at]), row.nearest_topic(x[at])
        added(out, units.sums(values, day[at], hour[at], order[at]))
        for topic in np.unique(own).tolist():
            of_topic = values[own == topic]
            total = [*of_topic.sum(axis=0, dtype=np.float64), len(of_topic), 0]
            added(out, {f"topic.{topic}": np.array([total])})
    return out


def calibration_from(
    features: Features,
    units: Units,
    sums: Mapping[str, Any],
    kept: NDArray[np.floating],
    kept_day: Ints,
    kept_hour: Ints,
    seed: int,
    day_class: Mapping[int, int] | None = None,
) -> Calibration:
    """The state from the added up sums.

    Args:
        sums: of `calibration_sums` over all batches.
        kept: (R, d) at most `KEPT` hash-chosen records, of days of the units. kept_day, kept_hour: (R,) of each.
        seed: of all later judgements.
        day_class: class of each day, 0 by default.
    """
    days, found = units.days, unit_sums(units, sums, features.layout.width)
    mapped = np.asarray(features.mapped(found.cells.sums), dtype=np.float64)
    return Calibration(
        seed=seed,
        days=days,
        day_class=np.array([(day_class or {}).get(int(day), 0) for day in days], dtype=np.int64),
        cells=replace(found.cells, sums=mapped),
        rows=features.mapped(features.rows(kept[:KEPT])).astype(np.float32),
        row_day=np.searchsorted(days, kept_day[:KEPT]),
        row_hour=np.asarray(kept_hour[:KEPT], np.int64),
        blocks=features.mapped(found.blocks / found.block_units[:, 2:3]).astype(np.float32),
        block_units=found.block_units,
        topic_norms=topic_norms(features, [total[0] for name, total in sums.items() if name.startswith("topic.")]),
    )


def topic_norms(features: Features, topics: list[Floats]) -> Floats:
    """(5,) mean over records of |(mean of their topic - mean of all) M|², from (width + 2,) sums of each topic."""
    totals = np.array(topics)
    sizes = totals[:, -2]
    means = features.mapped(totals[:, :-2] / sizes[:, None])
    shares = sizes / sizes.sum()
    return np.asarray(shares @ features.layout.norms(means - shares @ means))


def calibrate(
    features: Features,
    x: NDArray[np.floating],
    day: Ints,
    hour: Ints,
    order: Ints,
    seed: int,
    day_class: Mapping[int, int] | None = None,
) -> Calibration:
    """The state of a calibration half in memory, in hash order: what Spark does in several steps.

    Args:
        x: (n, d) records in hash order (the first ones are kept). day: (n,) any numbers. hour: (n,) 0 to 23.
        order: (n,) position in time.
    """
    units = planned(day, order)
    known = day >= units.days[0]
    x, day, hour, order = x[known], day[known], hour[known], order[known]
    sums = calibration_sums(features.row, units, x, day, hour, order)
    return calibration_from(features, units, sums, x[:KEPT], day[:KEPT], hour[:KEPT], seed, day_class)
