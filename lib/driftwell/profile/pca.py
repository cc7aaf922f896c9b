"""Principal components of the vectors of a frame."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from pyspark.ml.feature import PCA
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.numeric.arrays import Arrays
from driftwell.numeric.gram import gram_sums, product_type, spectrum_from_gram
from driftwell.numeric.spectrum import Spectrum, dims_for_share, has_variance, undefined_spectrum, with_fixed_signs
from driftwell.profile.batches import add_up
from driftwell.profile.models import FEATURES, PROJECTED

EMBEDDING = "embedding"

GRAMIAN_BYTES = 4 << 30
"""Size of the Gramians of all partitions together; beyond it partitions are read by fewer tasks."""


def fit_spectrum(records: DataFrame, n: int, dimension: int, solver: str) -> Spectrum:
    """Mean, full spectrum, and the components up to `VARIANCE_SHARE`.

    Args:
        records: column `embedding`; vectors of equal width. n: their number, at least one. dimension: their width.
        solver: `gram` is an exact block Gramian, one pass; `mllib` is `pyspark.ml.feature.PCA`; `auto` means `gram`,
            whose one pass and symmetric eigensolver are cheaper at any size.
    """
    if solver != "mllib":
        summands = partial(gram_sums, product=product_type(n, dimension))
        return spectrum_from_gram(add_up(bounded(records, dimension), summands, EMBEDDING))
    sums = add_up(records, _moments, EMBEDDING)
    n = int(sums["count"][0, 0])
    mean = sums["sum"][0] / n
    if n < 2:
        return undefined_spectrum(n, mean)
    total = float(sums["squares"][0, 0] - n * (mean @ mean)) / (n - 1)
    if not has_variance(total, mean):
        return undefined_spectrum(n, mean)
    explained_variance, components = _solve_with_mllib(records, len(mean))
    kept = dims_for_share(explained_variance)
    return Spectrum(n, mean, total, explained_variance, with_fixed_signs(components[:, :kept]))


def bounded(records: DataFrame, dimension: int) -> DataFrame:
    """The same records in no more partitions than `GRAMIAN_BYTES` allows Gramians (half of d x d each), or cores."""
    cores = records.sparkSession.sparkContext.defaultParallelism
    return records.coalesce(max(cores, GRAMIAN_BYTES // (4 * dimension * dimension)))


def _solve_with_mllib(records: DataFrame, dimension: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(d,) variance shares and (d, d) components: all, because counting up to a share needs the whole spectrum."""
    vectors = records.select(array_to_vector(F.col("embedding").cast("array<double>")).alias(FEATURES))
    model = PCA(k=dimension, inputCol=FEATURES, outputCol=PROJECTED).fit(vectors)
    return np.maximum(model.explainedVariance.toArray(), 0), model.pc.toArray()


def _moments(x: NDArray[np.float32]) -> Arrays:
    wide = x.astype(np.float64)
    return {
        "count": np.full((1, 1), float(len(x))),
        "sum": wide.sum(axis=0, keepdims=True),
        "squares": np.full((1, 1), float(np.einsum("ij,ij->", wide, wide))),
    }
