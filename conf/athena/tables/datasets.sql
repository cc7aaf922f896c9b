-- One row per dataset.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`datasets`
LOCATION 's3://my-bucket/driftwell/tables/datasets/'
TBLPROPERTIES ('table_type' = 'DELTA');
