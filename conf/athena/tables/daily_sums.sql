-- One row per day of a dataset under a baseline.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`daily_sums`
LOCATION 's3://my-bucket/driftwell/tables/daily_sums/'
TBLPROPERTIES ('table_type' = 'DELTA');
