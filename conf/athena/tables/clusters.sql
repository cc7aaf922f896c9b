-- One row per cluster of a profile.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`clusters`
LOCATION 's3://my-bucket/driftwell/tables/clusters/'
TBLPROPERTIES ('table_type' = 'DELTA');
