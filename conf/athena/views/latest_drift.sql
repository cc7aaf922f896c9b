-- Metrics of the newest completed comparison of each window.
CREATE OR REPLACE VIEW latest_drift AS
SELECT run_id, dataset, baseline_id, window_start, window_end, metric, baseline_value, snapshot_value, change, effect, p_value, status
FROM drift
WHERE run_id IN (SELECT run_id FROM latest_runs);
