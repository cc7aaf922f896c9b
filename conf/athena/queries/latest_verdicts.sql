-- The verdict on the newest window of each dataset, and why.
SELECT dataset, window_start, window_end, verdict, status, p_value, effect, effect_floor,
  main_cause, n, baseline_id, explanation
FROM (
  SELECT v.*, row_number() OVER (PARTITION BY v.dataset ORDER BY v.window_end DESC, r.finished_at DESC) AS recency
  FROM latest_verdicts v
  JOIN latest_runs r ON r.run_id = v.run_id
)
WHERE recency = 1
ORDER BY dataset;
