"""Real embeddings for tests: read in place, never copied into the project."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

USUAL_FOLDER = Path(__file__).parents[2] / "shared" / "data"


def real_embeddings(name: str) -> NDArray[np.float32]:
    """(n, d) unit-length embeddings of a data set such as `banking77_queries`."""
    return np.load(_file(f"{name}.f16.npy")).astype(np.float32)


def real_rows(name: str) -> list[dict[str, Any]]:
    """The records of those embeddings, in the same order."""
    with gzip.open(_file(f"{name}.jsonl.gz"), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _file(name: str) -> Path:
    """A file of the data; without it the test is skipped, or fails where CI is set."""
    file = Path(os.environ.get("DRIFTWELL_DATA") or USUAL_FOLDER) / name
    if not file.is_file():
        reason = f"{file} is not there: set DRIFTWELL_DATA to the folder of the real embeddings"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return file
