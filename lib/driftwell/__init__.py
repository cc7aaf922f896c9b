"""driftwell tells teams who run retrieval-augmented generation whether their embeddings drift.

In a notebook:

- `driftwell.verdict(baseline, window)`: numpy arrays in, a `Verdict` out; needs no Spark.
- `driftwell.Workspace(tables_path, spark)`: the runs of the commands inside a Spark session that is there already, and
  their tables as DataFrames.

What a run refuses is raised as a `DriftwellError`: `UsageError`, `InputError` or `StorageError`.

What is not named in `__all__` is private.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "DriftwellError": "driftwell.errors",
    "InputError": "driftwell.errors",
    "Result": "driftwell.interface.workspace",
    "StorageError": "driftwell.errors",
    "UsageError": "driftwell.errors",
    "Verdict": "driftwell.interface.verdict",
    "Workspace": "driftwell.interface.workspace",
    "verdict": "driftwell.interface.verdict",
}

__all__ = [*_PLACES, "__version__"]


def __getattr__(name: str) -> Any:
    """A public name, imported on first use: importing the package alone is fast."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
