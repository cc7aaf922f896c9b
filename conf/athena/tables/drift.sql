-- One row per metric of a comparison.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`drift`
LOCATION 's3://my-bucket/driftwell/tables/drift/'
TBLPROPERTIES ('table_type' = 'DELTA');
