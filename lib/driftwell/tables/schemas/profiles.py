"""Tables of profiles: baselines, snapshots and their clusters."""

from __future__ import annotations

from driftwell.tables.schemas.table import RUN, STATUS, WINDOW_END, WINDOW_START, table_of

PROFILES = table_of(
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

CLUSTERS = table_of(
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
