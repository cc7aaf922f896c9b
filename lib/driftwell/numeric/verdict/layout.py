"""The five groups of row features, their columns, and squared lengths over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats

GROUPS = ("location", "mixture", "novelty", "displacement", "residual")
"""What can change: the mean of all records; shares of topics; content the baseline never had; positions inside topics;
the part outside the principal subspace (encoder, format, noise)."""

SCALAR = ("novelty", "residual")
"""Groups of one column, whose effect is Cohen's d; for the others it is a topic-equivalent share."""


@dataclass(frozen=True)
class Layout:
    """Columns of rows: [x - mean (d) | nearest micro-topic (k) | novelty | displacement (p) | residual | novel].

    Mapped features have the same columns. `novel` (1 beyond the usual novelty) belongs to no group.
    """

    d: int
    k: int
    p: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.d + self.k + self.p + 3

    @property
    def slices(self) -> dict[str, slice]:
        """The columns of each group."""
        ends = np.cumsum([0, self.d, self.k, 1, self.p, 1]).tolist()
        return {group: slice(a, b) for group, a, b in zip(GROUPS, ends, ends[1:], strict=False)}

    @property
    def novel(self) -> int:
        """The column of `novel`, which is the last."""
        return self.width - 1

    def norms(self, y: NDArray[np.floating]) -> Floats:
        """(b, width or more) mapped features -> (b, 5) squared length of each group's columns."""
        parts = [y[:, columns] for columns in self.slices.values()]
        return np.stack([np.einsum("ij,ij->i", part, part) for part in parts], axis=1).astype(np.float64)
