-- One row per comparison (of a flow its judgement, of a state its census).
CREATE EXTERNAL TABLE IF NOT EXISTS `driftwell`.`verdicts`
LOCATION 's3://my-bucket/driftwell/tables/verdicts/'
TBLPROPERTIES ('table_type' = 'DELTA');
