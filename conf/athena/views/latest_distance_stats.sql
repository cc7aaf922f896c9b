-- Distances of the newest completed run of each window.
CREATE OR REPLACE VIEW latest_distance_stats AS
SELECT run_id, prompt_dataset, reference_dataset, reference_profile_id, reference_kind, prompt_baseline_id, calibration_used, window_start, window_end, cluster, n, mean, std, median, p90, p95, max, quantile_method, n_calibration, outliers, outlier_status, fewest_outliers, covered_quantile, covered_distance, coverage, outside_share, days, pooled_days, outside_change, outside_change_low, outside_change_high, p_value, outside_verdict, outside_status, status
FROM distance_stats
WHERE run_id IN (SELECT run_id FROM latest_runs);
