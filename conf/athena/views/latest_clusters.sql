-- Clusters of these profiles.
CREATE OR REPLACE VIEW latest_clusters AS
SELECT run_id, profile_id, dataset, cluster, size, proportion, inertia, centroid, matched_baseline_cluster, example_ids, metadata_means, status
FROM clusters
WHERE run_id IN (SELECT run_id FROM latest_runs);
