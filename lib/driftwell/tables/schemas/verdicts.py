"""Tables of snapshots compared with their baseline: metrics, clusters, verdicts, and daily sums for longer windows."""

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
    baseline_value | double    | the metric on the baseline's calibration half; 0 for a distance from the baseline; null for a feature group
    snapshot_value | double    | the metric on the snapshot; null for a feature group
    change         | double    | snapshot_value - baseline_value
    effect         | double    | change relative to the baseline; mean_shift: relative to the baseline's spread; a feature group: topic-equivalent share, or Cohen's d for novelty and residual; null if undefined
    p_value        | double    | probability of such a change without drift; null if the metric has no test
    status         | string    | ok, census (a state: nothing is sampled), or the reason a value is null
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
    p_value             | double    | probability of such a change without drift; null if it has no test
    centroid_shift      | double    | Euclidean distance to the matched centroid of the snapshot's own fit; null without a match
    centroid_cosine     | double    | cosine similarity with that centroid, in [-1, 1]; null without a match
    contribution        | double    | its part of the change in proportions, in [0, 1]: of the verdict's statistic, or of the sum of absolute changes if there is no verdict; null without a change
    status              | string    | ok, census, empty_in_snapshot, or no_match
    """,
    "run_id dataset baseline_id window_start window_end cluster",
)

VERDICTS = table_of(
    "verdicts",
    "comparison (the verdict on a flow, or the census of a state)",
    f"""
    run_id         | string             | {RUN}
    dataset        | string             | dataset
    baseline_id    | string             | baseline compared with
    window_start   | timestamp          | {WINDOW_START}
    window_end     | timestamp          | {WINDOW_END}
    n              | bigint             | judged records of the snapshot
    verdict        | string             | DRIFT, NO_DRIFT or INSUFFICIENT_DATA
    status         | string             | ok, not_calibrated (fewer than 3 baseline days), census, data_fault, or the reason there is no verdict
    p_value        | double             | probability of a change at least as large without drift, over all groups; null for a state
    adjusted_p     | map<string,double> | Holm-adjusted p-value of each feature group; null if there is no test
    alpha          | double             | significance level: p-values up to it are drift; null for a state
    effect         | double             | size of the change in the unit of the main cause's group; a state: share of records added, removed or changed
    effect_lower   | double             | its lower bound; null for a state
    effect_floor   | double             | minimum for DRIFT, which effect_lower (for a state: effect) must exceed
    main_cause     | string             | feature group or data fault behind the verdict; null if there is none
    causes         | array<string>      | all causes, strongest first
    n0             | bigint             | records that the null was drawn for; null for a state
    days           | int                | dates with judged records of the snapshot; null for a state
    pooled_days    | double             | number of equal days they count as: (sum n)² / sum n² over them, at most the length of the window, at least 1; null for a state
    baseline_days  | int                | days of the baseline that the null is based on; null for a state
    null_used      | map<string,string> | null distribution of each group's p-value: iid, day or block
    excess_share   | double             | share of records beyond the baseline's 95 % novelty distance, minus the expected 5 %; null for a state
    seed           | bigint             | seed of the null draws; null for a state
    example_ids    | array<string>      | example records of the change, strongest first
    explanation    | string             | one or two sentences in plain words
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
    sums         | array<double> | sums of the verdict's features over them, then their number nearest to each of the baseline's clusters
    """,
    "run_id dataset baseline_id event_date",
)
