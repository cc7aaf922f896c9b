"""Which clusters a change of the mixture comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats, Ints
from driftwell.numeric.kmeans import nearest
from driftwell.numeric.verdict.features import Features, unit_rows
from driftwell.numeric.verdict.judgement import Judgement


@dataclass(frozen=True, eq=False)
class ClusterParts:
    """How the clusters of a profile contribute to a change of the mixture.

    Attributes:
        changes: (c,) change of each cluster's share of the records.
        contributions: (c,) part of each in the statistic of the mixture, summing to 1 (0 if nothing changed).
    """

    changes: Floats
    contributions: Floats


def owners(features: Features, centroids: NDArray[np.floating]) -> Ints:
    """(k,) the cluster each micro-topic belongs to: the nearest of (c, d) centroids."""
    micro, given = features.micro_centres(), centroids.astype(np.float32)
    if features.row.cosine:
        micro, given = unit_rows(micro), unit_rows(given)
    middle = given.mean(axis=0)
    return nearest(micro - middle, given - middle)[0]


def cluster_parts(judgement: Judgement, owner: Ints, changes: Floats) -> ClusterParts:
    """A judgement's micro-topics added up by the cluster that owns them, with (c,) changes of the clusters' shares.

    The changes of a cluster's micro-topics do not add up to its own: new content goes to whichever is nearest.
    """
    return ClusterParts(changes, np.bincount(owner, judgement.topic_contributions, len(changes)).astype(np.float64))
