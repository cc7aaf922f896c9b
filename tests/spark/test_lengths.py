"""Lengths of the vectors of a window: a few that are far too long are separated from the others."""

from __future__ import annotations

import numpy as np
import pytest

from driftwell.profile.lengths import Lengths, lengths_of
from tests.spark.frames import frame_of


@pytest.mark.parametrize("partitions", [1, 5])
def test_the_longest_vector_is_named_and_the_others_are_averaged(spark, partitions):
    x = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    x[17] *= 1e14
    x[40] *= 1e3
    usual = np.linalg.norm(np.delete(x, [17, 40], axis=0).astype(float), axis=1).mean()
    found = lengths_of(frame_of(spark, x, partitions), usual)
    assert (found.long, found.longest) == (2, "r17")
    assert found.longest_length == pytest.approx(np.linalg.norm(x[17].astype(float)))
    assert found.others_mean == pytest.approx(usual)
    assert lengths_of(frame_of(spark, x[:17], partitions), usual).longest is None
    assert lengths_of(frame_of(spark, x[17:18], 1), usual) == Lengths(1, "r0", found.longest_length, None)
