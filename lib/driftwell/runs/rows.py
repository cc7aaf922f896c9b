"""Rows of `profiles` and `clusters`, for baselines and snapshots alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.clusters import ClusterMoments
from driftwell.numeric.rounding import rounded, rounded_list
from driftwell.numeric.spectrum import Spectrum, dims_for_share
from driftwell.runs.quality import Quality
from driftwell.tables.datasets import Dataset
from driftwell.tables.row import Row


def profile_row(
    dataset: Dataset,
    spectrum: Spectrum,
    moments: ClusterMoments,
    silhouette: float | None,
    quality: Quality,
    measures: Sequence[str],
) -> Row:
    """The models' and measurements' results for a window; undefined numbers are None.

    Args:
        measures: metadata keys, in the order of the moments' measures.
    """
    explained = spectrum.explained_variance
    status = spectrum.status
    if status == "ok" and dataset.model is None:
        status = "model_unknown"
    return {
        "dataset": dataset.dataset,
        "dimension": len(spectrum.mean),
        "model": dataset.model,
        "dims95": None if explained is None else dims_for_share(explained),
        "explained_variance": None if explained is None else rounded_list(explained),
        "total_variance": rounded(spectrum.total_variance),
        "inertia": rounded(moments.inertia),
        "silhouette": rounded(silhouette),
        "k": len(moments.sizes),
        "mean_norm": rounded(moments.mean_norm),
        "duplicate_share": rounded(quality.duplicate_share),
        "metadata_means": _means(measures, moments.measure_means[-1]),
        "metadata_missing": {
            key: moments.n - int(known) for key, known in zip(measures, moments.measured.sum(axis=0), strict=True)
        },
        "status": status,
    }


def cluster_rows(
    dataset: str,
    centroids: NDArray[np.float64],
    moments: ClusterMoments,
    example_ids: list[list[str]],
    matched: NDArray[np.int64] | None,
    measures: Sequence[str],
) -> list[Row]:
    """One row per cluster of a profile.

    Args:
        measures: metadata keys, in the order of the moments' measures.
        matched: (k,) matched baseline clusters, -1 for none; None for a baseline.
    """
    return [
        {
            "dataset": dataset,
            "cluster": cluster,
            "size": int(moments.sizes[cluster]),
            "proportion": rounded(moments.proportions[cluster]),
            "inertia": rounded(moments.inertias[cluster]),
            "centroid": rounded_list(centroid),
            "matched_baseline_cluster": None if matched is None or matched[cluster] < 0 else int(matched[cluster]),
            "example_ids": example_ids[cluster],
            "metadata_means": _means(measures, moments.measure_means[cluster]),
            "status": "ok" if moments.sizes[cluster] else "empty",
        }
        for cluster, centroid in enumerate(centroids)
    ]


def _means(measures: Sequence[str], means: NDArray[np.float64]) -> dict[str, float | None]:
    return {key: rounded(float(mean)) for key, mean in zip(measures, means, strict=True)}
