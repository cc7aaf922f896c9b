-- Clusters of these comparisons.
CREATE OR REPLACE VIEW latest_cluster_drift AS
SELECT run_id, dataset, baseline_id, window_start, window_end, cluster, baseline_proportion, snapshot_proportion, change, p_value, centroid_shift, centroid_cosine, contribution, status
FROM cluster_drift
WHERE run_id IN (SELECT run_id FROM latest_runs);
