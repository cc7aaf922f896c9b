"""Every table: its columns, their types and meaning, its partitions, and which columns may appear in Delta's log.

The meanings are stored with the tables as column comments, and `docs/tables.md` is written from them.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

TYPES: dict[str, DataType] = {
    "string": StringType(),
    "boolean": BooleanType(),
    "int": IntegerType(),
    "bigint": LongType(),
    "double": DoubleType(),
    "date": DateType(),
    "timestamp": TimestampType(),
    "array<float>": ArrayType(FloatType()),
    "array<double>": ArrayType(DoubleType()),
    "array<string>": ArrayType(StringType()),
    "map<string,string>": MapType(StringType(), StringType()),
    "map<string,double>": MapType(StringType(), DoubleType()),
    "map<string,bigint>": MapType(StringType(), LongType()),
}
"""The types in use: what Athena, Trino, DuckDB and deltalake all read."""

RUN = "run that wrote the row"
WINDOW_START = "first moment of the window (inclusive); null for a state"
WINDOW_END = "end of the window (exclusive); for a state the moment it is taken at"
STATUS = "ok, or the word for why a value is null"


@dataclass(frozen=True)
class Column:
    """One column: name, Spark SQL type, and what it means, with its unit and what null means."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table. Only `indexed` columns get minimum and maximum in Delta's log: text and excerpts must not lie there."""

    name: str
    row: str
    columns: tuple[Column, ...]
    indexed: tuple[str, ...]
    partitioned_by: tuple[str, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """Names in their order."""
        return [column.name for column in self.columns]


def _table(name: str, row: str, columns: str, indexed: str, partitioned_by: str = "") -> Table:
    parsed = (line.split("|") for line in columns.strip().splitlines())
    made = tuple(Column(*(part.strip() for part in parts)) for parts in parsed)
    return Table(name, row, made, tuple(indexed.split()), tuple(partitioned_by.split()))


def struct(table: Table) -> StructType:
    """The Spark schema of a table, meanings as column comments."""
    return StructType(
        [StructField(column.name, TYPES[column.type], True, {"comment": column.meaning}) for column in table.columns]
    )


_DATASETS = _table(
    "datasets",
    "dataset",
    """
    dataset            | string    | name of the dataset
    role               | string    | prompts (a flow) or reference (a state)
    model              | string    | embedding model of its records; null when no record named one
    dimension          | int       | width of its embeddings
    active_baseline_id | string    | baseline that snapshots are compared with; null before the first
    created_at         | timestamp | when its first batch was ingested
    settings           | string    | JSON: settings of the dataset that its records were read with
    full_lists         | map<string,string> | archive -> UTC time at which all of it was listed last
    """,
    "dataset",
)

_OBJECTS = _table(
    "objects",
    "archive object (the ledger of what was ingested)",
    """
    dataset             | string    | dataset the object was ingested into
    object_key          | string    | path of the object; s3a:// is written s3://
    size                | bigint    | stored size in bytes
    modified_at         | timestamp | modification time of the object; null for an empty object
    batch_id            | string    | batch that reads the object, which is also its run_id
    planned_at          | timestamp | when that batch was planned; later than any batch planned before it
    status              | string    | planned, done, or failed (it could not be read, or was gone; tried again when it is listed again)
    detail              | string    | why it failed; null for all others
    key_date            | date      | date that the key names, as its arrival; null where it names none
    date_root           | string    | what the key holds before its date folders; null without a date
    date_layout         | string    | its date folders, # for numbers; null without a date
    objects_left        | bigint    | objects of the same listing that were left for later batches
    reading             | string    | JSON: the settings it was read with, without those at their default; null while planned
    former_batch_id     | string    | batch that had read it before, where it is read again; null the first time
    reread_asked_at     | timestamp | when somebody asked to read it again; null unless it waits for that
    records_in          | bigint    | records found in it, an unreadable object counting as one; null while planned
    records_good        | bigint    | records delivered to embeddings; null while planned
    records_quarantined | bigint    | records delivered to quarantine; null while planned
    records_duplicate   | bigint    | records dropped because an equal one is there already; null while planned
    """,
    "dataset object_key batch_id status",
)

_EMBEDDINGS = _table(
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

_TEXTS = _table(
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

_QUARANTINE = _table(
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

_RUNS = _table(
    "runs",
    "run of a job; only runs with status done count",
    """
    run_id              | string             | hash of job, dataset, window, baseline, settings and data: the same question has the same id
    job                 | string             | ingest, baseline, snapshot, period, distance
    dataset             | string             | dataset; of a distance run the prompts
    status              | string             | done, or failed
    started_at          | timestamp          | when the run began
    finished_at         | timestamp          | when it ended
    window_start        | timestamp          | first moment of the window (inclusive); null for a state and for ingest
    window_end          | timestamp          | end of the window (exclusive); null for ingest
    baseline_id         | string             | baseline made, or compared with; null for ingest
    records_in          | bigint             | records read, quarantined ones included
    records_good        | bigint             | records used
    records_quarantined | bigint             | records of the batch, or of the window, that were quarantined
    records_duplicate   | bigint             | duplicates dropped; null for jobs that do not ingest
    settings            | string             | JSON: settings that affect the result
    settings_hash       | string             | hash of settings
    fingerprint         | string             | count and order-free hash of the records used; null for ingest
    versions            | map<string,string> | versions of driftwell, Spark, Python and numpy
    seconds_by_stage    | map<string,double> | where the time went, in seconds
    driver_peak_rss_mb  | double             | peak memory of the driver's Python process in MiB
    resources           | map<string,double> | cores held, task_seconds used on them, executor_peak_heap_mb of executor_heap_mb; null where Spark does not tell
    call_id             | string             | first batch of the ingest call that the batch belongs to; null for other jobs
    message             | string             | why a run failed, or what to know of one that did not; null for nothing
    """,
    "run_id job dataset status started_at finished_at window_end baseline_id",
)

_PROFILES = _table(
    "profiles",
    "baseline or snapshot",
    f"""
    run_id             | string        | {RUN}
    profile_id         | string        | id of the profile; of a baseline its baseline_id
    dataset            | string        | dataset
    kind               | string        | BASELINE or SNAPSHOT
    window_start       | timestamp     | {WINDOW_START}
    window_end         | timestamp     | {WINDOW_END}
    known_at           | timestamp     | newest ingested_at of what it was made of: records that came later are not in it, whatever their event_time
    n                  | bigint        | records in the window, or in the state
    n_fit              | bigint        | records its models were fitted on: a baseline's fit half, all of a snapshot
    n_calibration      | bigint        | a baseline's calibration half; null for a snapshot
    dimension          | int           | width of the embeddings
    model              | string        | embedding model; null when no record names one
    dims95             | int           | smallest number of principal components with 95 % of the variance; null below 2 records and without variance
    explained_variance | array<double> | variance share of each component, descending; null where dims95 is
    total_variance     | double        | sum of the variances of all dimensions, squared units of the vectors; null below 2 records
    inertia            | double        | mean squared distance to the nearest centroid, original space; a baseline's on its calibration half
    silhouette         | double        | mean silhouette, squared Euclidean, in [-1, 1]; null with fewer than 2 filled clusters
    k                  | int           | number of clusters
    mean_norm          | double        | mean Euclidean length of the vectors
    duplicate_share    | double        | share of the records whose vector or text another record has under another id; they are counted, not dropped
    metadata_means     | map<string,double> | mean of each configured metadata key where it holds a number; null where it never does
    metadata_missing   | map<string,bigint> | records for which it does not
    split              | string        | what the halves were split by: session, half_hour or record_id; null for a snapshot
    rules              | map<string,string> | what the profile was made by: settings that affect it, by name; texts as they are, the rest as JSON
    status             | string        | {STATUS}; model_unknown when no record names a model
    artifacts          | string        | folder of the models, relative to tables_path; null for a snapshot
    """,
    "run_id profile_id dataset kind window_start window_end",
)

_CLUSTERS = _table(
    "clusters",
    "cluster of a profile",
    f"""
    run_id                   | string             | {RUN}
    profile_id               | string             | profile
    dataset                  | string             | dataset
    cluster                  | int                | number of the cluster within its profile, from 0
    size                     | bigint             | records in it; a baseline's of the calibration half
    proportion               | double             | share of the records; null when the profile has none
    inertia                  | double             | mean squared distance of its records to its centroid; null when empty
    centroid                 | array<float>       | centroid in the original space
    matched_baseline_cluster | int                | cluster of the active baseline it corresponds to by optimal assignment; null for a baseline
    example_ids              | array<string>      | up to five records nearest to the centroid, nearest first
    metadata_means           | map<string,double> | mean of each configured metadata key in the cluster; null where it never holds a number
    status                   | string             | ok, or empty
    """,
    "run_id profile_id dataset cluster",
)

_DRIFT = _table(
    "drift",
    "metric of a comparison",
    f"""
    run_id         | string    | {RUN}
    dataset        | string    | dataset
    baseline_id    | string    | baseline compared with
    window_start   | timestamp | {WINDOW_START}
    window_end     | timestamp | {WINDOW_END}
    metric         | string    | name of the metric, or feature group of the verdict (docs/tables.md)
    baseline_value | double    | the metric on the baseline's calibration half; 0 for a distance of the baseline from itself; null for a feature group
    snapshot_value | double    | the metric on the snapshot; null for a feature group
    change         | double    | snapshot_value - baseline_value
    effect         | double    | change relative to the baseline; mean_shift: relative to the baseline's spread; a feature group: topic-equivalent share, or Cohen's d for novelty and residual; null where undefined
    p_value        | double    | probability of such a change without drift; null where the metric has no test
    status         | string    | ok, census (a state: nothing is sampled), or why a value is null
    """,
    "run_id dataset baseline_id window_start window_end metric",
)

_CLUSTER_DRIFT = _table(
    "cluster_drift",
    "cluster of a comparison",
    f"""
    run_id              | string    | {RUN}
    dataset             | string    | dataset
    baseline_id         | string    | baseline compared with
    window_start        | timestamp | {WINDOW_START}
    window_end          | timestamp | {WINDOW_END}
    cluster             | int       | cluster of the baseline
    baseline_proportion | double    | its share of the baseline's calibration half
    snapshot_proportion | double    | its share of the snapshot, under the baseline's models
    change              | double    | snapshot_proportion - baseline_proportion
    p_value             | double    | probability of such a change without drift; null where it has no test
    centroid_shift      | double    | Euclidean distance to the matched centroid of the snapshot's own fit; null without a match
    centroid_cosine     | double    | cosine similarity with that centroid, in [-1, 1]; null without a match
    contribution        | double    | its part of the change of the mixture, in [0, 1]: of the verdict's statistic, or of the moved share where there is no verdict; null when nothing moved
    status              | string    | ok, census, empty_in_snapshot, or no_match
    """,
    "run_id dataset baseline_id window_start window_end cluster",
)

_VERDICTS = _table(
    "verdicts",
    "comparison (of a flow its judgement, of a state its census)",
    f"""
    run_id         | string             | {RUN}
    dataset        | string             | dataset
    baseline_id    | string             | baseline compared with
    window_start   | timestamp          | {WINDOW_START}
    window_end     | timestamp          | {WINDOW_END}
    n              | bigint             | records of the snapshot that were judged
    verdict        | string             | DRIFT, NO_DRIFT or INSUFFICIENT_DATA
    status         | string             | ok, not_calibrated (fewer than 3 baseline days), census, data_fault, or why there is no verdict
    p_value        | double             | probability of a change as large as this without drift, all groups together; null for a state
    adjusted_p     | map<string,double> | Holm-adjusted p-value of each feature group; null where there is no test
    alpha          | double             | p-values up to it are drift; null for a state
    effect         | double             | size of the change in the unit of the main cause's group; a state: share of records added, removed or changed
    effect_lower   | double             | its lower bound; null for a state
    effect_floor   | double             | the lower bound must exceed it; a state: the effect must
    main_cause     | string             | feature group or data fault behind the verdict; null for none
    causes         | array<string>      | all of them, strongest first
    n0             | bigint             | records that the null was drawn for; null for a state
    days           | int                | dates that hold judged records of the snapshot; null for a state
    pooled_days    | double             | equal days they count as: (sum n)² / sum n² over them, at most the length of the window, at least 1; null for a state
    baseline_days  | int                | days of the baseline that the null knows; null for a state
    null_used      | map<string,string> | null distribution behind each group's p: iid, day or block
    excess_share   | double             | share of records beyond the baseline's 95 % novelty distance, less the expected 5 %; null for a state
    seed           | bigint             | seed of the null draws; null for a state
    example_ids    | array<string>      | records that speak for the change, strongest first
    explanation    | string             | one or two sentences for a person
    """,
    "run_id dataset baseline_id window_start window_end verdict",
)

_DAILY_SUMS = _table(
    "daily_sums",
    "day of a dataset under a baseline",
    f"""
    run_id       | string        | {RUN}
    dataset      | string        | dataset
    baseline_id  | string        | baseline whose features were summed
    window_start | timestamp     | {WINDOW_START}
    window_end   | timestamp     | {WINDOW_END}
    event_date   | date          | UTC date
    n            | bigint        | records of that day in the window that were summed
    sums         | array<double> | sums of the verdict's features over them, then how many are nearest to each of the baseline's clusters
    """,
    "run_id dataset baseline_id event_date",
)

_DISTANCE_STATS = _table(
    "distance_stats",
    "(run, reference profile, cluster or all)",
    f"""
    run_id               | string    | {RUN}
    prompt_dataset       | string    | dataset of the prompts
    reference_dataset    | string    | dataset of the knowledge base
    reference_profile_id | string    | profile whose clusters the prompts were compared with
    reference_kind       | string    | baseline (pinned) or newest
    prompt_baseline_id   | string    | prompts baseline whose distances calibrate; null where there is none
    calibration_used     | string    | prompts_baseline, or reference_calibration where there is no prompts baseline
    window_start         | timestamp | first moment of the window (inclusive)
    window_end           | timestamp | end of the window (exclusive)
    cluster              | int       | cluster of the reference profile; -1 = all
    n                    | bigint    | prompts
    mean                 | double    | mean Euclidean distance to the nearest centroid, original space; null without prompts
    std                  | double    | sample standard deviation; null below 2 prompts
    median               | double    | median; null without prompts
    p90                  | double    | 90 % quantile; null without prompts
    p95                  | double    | 95 % quantile; null without prompts
    max                  | double    | largest distance; null without prompts
    quantile_method      | string    | exact, or approx (accuracy 10,000) above coverage.exact_quantile_rows prompts
    n_calibration        | bigint    | usual distances: those of the prompts baseline, or of reference records
    outliers             | bigint    | prompts called outliers (Benjamini-Hochberg over the whole window); null where outlier_status is not ok
    outlier_status       | string    | ok; too_few_calibration_records: none was called, and none could have been unless more than 1 % of the prompts lay beyond all usual distances; no_calibration_records
    fewest_outliers      | bigint    | prompts that must lie beyond all usual distances before the first is called an outlier; null where all would not do
    covered_quantile     | double    | quantile of the usual distances up to which a prompt is covered
    covered_distance     | double    | that distance; null without usual distances
    coverage             | double    | share of prompts within it; null without prompts or usual distances
    outside_share        | double    | share of the judged prompts (one a session and day) beyond it; of a cluster: beyond it and nearest to the cluster, of all prompts
    days                 | int       | dates that hold judged prompts
    pooled_days          | double    | equal days they count as: (sum n)² / sum n² over them, at most the length of the window, at least 1
    outside_change       | double    | outside_share less that of the baseline's prompts; null where there is nothing to compare with
    outside_change_low   | double    | lower end of its 95 % confidence interval, day-to-day variation included
    outside_change_high  | double    | upper end
    p_value              | double    | probability of such a change without drift, clusters adjusted for their number (Holm); null without a prompts baseline
    outside_verdict      | string    | DRIFT (coverage changed), NO_DRIFT or INSUFFICIENT_DATA
    outside_status       | string    | ok, not_calibrated (fewer than 3 baseline days), or why there is no verdict: too_few_records, too_few_calibration_records, no_calibration_records, no_prompts_baseline
    status               | string    | ok, or empty
    """,
    "run_id prompt_dataset reference_dataset window_start window_end cluster",
)

_PROMPT_DISTANCES = _table(
    "prompt_distances",
    "prompt",
    f"""
    run_id          | string  | {RUN}
    prompt_dataset  | string  | dataset of the prompt
    event_date      | date    | UTC date of the prompt
    record_id       | string  | the prompt
    object_key      | string  | archive object it came from
    position        | bigint  | its place there; with object_key the one record of embeddings, where ids recur
    cluster         | int     | nearest cluster of the pinned reference baseline
    distance        | double  | Euclidean distance to its centroid, original space
    p_value         | double  | conformal p-value of the distance; null without usual distances
    is_outlier      | boolean | called an outlier by Benjamini-Hochberg over the window; null where outlier_status of distance_stats is not ok
    is_covered      | boolean | within covered_distance of distance_stats; null without usual distances
    newest_cluster  | int     | nearest cluster of the newest reference profile
    newest_distance | double  | Euclidean distance to its centroid
    newest_p_value  | double  | conformal p-value of that distance
    newest_is_covered | boolean | within covered_distance of that profile
    """,
    "run_id record_id",
    "prompt_dataset event_date",
)

_ALERTS = _table(
    "alerts",
    "publication: a message about a changed verdict, or the metrics of a run",
    """
    alert_id         | string    | hash of what was published: a message says it too, so that a receiver can drop a repetition
    kind             | string    | verdict (a message to SNS) or metrics (to CloudWatch)
    dataset          | string    | dataset it is about
    run_id           | string    | run that is published
    window_end       | timestamp | end of that run's window
    question         | string    | what was judged: snapshot, period of so many days, or coverage by a reference; null for metrics
    verdict          | string    | DRIFT, NO_DRIFT or INSUFFICIENT_DATA; null for metrics
    previous_verdict | string    | verdict that was published before; null for the first, and for metrics
    message_id       | string    | what SNS called the message; null where nothing was sent
    message          | string    | JSON of the message; null for metrics
    published_at     | timestamp | when
    """,
    "alert_id kind dataset run_id window_end question verdict published_at",
)

TABLES = {
    table.name: table
    for table in (
        _DATASETS,
        _OBJECTS,
        _EMBEDDINGS,
        _TEXTS,
        _QUARANTINE,
        _RUNS,
        _PROFILES,
        _CLUSTERS,
        _DRIFT,
        _CLUSTER_DRIFT,
        _VERDICTS,
        _DAILY_SUMS,
        _DISTANCE_STATS,
        _PROMPT_DISTANCES,
        _ALERTS,
    )
}
