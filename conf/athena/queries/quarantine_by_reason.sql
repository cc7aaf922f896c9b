-- What was rejected at ingest, by day and reason.
SELECT dataset, reason, CAST(ingested_at AS date) AS day, count(*) AS records,
  count(DISTINCT object_key) AS objects, min(object_key) AS an_object
FROM quarantine
GROUP BY dataset, reason, CAST(ingested_at AS date)
ORDER BY day DESC, records DESC, dataset, reason;
