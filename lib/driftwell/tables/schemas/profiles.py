"""Tables of profiles: baselines, snapshots and their clusters."""

from __future__ import annotations

from driftwell.tables.schemas.table import RUN, STATUS, WINDOW_END, WINDOW_START, table_of

PROFILES = table_of(
    "profiles",
    "baseline or snapshot",
    f"""
    run_id             | string        | {RUN}
    profile_id         | string        | id of the profile; for a baseline its baseline_id
    dataset            | string        | dataset
    kind               | string        | BASELINE or SNAPSHOT
    window_start       | timestamp     | {WINDOW_START}
    window_end         | timestamp     | {WINDOW_END}
    known_at           | timestamp     | newest ingested_at of its records: later ones are not in it, whatever their event_time
    n                  | bigint        | records in the window, or in the state
    n_fit              | bigint        | records its models were fitted on: a baseline's fit half, all of a snapshot
    n_calibration      | bigint        | records in a baseline's calibration half; null for a snapshot
    dimension          | int           | dimension of the embeddings
    model              | string        | embedding model; null if no record names one
    dims95             | int           | smallest number of principal components with 95 % of the variance; null below 2 records and without variance
    explained_variance | array<double> | share of variance of each component, descending; null if dims95 is
    total_variance     | double        | sum of the variances of all dimensions, squared units of the vectors; null below 2 records
    inertia            | double        | mean squared distance to the nearest centroid, original space; a baseline's on its calibration half
    silhouette         | double        | mean silhouette, squared Euclidean, in [-1, 1]; null with fewer than 2 nonempty clusters
    k                  | int           | number of clusters
    mean_norm          | double        | mean Euclidean length of the vectors
    duplicate_share    | double        | share of records whose vector or text another record has under another id; they are counted, not dropped
    metadata_means     | map<string,double> | mean of each configured metadata key over records where it is a number; null if there are none
    metadata_missing   | map<string,bigint> | number of records where it is not
    split              | string        | unit of the split into halves: session, half_hour or record_id; null for a snapshot
    rules              | map<string,string> | settings that affect the profile, by name; text unchanged, other values as JSON
    status             | string        | {STATUS}; model_unknown if no record names a model
    artifacts          | string        | folder of the models, relative to tables_path; null for a snapshot
    """,
    "run_id profile_id dataset kind window_start window_end",
)

CLUSTERS = table_of(
    "clusters",
    "cluster of a profile",
    f"""
    run_id                   | string             | {RUN}
    profile_id               | string             | profile
    dataset                  | string             | dataset
    cluster                  | int                | number of the cluster within its profile, from 0
    size                     | bigint             | records in it; for a baseline those of the calibration half
    proportion               | double             | share of the records; null if the profile has none
    inertia                  | double             | mean squared distance of its records to its centroid; null if empty
    centroid                 | array<float>       | centroid in the original space
    matched_baseline_cluster | int                | corresponding cluster of the active baseline, by optimal assignment; null for a baseline
    example_ids              | array<string>      | up to five records nearest to the centroid, nearest first
    metadata_means           | map<string,double> | mean of each configured metadata key in the cluster; null if it is never a number
    status                   | string             | ok, or empty
    """,
    "run_id profile_id dataset cluster",
)
