-- One row per publication: a message about a changed verdict, or the metrics of a run.
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`alerts`
LOCATION 's3://my-bucket/driftwell/tables/alerts/'
TBLPROPERTIES ('table_type' = 'DELTA');
