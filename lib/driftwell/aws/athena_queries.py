"""The named queries, in plain Trino SQL over the tables and the `latest_*` views."""

from __future__ import annotations

from driftwell.aws.athena_sql import Parameter, Query

LATEST_VERDICTS = """SELECT dataset, job, window_start, window_end, verdict, status, p_value, effect, effect_floor,
  main_cause, n, baseline_id, explanation
FROM (
  SELECT v.*, r.job, row_number() OVER (
    PARTITION BY v.dataset, r.job, date_diff('day', v.window_start, v.window_end)
    ORDER BY v.window_end DESC, r.finished_at DESC
  ) AS recency
  FROM latest_verdicts v
  JOIN latest_runs r ON r.run_id = v.run_id
)
WHERE recency = 1
ORDER BY dataset, window_end DESC, window_start DESC"""

LATEST_COVERAGE = """SELECT prompt_dataset, reference_dataset, window_start, window_end, n, covered_quantile, coverage,
  outliers, outlier_status, outside_share, outside_change, outside_change_low, outside_change_high, p_value,
  outside_verdict, outside_status, days, pooled_days, status
FROM (
  SELECT s.*, row_number() OVER (
    PARTITION BY s.prompt_dataset, s.reference_dataset ORDER BY s.window_end DESC, r.finished_at DESC
  ) AS recency
  FROM latest_distance_stats s
  JOIN latest_runs r ON r.run_id = s.run_id
  WHERE s.cluster = -1 AND s.reference_kind = 'baseline'
)
WHERE recency = 1
ORDER BY prompt_dataset, reference_dataset"""

METRIC_HISTORY = """SELECT d.dataset, r.job, d.baseline_id, d.window_start, d.window_end, d.metric, d.baseline_value,
  d.snapshot_value, d.change, d.effect, d.p_value, d.status
FROM latest_drift d
JOIN latest_runs r ON r.run_id = d.run_id
WHERE d.metric = ?
ORDER BY d.dataset, d.window_end, d.window_start, d.baseline_id"""

CLUSTERS_MOVED_MOST = """SELECT d.dataset, d.window_end, d.baseline_id, d.cluster, d.baseline_proportion,
  d.snapshot_proportion, d.change, d.p_value, d.centroid_shift, d.contribution, c.example_ids
FROM (
  SELECT *, rank() OVER (PARTITION BY dataset ORDER BY window_end DESC) AS recency FROM latest_cluster_drift
) d
LEFT JOIN latest_clusters c ON c.run_id = d.run_id AND c.matched_baseline_cluster = d.cluster
WHERE d.recency = 1
ORDER BY abs(d.change) DESC, d.dataset, d.cluster
LIMIT 20"""

PROMPTS_FARTHEST = """SELECT d.prompt_dataset, d.reference_dataset, d.event_date, d.record_id, d.distance, d.p_value,
  d.is_outlier, d.cluster, t.text
FROM latest_prompt_distances d
LEFT JOIN texts t
  ON t.dataset = d.prompt_dataset AND t.event_date = d.event_date AND t.record_id = d.record_id
  AND t.object_key = d.object_key AND t.position = d.position
WHERE d.event_date > (SELECT date_add('day', -?, max(event_date)) FROM prompt_distances)
ORDER BY d.distance DESC, d.record_id
LIMIT 50"""

COVERAGE_BY_DAY = """SELECT prompt_dataset, reference_dataset, event_date, count(*) AS prompts,
  avg(CASE WHEN is_covered THEN 1.0e0 WHEN NOT is_covered THEN 0.0e0 END) AS covered,
  avg(CASE WHEN newest_is_covered THEN 1.0e0 WHEN NOT newest_is_covered THEN 0.0e0 END) AS covered_by_newest,
  CASE WHEN count(is_outlier) > 0 THEN count_if(is_outlier) END AS outliers,
  avg(distance) AS mean_distance, max(distance) AS max_distance
FROM latest_prompt_distances
GROUP BY prompt_dataset, reference_dataset, event_date
ORDER BY prompt_dataset, reference_dataset, event_date"""

QUARANTINE_BY_REASON = """SELECT dataset, reason, CAST(ingested_at AS date) AS day, count(*) AS records,
  count(DISTINCT object_key) AS objects, min(object_key) AS an_object
FROM quarantine
GROUP BY dataset, reason, CAST(ingested_at AS date)
ORDER BY day DESC, records DESC, dataset, reason"""

FAILED_AND_SLOWING_RUNS = """SELECT job, dataset, run_id, status, started_at, seconds, usual_seconds, records_in,
  message
FROM (
  SELECT *, avg(CASE WHEN status = 'done' THEN seconds END) OVER (
    PARTITION BY job, dataset ORDER BY started_at ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING
  ) AS usual_seconds
  FROM (
    SELECT *, date_diff('millisecond', started_at, finished_at) / 1.0e3 AS seconds FROM runs
  )
)
WHERE started_at > (SELECT date_add('day', -?, max(started_at)) FROM runs)
  AND (status = 'failed' OR seconds > ? * usual_seconds)
ORDER BY started_at DESC, run_id"""

COST_PER_RUN = """SELECT job, dataset, run_id, started_at, records_in, cores, seconds,
  cores * seconds / 3600 * ? AS cost,
  CASE WHEN records_in > 0 THEN cores * seconds / 3600 * ? / records_in * 1.0e6 END AS cost_per_million_records,
  task_seconds / nullif(cores * seconds, 0) AS cores_used, driver_peak_rss_mb, executor_peak_heap_mb, executor_heap_mb
FROM (
  SELECT *, date_diff('millisecond', started_at, finished_at) / 1.0e3 AS seconds,
    element_at(resources, 'cores') AS cores, element_at(resources, 'task_seconds') AS task_seconds,
    element_at(resources, 'executor_peak_heap_mb') AS executor_peak_heap_mb,
    element_at(resources, 'executor_heap_mb') AS executor_heap_mb
  FROM runs
)
ORDER BY started_at DESC, run_id
LIMIT 100"""

PRICE = ("price_per_core_hour", 0.11, "price of one core for an hour; 0.11 is Glue's G.1X, 0.44 for 4 cores")

QUERIES = (
    Query("latest_verdicts", "the verdict on the newest day, week or month of each dataset, and why", LATEST_VERDICTS),
    Query(
        "latest_coverage",
        "how well references cover the newest prompts, and whether that changed",
        LATEST_COVERAGE,
    ),
    Query(
        "metric_history",
        "one metric over all windows",
        METRIC_HISTORY,
        (Parameter("metric", "inertia", "a metric of docs/tables.md"),),
    ),
    Query("clusters_moved_most", "clusters of the newest windows, by the change in their share", CLUSTERS_MOVED_MOST),
    Query(
        "prompts_farthest",
        "prompts farthest from the knowledge base over the last days, with their text",
        PROMPTS_FARTHEST,
        (Parameter("days", 7, "number of days, up to that of the newest prompt"),),
    ),
    Query("coverage_by_day", "share of prompts that the knowledge base covers, day by day", COVERAGE_BY_DAY),
    Query("quarantine_by_reason", "what was rejected at ingest, by day and reason", QUARANTINE_BY_REASON),
    Query(
        "failed_and_slowing_runs",
        "runs that failed, or took longer than the ten before them",
        FAILED_AND_SLOWING_RUNS,
        (
            Parameter("days", 30, "number of days before the newest run"),
            Parameter("slower", 1.5, "factor over the mean of those ten"),
        ),
    ),
    Query(
        "cost_per_run",
        "cost of the cores that each run held, and its utilisation of cores and memory",
        COST_PER_RUN,
        (Parameter(*PRICE), Parameter(*PRICE)),
    ),
)
