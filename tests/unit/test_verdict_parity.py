"""The same statistics as the first implementation of the procedure, from the same centres.

That one is not part of driftwell; it printed these numbers for the records made here (numpy's generator 11, rows of
the fit half as centres, six days of 100 records).
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from driftwell.numeric.verdict.calibration import Calibration, calibrate
from driftwell.numeric.verdict.comparison import Comparison, comparison
from driftwell.numeric.verdict.effects import CENTRE
from driftwell.numeric.verdict.features import Features, unit_rows
from driftwell.numeric.verdict.fit import basis, with_centres
from driftwell.numeric.verdict.judgement import Judgement, judge_by
from driftwell.numeric.verdict.layout import GROUPS, Layout
from driftwell.numeric.verdict.null import null
from driftwell.numeric.verdict.units import forward_tau2

Singles = NDArray[np.float32]

STATISTICS = [2.6978070116e-01, 6.1511274759e-02, 1.9818680469e-05, 2.2429804481e-01, 2.0267909313e-07]
TOPIC_NORMS = [8.3086417178e-01, 6.5093168986e-01, 1.4264502185e-04, 3.3856908439e-01, 6.8915496261e-07]
TRACE = [1.0315500859e01, 9.3757790089e00, 4.5745924451e-03, 8.3448700565e00, 3.8306837038e-04]
FORWARD = [1.2483992253e-02, 2.3652781293e-02, -3.2855381366e-05, -1.2784997225e-02, -2.1919204549e-06]
EXCESS = 0.005291005291005289
# log10 of p-values over 40 seeds of the draws: mean and standard deviation.
LOG_P = [-1.8171597063, -0.1202815655, -0.3340445954, -3.2270974035, -0.0652610339]
LOG_P_SPREAD = [0.051, 0.0073, 0.0323, 0.208, 0.0426]
NOVELTY_EFFECT, LOCATION_EFFECT, DISPLACEMENT_EFFECT = -0.065820498, 0.453182245, 0.678628449
# Of standard normal draws y (generator 5) and u (generator 6), 4 degrees of freedom, at 3 x (20, 25, 9, 22, 12).
NULL_P = [0.110110298, 0.0450727292, 0.0090529129, 0.0625838793, 0.0054595767]
IID_P = [0.079279371, 0.0077749343, 0.0016001305, 0.0126675096, 0.0002185893]


def records() -> tuple[Singles, Singles, Singles]:
    """Fit half, calibration half and snapshot."""
    generator = np.random.default_rng(11)
    topics = generator.standard_normal((6, 12))

    def draw(n: int, shift: float = 0) -> Singles:
        own = topics[generator.integers(0, 6, n)]
        return (own + 0.5 * generator.standard_normal((n, 12)) + shift + 1).astype(np.float32)

    return draw(400), draw(600), draw(150, 0.15)


FIT, CALIBRATION, SNAPSHOT = records()
OF_BASIS = basis(unit_rows(FIT))
Z = (unit_rows(FIT) - OF_BASIS[0]) @ OF_BASIS[1]
FEATURES: Features = with_centres(FIT, True, OF_BASIS, micro=Z[:10], landmarks=Z[:200], topics=Z[10:14])
SUMS = FEATURES.sums(SNAPSHOT)["sums"]


def state(seed: int) -> Calibration:
    day, order = np.arange(600) // 100, np.arange(600)
    return calibrate(FEATURES, CALIBRATION, day, order % 100 // 10 + 8, order, seed)


def question(seed: int) -> Comparison:
    return comparison(state(seed), FEATURES.layout, 150, forward=False)


QUESTION = question(0)


def test_statistics_are_the_same() -> None:
    delta = FEATURES.mapped(SUMS / 150)[0] - QUESTION.view.mean
    assert_allclose(FEATURES.layout.norms(delta[None])[0], STATISTICS, rtol=1e-4)


def test_units_of_effects_and_variances_are_the_same() -> None:
    assert_allclose(state(0).topic_norms, TOPIC_NORMS, rtol=1e-4)
    assert_allclose(QUESTION.view.trace, TRACE, rtol=1e-5)
    assert QUESTION.view.n_day == pytest.approx(100)


def test_forward_chaining_is_the_same() -> None:
    found = forward_tau2(FEATURES.layout, QUESTION.view.days, QUESTION.view.trace)
    assert_allclose(found, FORWARD, rtol=1e-3, atol=1e-7)


def test_effects_are_the_same_up_to_the_draws() -> None:
    judgement: Judgement = judge_by(QUESTION, FEATURES, SUMS)
    assert judgement.excess == pytest.approx(EXCESS)
    assert judgement.group("novelty").effect == pytest.approx(NOVELTY_EFFECT, rel=1e-4)
    for group, wanted in (("location", LOCATION_EFFECT), ("displacement", DISPLACEMENT_EFFECT)):
        # The prototype's begins at the mean of the draws, ours a little above it.
        i, null = GROUPS.index(group), QUESTION.nulls[judgement.group(group).null]
        above = CENTRE * (null.q95[i] - null.mean[i]) / QUESTION.topic_norms[i]
        assert judgement.group(group).effect == pytest.approx(np.sqrt(wanted**2 - above), rel=0.02)


def test_p_values_are_the_same_up_to_the_draws() -> None:
    found = np.mean(
        [[np.log10(r.p_raw) for r in judge_by(question(s), FEATURES, SUMS).groups] for s in range(3)], axis=0
    )
    assert np.all(np.abs(found - LOG_P) < 4 * np.array(LOG_P_SPREAD) / np.sqrt(3))


def test_tails_fitted_to_the_same_draws_are_the_same() -> None:
    layout = Layout(d=12, k=10, p=10)
    y = np.random.default_rng(5).standard_normal((999, layout.width - 1))
    u = np.random.default_rng(6).standard_normal((999, layout.width - 1))
    at, generator = np.array([20.0, 25, 9, 22, 12]), np.random.default_rng(0)
    assert_allclose(null(layout, y, None, 1, generator).p_values(at), IID_P, rtol=1e-6)
    assert_allclose(null(layout, y, u, 4, generator).p_values(3 * at), NULL_P, rtol=1e-6)
