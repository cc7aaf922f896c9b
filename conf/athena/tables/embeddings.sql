-- One row per record.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`embeddings`
LOCATION 's3://my-bucket/driftwell/tables/embeddings/'
TBLPROPERTIES ('table_type' = 'DELTA');
