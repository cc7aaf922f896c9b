-- One row per prompt.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`prompt_distances`
LOCATION 's3://my-bucket/driftwell/tables/prompt_distances/'
TBLPROPERTIES ('table_type' = 'DELTA');
