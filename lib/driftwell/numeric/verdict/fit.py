"""Fit the features of a verdict on a bounded sample of the fit half."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, eigh, solve_triangular

from driftwell.errors import InputError
from driftwell.numeric.arrays import Floats
from driftwell.numeric.kmeans import kmeans, nearest
from driftwell.numeric.spectrum import VARIANCE_SHARE, has_variance, with_fixed_signs
from driftwell.numeric.verdict.features import Features, RowFeatures, Singles, unit_rows
from driftwell.numeric.verdict.layout import Layout

SAMPLE = 10_000
"""Records of the fit half that features are fitted on (at most)."""

MIN_SAMPLE = 100
"""Records needed to fit features."""

RIDGE = 0.1
"""Share of the mean variance added to every direction before whitening."""

MAX_COMPONENTS, ROWS_PER_COMPONENT = 256, 10
LANDMARKS = 2_000
MICRO, ROWS_PER_MICRO = 100, 40
TOPICS, ROWS_PER_TOPIC = 20, 100
ITERATIONS = 20

ROUNDED_SHARE = 1e-12
"""Variance below this share of the mean square is rounding of float32, not variance."""

LEAST_RESIDUAL = 1e-4
"""Residuals are never clipped below this share of the mean square: a baseline without any must not hide all others."""

NOVEL_SHARE = 0.05
"""Share of usual records that count as novel, that is, too distant from all landmarks."""


def fit_features(sample: NDArray[np.floating], seed: int, cosine: bool = True) -> Features:
    """Fit everything about the features that depends on data, on one bounded sample.

    Args:
        sample: (m, d) at most `SAMPLE` records of the fit half in hash order; later rows are left out.
        seed: of the k-means seeding. The same sample and seed give the same features.
        cosine: scale vectors to unit length first, for cosine indexes, where norms carry no meaning.

    Raises:
        InputError: for fewer than `MIN_SAMPLE` records.
    """
    if len(sample) < MIN_SAMPLE:
        raise InputError(
            f"the fit half holds {len(sample)} records, a verdict needs at least {MIN_SAMPLE}: take a longer baseline"
        )
    sample = sample[:SAMPLE]
    x = unit_rows(sample) if cosine else sample.astype(np.float32)
    mean, components, scale, location_map = basis(x)
    z = np.asarray((x - mean) @ components, dtype=np.float32)
    if not has_variance(float(x.var(axis=0, dtype=np.float64).sum()), mean.astype(np.float64)):
        z[:] = 0  # equal up to rounding, which makes no topics
    generator = np.random.default_rng(seed)
    micro = kmeans(z, max(2, min(MICRO, len(z) // ROWS_PER_MICRO)), ITERATIONS, generator)
    topics = kmeans(z, max(2, min(TOPICS, len(z) // ROWS_PER_TOPIC)), ITERATIONS, generator)
    # In hash order the first records are a random sample.
    landmarks = z[: min(LANDMARKS, len(z) // 2)]
    return with_centres(sample, cosine, (mean, components, scale, location_map), micro, landmarks, topics)


def basis(x: Singles) -> tuple[Singles, Singles, Singles, Singles]:
    """(m, d) -> mean (d,), leading principal components (d, p), deviations along them (p,), ridge whitener (d, d).

    p: components for 95 % of the variance, at most `MAX_COMPONENTS` and m / `ROWS_PER_COMPONENT`, at least 1.
    """
    d = x.shape[1]
    mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = x - mean
    covariance = (centred.T @ centred).astype(np.float64) / (len(x) - 1)
    total = float(np.trace(covariance))
    most = max(1, min(MAX_COMPONENTS, len(x) // ROWS_PER_COMPONENT, d))
    values, vectors = eigh(covariance, subset_by_index=[d - most, d - 1])
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    enough = int(np.searchsorted(np.cumsum(values), VARIANCE_SHARE * total)) + 1
    p = max(1, min(most, enough))
    # A floor far below any real deviation: float32 rounding is no displacement.
    square = float(mean.astype(np.float64) @ mean) + total
    scale = np.sqrt(np.maximum(values[:p], ROUNDED_SHARE * square + 1e-30))
    components = np.ascontiguousarray(with_fixed_signs(vectors[:, :p]), dtype=np.float32)
    return mean, components, scale.astype(np.float32), ridge_whitener(covariance)


def ridge_whitener(covariance: Floats) -> Singles:
    """(k, k) covariance S -> (k, k) M with M Mᵀ = (S + r I)⁻¹, r = `RIDGE` x mean variance (ridge Hotelling: |v M|²).

    By Cholesky: any other root of the inverse differs by a rotation, which changes no length, at five times the cost.
    """
    k = len(covariance)
    ridge = RIDGE * float(np.trace(covariance)) / k + 1e-12
    lower = cholesky(covariance + ridge * np.eye(k), lower=True)
    return np.asarray(solve_triangular(lower, np.eye(k), lower=True).T, dtype=np.float32)


def with_centres(
    sample: NDArray[np.floating],
    cosine: bool,
    of_basis: tuple[Singles, Singles, Singles, Singles],
    micro: Singles,
    landmarks: Singles,
    topics: Singles,
) -> Features:
    """The features with given centres (in principal coordinates): clips, cuts and maps are fitted on the sample.

    The landmarks are the first records of the sample; the others give the usual distance to them.
    """
    mean, components, scale, location_map = of_basis
    x = (unit_rows(sample) if cosine else sample.astype(np.float32)) - mean
    z, squared = np.asarray(x @ components, dtype=np.float32), np.einsum("ij,ij->i", x, x)
    novelty = np.sqrt(nearest(z[len(landmarks) :], landmarks)[1])
    row = RowFeatures(
        cosine=cosine,
        mean=mean,
        components=components,
        scale=scale,
        micro=micro,
        landmarks=landmarks,
        topics=topics,
        norm_clip=float(np.quantile(np.sqrt(squared), 0.99)),
        residual_clip=max(
            LEAST_RESIDUAL * (float(mean.astype(np.float64) @ mean) + float(squared.mean(dtype=np.float64))),
            2 * float(np.quantile(squared - np.einsum("ij,ij->i", z, z), 0.999)),
        ),
        novel_cut=float(np.quantile(novelty, 1 - NOVEL_SHARE)),
    )
    own, _ = nearest(z, micro)
    displacement = row.rows(sample)[:, Layout(len(mean), len(micro), len(scale)).slices["displacement"]]
    shares = (np.bincount(own, minlength=len(micro)) + 1) / (len(z) + len(micro))
    spread = np.atleast_2d(np.cov(displacement.T.astype(np.float64)))
    return Features(row, location_map, (1 / np.sqrt(shares)).astype(np.float32), ridge_whitener(spread))
