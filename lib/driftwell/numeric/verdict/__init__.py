"""The verdict: is a snapshot of embeddings drift or noise, how large is the change, and what causes it?

In numpy alone, from a baseline's records in hash order, split into a fit half and a calibration half that share no
burst of near-copies:

>>> import numpy as np
>>> from driftwell.numeric.verdict.calibration import calibrate
>>> from driftwell.numeric.verdict.explanation import explained
>>> from driftwell.numeric.verdict.fit import fit_features
>>> from driftwell.numeric.verdict.judgement import judge
>>> generator = np.random.default_rng(0)
>>> topics = generator.standard_normal((9, 16))
>>> def asked(n, known):
...     return topics[generator.integers(0, known, n)] + 0.5 * generator.standard_normal((n, 16))
>>> fit_half, calibration_half = asked(4000, 8), asked(4200, 8)
>>> day, hour = np.arange(4200) // 300, np.arange(4200) % 24
>>> features = fit_features(fit_half, seed=0)
>>> state = calibrate(features, calibration_half, day, hour, day * 24 + hour, seed=0)

A snapshot needs no records of the baseline, and only the number and the sums of its own:

>>> usual, unusual = asked(500, 8), asked(500, 9)
>>> judge(state, features, 500, features.sums(usual)["sums"]).verdict
'NO_DRIFT'
>>> judgement = judge(state, features, 500, features.sums(unusual)["sums"])
>>> judgement.verdict, judgement.main_cause
('DRIFT', 'novelty')
>>> print(explained(judgement, "questions").split(". ")[0])
Drift: about 11 % of the questions look like a topic the baseline did not have

On Spark the same functions work on sums: `RowFeatures.sums` inside `mapInArrow` for a snapshot, and for a baseline
`plan_blocks`, `Plan.ranks`, `Plan.located`, `calibration_sums` and `calibration_from`.
"""
