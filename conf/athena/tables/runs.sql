-- One row per run of a job; only runs with status done count.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`runs`
LOCATION 's3://my-bucket/driftwell/tables/runs/'
TBLPROPERTIES ('table_type' = 'DELTA');
