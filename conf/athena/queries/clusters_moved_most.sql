-- Clusters of the newest windows, by the change in their share.
SELECT d.dataset, d.window_end, d.baseline_id, d.cluster, d.baseline_proportion,
  d.snapshot_proportion, d.change, d.p_value, d.centroid_shift, d.contribution, c.example_ids
FROM (
  SELECT *, rank() OVER (PARTITION BY dataset ORDER BY window_end DESC) AS recency FROM latest_cluster_drift
) d
LEFT JOIN latest_clusters c ON c.run_id = d.run_id AND c.matched_baseline_cluster = d.cluster
WHERE d.recency = 1
ORDER BY abs(d.change) DESC, d.dataset, d.cluster
LIMIT 20;
