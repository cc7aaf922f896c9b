-- Share of prompts that the knowledge base covers, day by day.
SELECT prompt_dataset, reference_dataset, event_date, count(*) AS prompts,
  avg(CASE WHEN p_value > 0.05 THEN 1.0e0 ELSE 0.0e0 END) AS covered,
  avg(CASE WHEN newest_p_value > 0.05 THEN 1.0e0 ELSE 0.0e0 END) AS covered_by_newest,
  count_if(is_outlier) AS outliers, avg(distance) AS mean_distance, max(distance) AS max_distance
FROM latest_prompt_distances
GROUP BY prompt_dataset, reference_dataset, event_date
ORDER BY prompt_dataset, reference_dataset, event_date;
