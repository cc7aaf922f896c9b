"""Archives as written by Firehose, for tests: vectors with times, in the formats of producers."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Record = dict[str, Any]


@dataclass(frozen=True)
class Cloud:
    """Vectors around a few centres.

    Attributes:
        centres: (k, d). spread: standard deviation around them.
    """

    centres: NDArray[np.float64]
    spread: float = 0.1

    def draw(self, n: int, seed: int, shares: Sequence[float] | None = None) -> NDArray[np.float32]:
        """(n, d) vectors, topics in given shares (equal by default)."""
        rng = np.random.default_rng(seed)
        topic = rng.choice(len(self.centres), n, p=shares)
        noise = rng.normal(0, self.spread, (n, self.centres.shape[1]))
        return (self.centres[topic] + noise).astype(np.float32)


def cloud(k: int, d: int, seed: int = 0) -> Cloud:
    """k well separated topics in d dimensions."""
    return Cloud(np.random.default_rng(seed).normal(0, 1, (k, d)))


def records(vectors: NDArray[np.float32], start: datetime, days: float, prefix: str, **extra: Any) -> list[Record]:
    """JSON records with ids, and times spread evenly over some days."""
    step = timedelta(days=days) / max(len(vectors), 1)
    return [
        {
            "id": f"{prefix}{i}",
            "timestamp": (start + i * step).isoformat(),
            "text": f"text of {prefix}{i}",
            "model": "test-model",
            "embedding": vector.tolist(),
            **extra,
        }
        for i, vector in enumerate(vectors)
    ]


def with_base64(items: list[Record]) -> list[Record]:
    """The same records with their embeddings as base64 of little-endian float32."""
    return [
        {**item, "embedding": base64.b64encode(np.array(item["embedding"], dtype="<f4").tobytes()).decode()}
        for item in items
    ]


def write_objects(root: Path, items: Sequence[Record], per_object: int = 100, separator: str = "") -> list[Path]:
    """Write records as gzip objects under the hours of their timestamps; Firehose puts nothing between records."""
    made = []
    for first in range(0, len(items), per_object):
        part = items[first : first + per_object]
        time = datetime.fromisoformat(part[0]["timestamp"]).astimezone(UTC)
        path = root / f"{time:%Y/%m/%d/%H}" / f"stream-1-{time:%Y-%m-%d-%H-%M-%S}-{first}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(separator.join(json.dumps(item) for item in part).encode(), mtime=0))
        made.append(path)
    return made
