"""Decoded records as rows, and rows as Arrow batches."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from driftwell.archive.embedding import Vector

DECODED_SCHEMA = pa.schema(
    [
        ("object_key", pa.string()),
        ("position", pa.int64()),  # ordinal of the record in the object; null: the whole object
        ("reason", pa.string()),  # null: usable
        ("detail", pa.string()),
        ("excerpt", pa.string()),
        ("record_id", pa.string()),  # null unless usable
        ("event_time", pa.timestamp("us", tz="UTC")),
        ("event_time_source", pa.string()),  # record, key or object
        ("text", pa.string()),
        ("model", pa.string()),
        ("metadata", pa.map_(pa.string(), pa.string())),
        ("deleted", pa.bool_()),
        ("embedding", pa.list_(pa.float32())),
    ]
)

_ROW_BYTES = 200  # rough size of a row without its strings and its embedding


class DecodedRow(NamedTuple):
    """One row of `DECODED_SCHEMA`, fields in its order."""

    object_key: str
    position: int | None
    reason: str | None
    detail: str | None
    excerpt: str | None
    record_id: str | None
    event_time: datetime
    event_time_source: str
    text: str | None = None
    model: str | None = None
    metadata: dict[str, str | None] | None = None
    deleted: bool = False
    embedding: Vector | None = None

    def size(self) -> int:
        """Approximate size of the row in a batch, in bytes."""
        size = _ROW_BYTES + len(self.excerpt or "") + len(self.text or "")
        if self.metadata is not None:
            size += sum(len(key) + len(value or "") for key, value in self.metadata.items())
        return size if self.embedding is None else size + self.embedding.nbytes


def row_batches(rows: Iterable[DecodedRow], batch_bytes: int) -> Iterator[pa.RecordBatch]:
    """Rows in batches of at least one row and about `batch_bytes`."""
    pending: list[DecodedRow] = []
    size = 0
    for row in rows:
        row_size = row.size()
        if pending and size + row_size > batch_bytes:
            yield _batch(pending)
            pending, size = [], 0
        pending.append(row)
        size += row_size
    if pending:
        yield _batch(pending)


def _batch(rows: list[DecodedRow]) -> pa.RecordBatch:
    *columns, metadata, deleted, vectors = zip(*rows, strict=True)
    pairs = [None if mapping is None else list(mapping.items()) for mapping in metadata]
    arrays = [
        pa.array(values, type=column.type)
        for values, column in zip([*columns, pairs, deleted], DECODED_SCHEMA, strict=False)
    ]
    return pa.RecordBatch.from_arrays([*arrays, _list_array(vectors)], schema=DECODED_SCHEMA)


def _list_array(vectors: Iterable[Vector | None]) -> pa.Array:
    """Vectors as one list<float32> array: memory is copied once, without Python numbers."""
    offsets: list[int | None] = []
    end = 0
    for vector in vectors:
        offsets.append(None if vector is None else end)
        end += 0 if vector is None else vector.size
    present = [vector for vector in vectors if vector is not None]
    values = np.concatenate(present) if present else np.empty(0, dtype=np.float32)
    return pa.ListArray.from_arrays(pa.array([*offsets, end], type=pa.int32()), pa.array(values, type=pa.float32()))
