-- One row per (run, reference profile, cluster or all).
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`distance_stats`
LOCATION 's3://my-bucket/driftwell/tables/distance_stats/'
TBLPROPERTIES ('table_type' = 'DELTA');
