-- Runs that failed, or took longer than the ten before them.
-- ? days: number of days before the newest run (30)
-- ? slower: factor over the mean of those ten (1.5)
SELECT job, dataset, run_id, status, started_at, seconds, usual_seconds, records_in,
  message
FROM (
  SELECT *, avg(CASE WHEN status = 'done' THEN seconds END) OVER (
    PARTITION BY job, dataset ORDER BY started_at ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING
  ) AS usual_seconds
  FROM (
    SELECT *, date_diff('millisecond', started_at, finished_at) / 1.0e3 AS seconds FROM runs
  )
)
WHERE started_at > (SELECT date_add('day', -?, max(started_at)) FROM runs)
  AND (status = 'failed' OR seconds > ? * usual_seconds)
ORDER BY started_at DESC, run_id;
