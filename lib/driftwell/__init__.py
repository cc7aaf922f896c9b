"""driftwell tells teams who run retrieval-augmented generation whether their embeddings drift.

In a notebook:

- `driftwell.verdict(baseline, window)`: numpy arrays in, a `Verdict` out; needs no Spark.

What is not named in `__all__` is private.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "Verdict": "driftwell.interface.verdict",
    "verdict": "driftwell.interface.verdict",
}

__all__ = ["Verdict", "__version__", "verdict"]


def __getattr__(name: str) -> Any:
    """A public name, imported on first use: importing the package alone is fast."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
