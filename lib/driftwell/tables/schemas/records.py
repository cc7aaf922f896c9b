"""Tables of the archive's content: records, their texts, and rejected records."""

from __future__ import annotations

from driftwell.tables.schemas.table import table_of

EMBEDDINGS = table_of(
    "embeddings",
    "record",
    """
    dataset           | string             | dataset of the record
    event_date        | date               | UTC date of event_time
    record_id         | string             | the record's id, else object key and position
    event_time        | timestamp          | time of the event
    event_time_source | string             | source of event_time: record, key (hour of the object key) or object (its modification time)
    model             | string             | embedding model named by the record; null if none
    metadata          | map<string,string> | metadata from the producer; null if none
    deleted           | boolean            | true for a tombstone: the record is removed from the reference
    object_key        | string             | archive object the record was read from
    position          | bigint             | ordinal of the record in its object, from 0
    embedding         | array<float>       | the vector; null for a tombstone
    vector_hash       | bigint             | xxhash64 of the embedding; null for a tombstone
    text_hash         | bigint             | xxhash64 of the text; null without a text, or if texts are not stored
    batch_id          | string             | batch that wrote the record
    ingested_at       | timestamp          | when that batch was planned; later than any batch planned before it
    """,
    "record_id event_time batch_id ingested_at",
    "dataset event_date",
)

TEXTS = table_of(
    "texts",
    "record with text",
    """
    dataset    | string | dataset of the record
    event_date | date   | UTC date of its event_time
    record_id  | string | the record
    object_key | string | archive object it came from
    position   | bigint | its position there; with object_key it identifies the record in embeddings even if ids recur
    text       | string | its text, as sent by the producer
    batch_id   | string | batch that wrote the record
    """,
    "record_id batch_id",
    "dataset event_date",
)

QUARANTINE = table_of(
    "quarantine",
    "rejected record or object",
    """
    dataset     | string    | dataset it was ingested into
    object_key  | string    | archive object it was found in
    position    | bigint    | ordinal of the record in its object, from 0; null for the whole object
    reason      | string    | why it was rejected: one of the reasons in docs/input.md
    detail      | string    | what was found and what was expected
    excerpt     | string    | its first characters, at most 200; null if text is not stored
    event_time  | timestamp | time of the record if known, else of its object
    batch_id    | string    | batch that rejected it
    ingested_at | timestamp | when that batch was planned
    """,
    "dataset object_key reason event_time batch_id ingested_at",
)
