"""Bytes of one archive object -> Arrow batches of records, each usable or with the reason it is not.

The input contract is described for producers in `docs/input.md`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from driftwell.archive.decoded_rows import DecodedRow, row_batches
from driftwell.archive.embedding import UnusableEmbedding, embedding_vector
from driftwell.archive.event_time import BadTimestamp, arrival_of, record_time
from driftwell.archive.inflate import CorruptObject, TooLarge, inflated, looks_binary
from driftwell.archive.json_records import Parsed, json_values
from driftwell.archive.json_value import NotJson, parse_json
from driftwell.archive.key_dates import KeyDates
from driftwell.archive.parquet_records import PARQUET_MAGIC, parquet_records
from driftwell.config import FieldNames

EXCERPT_LENGTH = 200

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class DecodeRules:
    """How objects are read.

    Attributes:
        fields: names of the record's fields.
        store_text: whether text and excerpts are kept.
        max_object_bytes: maximum size of an object's content, decompressed.
        encoding: of embeddings stored as bytes, unless the record names it; None to inspect the bytes.
        dimension: of the dataset, if known: it helps to recognise encodings.
        max_lateness_days: how many days before arrival an event may be; None for no limit.
        key_dates: how the date in an object's key is found.
        float_batch_bytes: approximate size of a batch.
    """

    fields: FieldNames = field(default_factory=FieldNames)
    store_text: bool = True
    max_object_bytes: int = 1 << 30
    max_lateness_days: float | None = None
    encoding: str | None = None
    dimension: int | None = None
    key_dates: KeyDates = field(default_factory=KeyDates)
    float_batch_bytes: int = 16 << 20


class _Text(NamedTuple):
    """Where a JSON value was read from: `content[start:end]`."""

    content: bytes
    start: int
    end: int

    def may_hold_booleans(self) -> bool:
        """Whether `true` or `false` occurs anywhere in it."""
        return any(self.content.find(word, self.start, self.end) >= 0 for word in (b"true", b"false"))


class ArchiveObject(NamedTuple):
    """One object of an archive.

    Attributes:
        key: its name, with its date folders.
        modified_at: when it was written (naive: UTC).
        data: all of it: text, gzip of text, or Parquet, recognised by the first bytes.
    """

    key: str
    modified_at: datetime
    data: bytes


def decode_objects(objects: Iterable[ArchiveObject], rules: DecodeRules) -> Iterator[pa.RecordBatch]:
    """Every record of archive objects, as batches of `DECODED_SCHEMA`; it never raises, whatever the bytes.

    A usable record has a null `reason`, and an embedding or `deleted`. The caller checks `wrong_dimension` and
    `wrong_model`. `event_time` is set in every row, from the object's arrival if the record has no valid time.

    Args:
        objects: read one by one; small ones share a batch, because each batch costs a millisecond on its way to Spark.
        rules: field names, limits, and whether text is kept.
    """
    rows = (row for one in objects for row in _Decoder(one.key, one.modified_at, rules).rows(one.data))
    return row_batches(rows, rules.float_batch_bytes)


class _Decoder:
    """Decodes one object."""

    def __init__(self, object_key: str, modified_at: datetime, rules: DecodeRules) -> None:
        self._key = object_key
        self._arrival = arrival_of(object_key, modified_at, rules.key_dates)
        self._rules = rules

    def rows(self, data: bytes) -> Iterator[DecodedRow]:
        try:
            content = inflated(data, self._rules.max_object_bytes)
            if content.startswith(PARQUET_MAGIC):
                yield from self._parquet_rows(content)
            else:
                self._check_text(content)
                yield from self._json_rows(content)
        except CorruptObject as error:
            yield self._unusable(None, "corrupt_object", str(error), None)
        except TooLarge as error:
            yield self._unusable(None, "too_large", str(error), None)

    def _json_rows(self, content: bytes) -> Iterator[DecodedRow]:
        for position, item in enumerate(json_values(content, self._is_record)):
            excerpt = self._excerpt(content[item.start : min(item.end, item.start + 4 * EXCERPT_LENGTH)])
            if isinstance(item, Parsed):
                yield self._row(position, item.value, excerpt, _Text(content, item.start, item.end))
            else:
                yield self._unusable(position, "not_json", item.detail, excerpt)

    def _parquet_rows(self, content: bytes) -> Iterator[DecodedRow]:
        fields = self._rules.fields
        names = list(dict.fromkeys(astuple(fields)))
        records = parquet_records(content, names, self._rules.max_object_bytes, as_bytes=[fields.embedding])
        for position, record in enumerate(records):
            rest = {name: value for name, value in record.items() if name != fields.embedding and value is not None}
            excerpt = self._excerpt(_json_text(rest).encode("utf-8", "replace"))
            metadata = record.get(fields.metadata)
            if isinstance(metadata, str):  # a column type that Firehose can write for an object
                record[fields.metadata] = _parsed_object(metadata)
            yield self._row(position, record, excerpt)

    def _row(self, position: int, value: Any, excerpt: str | None, text: _Text | None = None) -> DecodedRow:
        """The row of one JSON value, with the text it was parsed from, or of one Parquet row as a mapping."""
        names = self._rules.fields
        if isinstance(value, list):
            record: dict[str, Any] = {names.embedding: value}
        elif isinstance(value, dict):
            record = value
        else:
            return self._unusable(position, "no_embedding", "the record is neither an object nor an array", excerpt)
        record_id = _text(record.get(names.id))
        deleted = record.get(names.deleted) is True
        try:
            embedding = None if deleted else record.get(names.embedding)
            may_hold_booleans = text is None or not isinstance(embedding, list) or text.may_hold_booleans()
            vector = None
            if not (deleted and record_id):
                vector = embedding_vector(
                    embedding, may_hold_booleans, self._encoding(record, embedding), self._rules.dimension
                )
            event_time, source = self._event_time(record.get(names.timestamp))
        except UnusableEmbedding as error:
            detail = "a deletion without an id" if deleted else str(error)
            return self._unusable(position, error.reason, detail, excerpt)
        except BadTimestamp as error:
            return self._unusable(position, "bad_timestamp", str(error), excerpt)
        return DecodedRow(
            object_key=self._key,
            position=position,
            reason=None,
            detail=None,
            excerpt=excerpt,
            record_id=record_id or f"{self._key}#{position}",
            event_time=event_time,
            event_time_source=source,
            text=_text(record.get(names.text)) if self._rules.store_text and not deleted else None,
            model=_text(record.get(names.model)),
            metadata=_metadata(record.get(names.metadata)),
            deleted=deleted,
            embedding=vector,
        )

    def _encoding(self, record: dict[str, Any], embedding: Any) -> str | None:
        """The encoding of an embedding's bytes, from the record or else the configuration."""
        if not isinstance(embedding, str | bytes):
            return None
        named = _text(record.get(self._rules.fields.encoding))
        return named.strip().lower() if named else self._rules.encoding

    def _unusable(self, position: int | None, reason: str, detail: str, excerpt: str | None) -> DecodedRow:
        arrival = self._arrival
        return DecodedRow(self._key, position, reason, detail, excerpt, None, arrival.event_time, arrival.source)

    def _event_time(self, value: Any) -> tuple[datetime, str]:
        if value is None or value == "":
            return self._arrival.event_time, self._arrival.source
        return record_time(value, self._arrival, self._rules.max_lateness_days), "record"

    def _is_record(self, value: Any) -> bool:
        """Whether a value inside a damaged line is a record: an object with an embedding, or a tombstone."""
        names = self._rules.fields
        if not isinstance(value, dict):
            return False
        embedding = value.get(names.embedding)
        tombstone = value.get(names.deleted) is True and bool(_text(value.get(names.id)))
        return tombstone or (isinstance(embedding, list | str) and len(embedding) > 0)

    def _excerpt(self, raw: bytes) -> str | None:
        return raw.decode("utf-8", "replace")[:EXCERPT_LENGTH].rstrip() if self._rules.store_text else None

    def _check_text(self, content: bytes) -> None:
        """Reject what is not text, unless it contains JSON anyway: one bad byte must not cost its neighbours."""
        if not looks_binary(content):
            return
        values = (item.value for item in json_values(content, self._is_record) if isinstance(item, Parsed))
        # Random bytes contain numbers, even [] and [7], but hardly more.
        if not any(value if isinstance(value, dict) else isinstance(value, list) and value[1:] for value in values):
            raise CorruptObject("neither gzip nor Parquet nor UTF-8 text that contains JSON")


def _text(value: Any) -> str | None:
    """Strings unchanged, other values as JSON text, unpaired surrogates (which Arrow rejects) replaced."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _json_text(value)
    return _LONE_SURROGATE.sub("\ufffd", text)


def _metadata(value: Any) -> dict[str, str | None] | None:
    if value is None:
        return None
    pairs = value if isinstance(value, dict) else {"value": value}
    return {_LONE_SURROGATE.sub("\ufffd", key): _text(item) for key, item in pairs.items()}


def _json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_json)


def _as_json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else str(value)


def _parsed_object(text: str) -> Any:
    try:
        value = parse_json(text.encode("utf-8", "replace"))
    except NotJson:
        return text
    return value if isinstance(value, dict) else text
