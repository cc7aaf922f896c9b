-- One row per archive object (the ledger of what was ingested).
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`objects`
LOCATION 's3://my-bucket/driftwell/tables/objects/'
TBLPROPERTIES ('table_type' = 'DELTA');
