"""Decoding of archive objects on one core: driftwell's decoder compared with the fastest parser on this machine."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from datetime import UTC, datetime

import numpy as np
import orjson

from driftwell.archive.decode import ArchiveObject, DecodeRules, decode_objects

KEY = "s3://bucket/archive/2026/05/01/00/object.gz"


def decoding(megabytes: int, d: int) -> dict[str, float]:
    """MB/s of decompressed JSON, ours and best; records per second of JSON text and of base64."""
    generator = np.random.default_rng(0)
    records = max(100, megabytes * 1_000_000 // (21 * d))
    vectors = generator.standard_normal((records, d)) / np.sqrt(d)
    text = _object(vectors, lambda v: v.tolist())
    coded = _object(vectors, lambda v: base64.b64encode(v.astype("<f4").tobytes()).decode())
    inflated_mb = len(zlib.decompress(text, 31)) / 1e6
    ours, best, of_base64 = _seconds(text, d), _best_seconds(text), _seconds(coded, d)
    return {
        "json_mb_per_s": inflated_mb / ours,
        "best_mb_per_s": inflated_mb / best,
        "json_records_per_s": records / ours,
        "base64_records_per_s": records / of_base64,
    }


def _object(vectors, written) -> bytes:
    lines = (
        json.dumps(
            {"id": f"r{i}", "timestamp": "2026-05-01T00:10:00Z", "text": "a question", "embedding": written(vector)}
        )
        for i, vector in enumerate(vectors)
    )
    return gzip.compress("\n".join(lines).encode(), 1)


def _seconds(data: bytes, d: int) -> float:
    """The fastest of three runs, on one core."""
    return min(_once(data, d) for _ in range(3))


def _once(data: bytes, d: int) -> float:
    started = time.process_time()
    for _ in decode_objects([ArchiveObject(KEY, datetime.now(UTC), data)], DecodeRules(dimension=d)):
        pass
    return time.process_time() - started


def _best_seconds(data: bytes) -> float:
    """Only zlib, orjson and numpy: no checks, ids, times or batches."""
    found = []
    for _ in range(3):
        started = time.process_time()
        for line in zlib.decompress(data, 31).split(b"\n"):
            np.array(orjson.loads(line)["embedding"], dtype=np.float32)
        found.append(time.process_time() - started)
    return min(found)
