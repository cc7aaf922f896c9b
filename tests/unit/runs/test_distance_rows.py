"""Rows of `distance_stats` from aggregates: unknown values are null, with a status that says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from driftwell.config import CoverageSettings
from driftwell.coverage.distances import Target
from driftwell.coverage.statistics import ALL_CLUSTERS, Statistics
from driftwell.coverage.usual import Usual
from driftwell.numeric.conformal import Outliers, UsualDistances
from driftwell.runs.distance_rows import statistics_rows

USUAL = np.array([1.0, 2.0, 3.0])
TARGET = Target(np.eye(3), Usual(UsualDistances(len(USUAL), USUAL, np.zeros(0)), None), 2.9)
MEASURED = ("mean", "std", "max", "median", "p90", "p95", "coverage")


def aggregate(n: int) -> dict[str, Any]:
    return {"n": n, "mean": 2.0, "std": 0.5, "max": 4.0, "coverage": 0.75, "quantiles": [1.5, 3.0, 3.5], "outliers": 2}


def rows(outliers: Outliers) -> dict[int, dict[str, Any]]:
    """Three clusters: one with prompts, one whose aggregate counts none, one without an aggregate."""
    found = {ALL_CLUSTERS: aggregate(8), 0: aggregate(8), 1: dict.fromkeys(aggregate(0)) | {"n": 0}}
    changes: dict[int, dict[str, Any]] = {cluster: {} for cluster in range(-1, 3)}
    made = statistics_rows(Statistics(outliers, found, exact=True), changes, TARGET, CoverageSettings())
    return {row["cluster"]: row for row in made}


@pytest.mark.parametrize(("status", "none"), [("ok", 0), ("too_few_calibration_records", None)])
def test_a_cluster_without_prompts_has_nulls_and_a_status(status: str, none: int | None) -> None:
    found = rows(Outliers(status, 0.01, 1))
    assert list(found) == [-1, 0, 1, 2]
    for cluster in (1, 2):
        assert (found[cluster]["n"], found[cluster]["status"], found[cluster]["outliers"]) == (0, "empty", none)
        assert {found[cluster].get(name) for name in MEASURED} == {None}


def test_a_cluster_with_prompts_has_its_statistics() -> None:
    found = rows(Outliers("ok", 0.01, 1))[0]
    assert [found[name] for name in MEASURED] == [2.0, 0.5, 4.0, 1.5, 3.0, 3.5, 0.75]
    assert (found["n"], found["status"], found["outliers"]) == (8, "ok", 2)
    assert (found["n_calibration"], found["covered_distance"], found["quantile_method"]) == (3, 2.9, "exact")


def test_outliers_that_cannot_be_found_are_not_counted() -> None:
    found = rows(Outliers("too_few_calibration_records", None, 9))[0]
    assert (found["outliers"], found["outlier_status"], found["fewest_outliers"]) == (
        None,
        "too_few_calibration_records",
        9,
    )
