-- Cost of the cores that each run held, and its utilisation of cores and memory.
-- ? price_per_core_hour: price of one core for an hour; 0.11 is Glue's G.1X, 0.44 for 4 cores (0.11)
-- ? price_per_core_hour: price of one core for an hour; 0.11 is Glue's G.1X, 0.44 for 4 cores (0.11)
SELECT job, dataset, run_id, started_at, records_in, cores, seconds,
  cores * seconds / 3600 * ? AS cost,
  CASE WHEN records_in > 0 THEN cores * seconds / 3600 * ? / records_in * 1.0e6 END AS cost_per_million_records,
  task_seconds / nullif(cores * seconds, 0) AS cores_used, driver_peak_rss_mb, executor_peak_heap_mb, executor_heap_mb
FROM (
  SELECT *, date_diff('millisecond', started_at, finished_at) / 1.0e3 AS seconds,
    element_at(resources, 'cores') AS cores, element_at(resources, 'task_seconds') AS task_seconds,
    element_at(resources, 'executor_peak_heap_mb') AS executor_peak_heap_mb,
    element_at(resources, 'executor_heap_mb') AS executor_heap_mb
  FROM runs
)
ORDER BY started_at DESC, run_id
LIMIT 100;
