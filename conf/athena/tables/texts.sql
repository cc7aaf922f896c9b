-- One row per record with text.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`texts`
LOCATION 's3://my-bucket/driftwell/tables/texts/'
TBLPROPERTIES ('table_type' = 'DELTA');
