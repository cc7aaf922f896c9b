-- How well references cover the newest prompts, and whether that changed.
SELECT prompt_dataset, reference_dataset, window_start, window_end, n, covered_quantile, coverage,
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
ORDER BY prompt_dataset, reference_dataset;
