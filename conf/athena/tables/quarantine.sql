-- One row per rejected record or object.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`quarantine`
LOCATION 's3://my-bucket/driftwell/tables/quarantine/'
TBLPROPERTIES ('table_type' = 'DELTA');
