-- One metric over all windows.
-- ? metric: a metric of docs/tables.md (inertia)
SELECT dataset, baseline_id, window_start, window_end, metric, baseline_value, snapshot_value,
  change, effect, p_value, status
FROM latest_drift
WHERE metric = ?
ORDER BY dataset, window_end, window_start, baseline_id;
