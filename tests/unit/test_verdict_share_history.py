"""A baseline's history of shares: the same after storage, and for some of them alone."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import ShareHistory, history_of, share_history
from driftwell.numeric.verdict.shares import compare_shares

DAYS, A_DAY = 14, 100
DAY, ORDER = np.repeat(np.arange(DAYS), A_DAY), np.arange(DAYS * A_DAY)
FLAGS = (np.random.default_rng(9).random((len(ORDER), 2)) < 0.1).astype(np.float64)


def history(flags: np.ndarray) -> ShareHistory:
    units = planned(DAY, ORDER)
    return share_history(units, units.sums(flags, DAY, np.zeros_like(DAY), ORDER), flags.shape[1])


def test_a_history_survives_storage() -> None:
    usual = history(FLAGS)
    arrays = usual.arrays()
    assert all(a.ndim == 2 for a in arrays.values())
    back = history_of({name: a.astype(np.float64) for name, a in arrays.items()})
    for hits in ([30.0, 40.0], [55.0, 0.0]):
        found, wanted = (compare_shares(of, 60, np.array(hits)).p_raw for of in (back, usual))
        assert_array_equal(found, wanted)
    for name, wanted in arrays.items():
        assert_array_equal(back.arrays()[name], wanted)
    assert len(back.block_units) == len(back.block_hits) > 0


def test_a_stored_history_without_blocks_has_none() -> None:
    arrays = {name: a for name, a in history(FLAGS).arrays().items() if not name.startswith("block")}
    back = history_of(arrays)
    assert back.block_units.shape == (0, 4) and back.block_hits.shape == (0, 2)
    assert back.block_units.dtype == np.int64 and back.block_hits.dtype == np.float64


def test_some_of_the_flags_have_the_history_they_have_alone() -> None:
    part, alone = history(FLAGS).of(slice(1, 2)), history(FLAGS[:, 1:])
    for name, wanted in alone.arrays().items():
        assert_array_equal(part.arrays()[name], wanted)
