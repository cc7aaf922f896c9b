-- One row per cluster of a comparison.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`cluster_drift`
LOCATION 's3://my-bucket/driftwell/tables/cluster_drift/'
TBLPROPERTIES ('table_type' = 'DELTA');
