"""Tables of operations: datasets, the ledger of archive objects, runs, and publications."""

from __future__ import annotations

from driftwell.tables.schemas.table import table_of

DATASETS = table_of(
    "datasets",
    "dataset",
    """
    dataset            | string    | name of the dataset
    role               | string    | prompts (a flow) or reference (a state)
    model              | string    | embedding model of its records; null when no record named one
    dimension          | int       | dimension of its embeddings
    active_baseline_id | string    | baseline that snapshots are compared with; null before the first
    created_at         | timestamp | when its first batch was ingested
    settings           | string    | JSON: settings of the dataset that its records were read with
    full_lists         | map<string,string> | archive -> UTC time of its last full listing
    """,
    "dataset",
)

OBJECTS = table_of(
    "objects",
    "archive object (the ledger of ingest)",
    """
    dataset             | string    | dataset the object was ingested into
    object_key          | string    | path of the object; s3a:// is written s3://
    size                | bigint    | stored size in bytes
    modified_at         | timestamp | modification time of the object; null for an empty object
    batch_id            | string    | batch that reads the object; also its run_id
    planned_at          | timestamp | when that batch was planned; later than any batch planned before it
    status              | string    | planned, done, or failed (it could not be read, or had vanished; retried the next time it is listed)
    detail              | string    | why it failed; null for all others
    key_date            | date      | date in the key, taken as its arrival; null if there is none
    date_root           | string    | part of the key before its date folders; null without a date
    date_layout         | string    | its date folders, with # for numbers; null without a date
    objects_left        | bigint    | objects of the same listing that were left for later batches
    reading             | string    | JSON: the settings it was read with, without defaults; null while planned
    former_batch_id     | string    | on a reread, the batch that read it before; null the first time
    reread_asked_at     | timestamp | when a reread was requested; null unless one is waiting
    records_in          | bigint    | records in it, an unreadable object counting as one; null while planned
    records_good        | bigint    | records written to embeddings; null while planned
    records_quarantined | bigint    | records written to quarantine; null while planned
    records_duplicate   | bigint    | records dropped as duplicates; null while planned
    """,
    "dataset object_key batch_id status",
)

RUNS = table_of(
    "runs",
    "run of a job; only runs with status done count",
    """
    run_id              | string             | hash of job, dataset, window, baseline, settings and data: the same computation has the same id
    job                 | string             | ingest, baseline, snapshot, period, distance
    dataset             | string             | dataset; for a distance run the prompts
    status              | string             | done, or failed
    started_at          | timestamp          | when the run began
    finished_at         | timestamp          | when it ended
    window_start        | timestamp          | first moment of the window (inclusive); null for a state and for ingest
    window_end          | timestamp          | end of the window (exclusive); null for ingest
    baseline_id         | string             | baseline created, or compared with; null for ingest
    records_in          | bigint             | records read, including quarantined ones
    records_good        | bigint             | records used
    records_quarantined | bigint             | records of the batch, or of the window, that were quarantined
    records_duplicate   | bigint             | duplicates dropped; null for jobs that do not ingest
    settings            | string             | JSON: settings that affect the result
    settings_hash       | string             | hash of settings
    fingerprint         | string             | count and order-independent hash of the records used; null for ingest
    versions            | map<string,string> | versions of driftwell, Spark, Python and numpy
    seconds_by_stage    | map<string,double> | seconds spent in each stage
    driver_peak_rss_mb  | double             | peak memory of the driver's Python process in MiB
    resources           | map<string,double> | cores held, task_seconds used on them, executor_peak_heap_mb of executor_heap_mb; null if Spark does not report them
    call_id             | string             | first batch of the batch's ingest call; null for other jobs
    message             | string             | why a run failed, or notes on a completed one; null if there are none
    """,
    "run_id job dataset status started_at finished_at window_end baseline_id",
)

ALERTS = table_of(
    "alerts",
    "publication: a message about a changed verdict, or the metrics of a run",
    """
    alert_id         | string    | hash of what was published, also in the message, so that a receiver can drop duplicates
    kind             | string    | verdict (a message to SNS) or metrics (to CloudWatch)
    dataset          | string    | dataset it is about
    run_id           | string    | published run
    window_end       | timestamp | end of that run's window
    question         | string    | what was judged: snapshot, period of so many days, or coverage by a reference; null for metrics
    verdict          | string    | DRIFT, NO_DRIFT or INSUFFICIENT_DATA; null for metrics
    previous_verdict | string    | verdict that was published before; null for the first, and for metrics
    message_id       | string    | SNS message id; null for metrics
    message          | string    | JSON of the message; null for metrics
    published_at     | timestamp | time of publication
    """,
    "alert_id kind dataset run_id window_end question verdict published_at",
)
