-- Verdicts of these comparisons.
CREATE OR REPLACE VIEW latest_verdicts AS
SELECT run_id, dataset, baseline_id, window_start, window_end, n, verdict, status, p_value, adjusted_p, alpha, effect, effect_lower, effect_floor, main_cause, causes, n0, days, pooled_days, baseline_days, null_used, excess_share, seed, example_ids, explanation
FROM verdicts
WHERE run_id IN (SELECT run_id FROM latest_runs);
