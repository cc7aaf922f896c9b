"""Tables of prompts against a reference: distances of each cluster, and of each prompt."""

from __future__ import annotations

from driftwell.tables.schemas.table import RUN, table_of

DISTANCE_STATS = table_of(
    "distance_stats",
    "(run, reference profile, cluster or all)",
    f"""
    run_id               | string    | {RUN}
    prompt_dataset       | string    | dataset of the prompts
    reference_dataset    | string    | dataset of the knowledge base
    reference_profile_id | string    | profile whose clusters the prompts were compared with
    reference_kind       | string    | baseline (pinned) or newest
    prompt_baseline_id   | string    | prompts baseline that the usual distances are from; null if there is none
    calibration_used     | string    | source of the usual distances: prompts_baseline, or reference_calibration if there is no prompts baseline
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
    n_calibration        | bigint    | number of usual distances: of the prompts baseline, or of reference records
    outliers             | bigint    | number of outliers (Benjamini-Hochberg over the whole window); null if outlier_status is not ok
    outlier_status       | string    | ok; too_few_calibration_records: there are none, and could be none unless more than 1 % of the prompts lay beyond all usual distances; no_calibration_records
    fewest_outliers      | bigint    | prompts that must lie beyond all usual distances for the first to be an outlier; null if even all would not suffice
    covered_quantile     | double    | quantile of the usual distances up to which a prompt is covered
    covered_distance     | double    | that distance; null without usual distances
    coverage             | double    | share of prompts within it; null without prompts or usual distances
    outside_share        | double    | share of the judged prompts (one per session and day) beyond it; of a cluster: beyond it and nearest to the cluster, of all prompts
    days                 | int       | dates with judged prompts
    pooled_days          | double    | number of equal days they count as: (sum n)² / sum n² over them, at most the length of the window, at least 1
    outside_change       | double    | outside_share minus that of the baseline's prompts; null if there is nothing to compare with
    outside_change_low   | double    | lower end of its 95 % confidence interval, day-to-day variation included
    outside_change_high  | double    | upper end
    p_value              | double    | probability of such a change without drift, clusters adjusted for their number (Holm); null without a prompts baseline
    outside_verdict      | string    | DRIFT (coverage changed), NO_DRIFT or INSUFFICIENT_DATA
    outside_status       | string    | ok, not_calibrated (fewer than 3 baseline days), or the reason there is no verdict: too_few_records, too_few_calibration_records, no_calibration_records, no_prompts_baseline
    status               | string    | ok, or empty
    """,
    "run_id prompt_dataset reference_dataset window_start window_end cluster",
)

PROMPT_DISTANCES = table_of(
    "prompt_distances",
    "prompt",
    f"""
    run_id          | string  | {RUN}
    prompt_dataset  | string  | dataset of the prompt
    event_date      | date    | UTC date of the prompt
    record_id       | string  | the prompt
    object_key      | string  | archive object it came from
    position        | bigint  | its position there; with object_key it identifies the record in embeddings even if ids recur
    cluster         | int     | nearest cluster of the pinned reference baseline
    distance        | double  | Euclidean distance to its centroid, original space
    p_value         | double  | conformal p-value of the distance; null without usual distances
    is_outlier      | boolean | outlier by Benjamini-Hochberg over the window; null if outlier_status of distance_stats is not ok
    is_covered      | boolean | within covered_distance of distance_stats; null without usual distances
    newest_cluster  | int     | nearest cluster of the newest reference profile
    newest_distance | double  | Euclidean distance to its centroid
    newest_p_value  | double  | conformal p-value of that distance
    newest_is_covered | boolean | within covered_distance of that profile
    """,
    "run_id record_id",
    "prompt_dataset event_date",
)
