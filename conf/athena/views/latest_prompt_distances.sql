-- Each prompt (a record; ids may recur) once per reference, from its newest completed run.
CREATE OR REPLACE VIEW latest_prompt_distances AS
SELECT run_id, prompt_dataset, event_date, record_id, object_key, position, cluster, distance, p_value, is_outlier, is_covered, newest_cluster, newest_distance, newest_p_value, newest_is_covered, reference_dataset
FROM (
  SELECT d.*, s.reference_dataset, row_number() OVER (
    PARTITION BY d.prompt_dataset, s.reference_dataset, d.event_date, d.record_id, d.object_key, d.position
    ORDER BY r.finished_at DESC, r.run_id
  ) AS recency
  FROM prompt_distances d
  JOIN latest_runs r ON r.run_id = d.run_id
  JOIN (SELECT DISTINCT run_id, reference_dataset FROM distance_stats) s ON s.run_id = d.run_id
)
WHERE recency = 1;
