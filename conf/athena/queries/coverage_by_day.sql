-- Share of prompts that the knowledge base covers, day by day.
SELECT prompt_dataset, reference_dataset, event_date, count(*) AS prompts,
  avg(CASE WHEN is_covered THEN 1.0e0 WHEN NOT is_covered THEN 0.0e0 END) AS covered,
  avg(CASE WHEN newest_is_covered THEN 1.0e0 WHEN NOT newest_is_covered THEN 0.0e0 END) AS covered_by_newest,
  CASE WHEN count(is_outlier) > 0 THEN count_if(is_outlier) END AS outliers,
  avg(distance) AS mean_distance, max(distance) AS max_distance
FROM latest_prompt_distances
GROUP BY prompt_dataset, reference_dataset, event_date
ORDER BY prompt_dataset, reference_dataset, event_date;
