-- One row per baseline or snapshot.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`profiles`
LOCATION 's3://my-bucket/driftwell/tables/profiles/'
TBLPROPERTIES ('table_type' = 'DELTA');
