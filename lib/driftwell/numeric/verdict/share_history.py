"""How often each of g flags was true in a baseline: by day, by hour, and in blocks of consecutive records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from driftwell.numeric.arrays import Arrays, Floats, Ints
from driftwell.numeric.verdict.cells import Cells
from driftwell.numeric.verdict.unit_sums import Units, unit_sums


@dataclass(frozen=True, eq=False)
class ShareHistory:
    """How often each of g flags was true in a baseline.

    Attributes:
        cells: records of each day and hour, and the sums of the g flags.
        block_units: (b, 4) number of its size, position of its day, its records, its middle hour.
        block_hits: (b, g).
    """

    cells: Cells
    block_units: Ints
    block_hits: Floats

    def arrays(self) -> Arrays:
        """As named matrices, for storage."""
        return {
            "days": self.cells.days[None, :],
            "cell_units": np.concatenate([self.cells.place, self.cells.n[:, None]], axis=1),
            "hits": self.cells.sums,
            "block_units": self.block_units,
            "block_hits": self.block_hits,
        }

    def of(self, columns: slice) -> ShareHistory:
        """The history of some of the flags."""
        cells = replace(self.cells, sums=self.cells.sums[:, columns])
        return replace(self, cells=cells, block_hits=self.block_hits[:, columns])


def history_of(arrays: Mapping[str, Any]) -> ShareHistory:
    """The inverse of `ShareHistory.arrays`."""
    units, hits = np.asarray(arrays["cell_units"], np.float64), np.asarray(arrays["hits"], np.float64)
    width = hits.shape[1]
    return ShareHistory(
        cells=Cells(np.asarray(arrays["days"][0], np.int64), units[:, :2].astype(np.int64), units[:, 2], hits),
        block_units=np.asarray(arrays.get("block_units", ()), dtype=np.int64).reshape(-1, 4),
        block_hits=np.asarray(arrays.get("block_hits", ()), dtype=np.float64).reshape(-1, width),
    )


def share_history(units: Units, sums: Mapping[str, Any], things: int) -> ShareHistory:
    """The history from added up `Units.sums` of (n, things) flags, 1 if true."""
    found = unit_sums(units, sums, things)
    return ShareHistory(found.cells, found.block_units, found.blocks)
