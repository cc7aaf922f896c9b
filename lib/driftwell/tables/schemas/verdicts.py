"""Tables of snapshots against their baseline: metrics, clusters, verdicts, and the daily sums of longer windows."""

from __future__ import annotations

from driftwell.tables.schemas.table import RUN, WINDOW_END, WINDOW_START, table_of

DRIFT = table_of(
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

CLUSTER_DRIFT = table_of(
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

VERDICTS = table_of(
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

DAILY_SUMS = table_of(
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
