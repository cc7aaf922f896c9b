"""Types of numpy arrays; their shapes stand in the docstrings of what takes and returns them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
"""Named matrices."""
