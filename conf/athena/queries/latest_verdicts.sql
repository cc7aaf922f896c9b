-- The verdict on the newest day, week or month of each dataset, and why.
SELECT dataset, job, window_start, window_end, verdict, status, p_value, effect, effect_floor,
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
ORDER BY dataset, window_end DESC, window_start DESC;
