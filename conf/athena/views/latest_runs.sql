-- The newest completed run of each window and comparison; every ingest.
CREATE OR REPLACE VIEW latest_runs AS
SELECT run_id, job, dataset, status, started_at, finished_at, window_start, window_end, baseline_id, records_in, records_good, records_quarantined, records_duplicate, settings, settings_hash, fingerprint, versions, seconds_by_stage, driver_peak_rss_mb, resources, call_id, message
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY job, dataset, baseline_id, window_start, window_end,
      json_extract_scalar(settings, '$.reference.baseline[0]'),
      CASE WHEN job = 'ingest' THEN run_id END
    ORDER BY finished_at DESC, run_id
  ) AS recency
  FROM runs
  WHERE status = 'done'
)
WHERE recency = 1;
