-- Prompts farthest from the knowledge base over the last days, with their text.
-- ? days: number of days, up to that of the newest prompt (7)
SELECT d.prompt_dataset, d.reference_dataset, d.event_date, d.record_id, d.distance, d.p_value,
  d.is_outlier, d.cluster, t.text
FROM latest_prompt_distances d
LEFT JOIN texts t
  ON t.dataset = d.prompt_dataset AND t.event_date = d.event_date AND t.record_id = d.record_id
  AND t.object_key = d.object_key AND t.position = d.position
WHERE d.event_date > (SELECT date_add('day', -?, max(event_date)) FROM prompt_distances)
ORDER BY d.distance DESC, d.record_id
LIMIT 50;
