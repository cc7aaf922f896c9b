-- Profiles of the newest completed runs.
CREATE OR REPLACE VIEW latest_profiles AS
SELECT run_id, profile_id, dataset, kind, window_start, window_end, known_at, n, n_fit, n_calibration, dimension, model, dims95, explained_variance, total_variance, inertia, silhouette, k, mean_norm, duplicate_share, metadata_means, metadata_missing, split, rules, status, artifacts
FROM profiles
WHERE run_id IN (SELECT run_id FROM latest_runs);
