"""Tables of what the archive holds: records, their texts, and what was rejected."""

from __future__ import annotations

from driftwell.tables.schemas.table import table_of

EMBEDDINGS = table_of(
    "embeddings",
    "record",
    """
    dataset           | string             | dataset of the record
    event_date        | date               | UTC date of event_time
    record_id         | string             | the record's id, else object key and position
    event_time        | timestamp          | when the record came to be
    event_time_source | string             | where event_time is from: record, key (hour of the object key) or object (its modification time)
    model             | string             | embedding model the record names; null when it names none
    metadata          | map<string,string> | what the producer attached; null when nothing
    deleted           | boolean            | true for a tombstone: the record leaves the reference state
    object_key        | string             | archive object the record was read from
    position          | bigint             | ordinal of the record in its object, from 0
    embedding         | array<float>       | the vector; null for a tombstone
    vector_hash       | bigint             | xxhash64 of the embedding; null for a tombstone
    text_hash         | bigint             | xxhash64 of the text; null without a text, or where texts are not stored
    batch_id          | string             | batch that delivered the record
    ingested_at       | timestamp          | when that batch was planned; later than that of any batch before it
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
    position   | bigint | its place there; with object_key the one record of embeddings, where ids recur
    text       | string | its text, as the producer sent it
    batch_id   | string | batch that delivered the record
    """,
    "record_id batch_id",
    "dataset event_date",
)

QUARANTINE = table_of(
    "quarantine",
    "rejected record or object",
    """
    dataset     | string    | dataset it was meant for
    object_key  | string    | archive object it was found in
    position    | bigint    | ordinal of the record in its object, from 0; null for the whole object
    reason      | string    | why it was rejected, one word of docs/input.md
    detail      | string    | what was found and what was wanted
    excerpt     | string    | its first characters, at most 200; null when text is not stored
    event_time  | timestamp | time of the record as far as it is known, else of its object
    batch_id    | string    | batch that rejected it
    ingested_at | timestamp | when that batch was planned
    """,
    "dataset object_key reason event_time batch_id ingested_at",
)
