-- One metric over all windows.
-- ? metric: a metric of docs/tables.md (inertia)
SELECT d.dataset, r.job, d.baseline_id, d.window_start, d.window_end, d.metric, d.baseline_value,
  d.snapshot_value, d.change, d.effect, d.p_value, d.status
FROM latest_drift d
JOIN latest_runs r ON r.run_id = d.run_id
WHERE d.metric = ?
ORDER BY d.dataset, d.window_end, d.window_start, d.baseline_id;
