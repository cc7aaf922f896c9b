"""Nine significant digits: the precision at which measured numbers are stored."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

DIGITS = 9
"""Not fewer: sums over other partitions differ in the 13th digit, and a rounding boundary between them must not make
them differ by more than 1e-6 (at six digits up to 1e-5)."""


def rounded(value: float | None) -> float | None:
    """A number at nine significant digits; None for None and non-finite numbers."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.{DIGITS}g}")


def rounded_list(values: NDArray[np.float64]) -> list[float]:
    """An (n,) array of finite numbers as a list of floats at nine significant digits."""
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
