"""Rows that the decoder makes of an object's bytes, and Parquet objects for it."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from driftwell.archive.decode import ArchiveObject, DecodeRules, decode_objects
from driftwell.archive.decoded_rows import DECODED_SCHEMA

KEY = "prompts/2026/01/02/03/stream-1-uuid"
MODIFIED = datetime(2026, 1, 2, 4, 5, 6, tzinfo=UTC)
HOUR = datetime(2026, 1, 2, 3, tzinfo=UTC)
"""The hour in the key."""


def rows(data: bytes, key: str = KEY, modified_at: datetime = MODIFIED, **rules: Any) -> list[dict[str, Any]]:
    """Rows of one object, in batches that follow the schema."""
    batches = list(decode_objects([ArchiveObject(key, modified_at, data)], DecodeRules(**rules)))
    for batch in batches:
        assert batch.schema.equals(DECODED_SCHEMA)
        batch.validate(full=True)
    return [row for batch in batches for row in batch.to_pylist()]


def row(record: Any, **settings: Any) -> dict[str, Any]:
    """The one row of one record, given as JSON text or as a value."""
    (found,) = rows((record if isinstance(record, str) else json.dumps(record)).encode(), **settings)
    return found


def reasons(data: bytes, **settings: Any) -> list[tuple[int | None, str | None]]:
    """Positions of an object's records, and why they cannot be used."""
    return [(found["position"], found["reason"]) for found in rows(data, **settings)]


def parquet(table: pa.Table | dict[str, Any], **options: Any) -> bytes:
    """A Parquet object of a table, or of columns."""
    sink = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), sink, **options)
    return sink.getvalue()
