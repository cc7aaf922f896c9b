-- One row per comparison (the verdict on a flow, or the census of a state).
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`verdicts`
LOCATION 's3://my-bucket/driftwell/tables/verdicts/'
TBLPROPERTIES ('table_type' = 'DELTA');
