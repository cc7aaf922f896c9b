-- One row per archive object (the ledger of ingest).
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`objects`
LOCATION 's3://my-bucket/driftwell/tables/objects/'
TBLPROPERTIES ('table_type' = 'DELTA');
