"""Windows and settings at the edge: nulls with a status or a clear error, never a stack trace and never a silent 0."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from pyspark.sql import functions as F

from driftwell.config import ProfileSettings
from driftwell.errors import StorageError
from driftwell.numeric.clusters import silhouette_of
from driftwell.profile.artifacts import calibration_rows, load_baseline, save_baseline
from driftwell.profile.baseline_fit import fit_baseline
from driftwell.profile.snapshot_measures import take_snapshot
from driftwell.runs.compared import cluster_drift_rows, drift_rows
from driftwell.spark.progress import Progress
from tests import oracle
from tests.archives import cloud
from tests.spark.frames import frame_of

SETTINGS = ProfileSettings(k=4, kmeans_sample=300, refit_sample=50)


def fitted(spark, x, settings=SETTINGS):
    frame = frame_of(spark, x, 1).cache()
    n_fit = frame.where("is_fit").count()
    return fit_baseline(frame, n_fit, len(x) - n_fit, x.shape[1], settings, Progress())


@pytest.fixture(scope="module")
def made(spark):
    return fitted(spark, cloud(4, 8, 1).draw(200, 2))


def compared(spark, made, x):
    frame = frame_of(spark, x, 1, "s").withColumn("compared", F.lit(True)).cache()
    taken = take_snapshot(frame, len(x), made.baseline, cloud(4, 8, 1).draw(50, 3), SETTINGS, Progress())
    rows = drift_rows(made.baseline, taken, 1e-4, "ok")
    return taken, {row["metric"]: row for row in rows}, cluster_drift_rows(made.baseline, taken, "ok")


def test_two_records_are_measured_and_undefined_values_are_null(spark, made):
    x = cloud(4, 8, 1).draw(2, 7)
    taken, drift, clusters = compared(spark, made, x)
    assert taken.spectrum.status == "ok" and oracle.dims95(x) == 1
    _, distances = oracle.assignment(x, made.baseline.centroids)
    assert drift["inertia"]["snapshot_value"] == pytest.approx((distances**2).mean(), rel=1e-6)
    assert len(clusters) == 4
    for row in clusters:
        assert (row["status"] == "empty_in_snapshot") == (row["snapshot_proportion"] == 0)


def test_constant_vectors_have_no_variance_and_say_so(spark, made):
    x = np.repeat(cloud(4, 8, 1).draw(1, 7), 30, axis=0)
    taken, drift, _ = compared(spark, made, x)
    assert taken.spectrum.status == "zero_variance"
    assert taken.spectrum.explained_variance is None and taken.silhouette is None
    assert drift["refit_dims95"]["status"] == "undefined" and drift["refit_dims95"]["snapshot_value"] is None
    assert drift["total_variation"]["snapshot_value"] > 0.5


def test_fewer_records_than_dimensions_are_profiled_like_numpy_does(spark, made):
    x = cloud(4, 8, 1).draw(5, 9)
    taken, _, _ = compared(spark, made, x)
    assert taken.spectrum.explained_variance == pytest.approx(oracle.explained_variance(x), abs=1e-6)


def test_vectors_of_any_length_keep_their_lengths(spark):
    x = cloud(3, 6, 1).draw(120, 4) * np.random.default_rng(0).lognormal(0, 1, (120, 1)).astype("f4")
    made = fitted(spark, x)
    calibration = x[[not oracle.in_fit_half("d", f"r{i}") for i in range(len(x))]]
    _, distances = oracle.assignment(calibration, made.baseline.centroids)
    assert made.baseline.moments.inertia == pytest.approx((distances**2).mean(), rel=1e-6)
    assert made.baseline.moments.mean_norm == pytest.approx(np.linalg.norm(calibration, axis=1).mean(), rel=1e-6)


def test_one_cluster_has_an_inertia_and_no_silhouette(spark):
    x = cloud(2, 6, 1).draw(60, 4)
    made = fitted(spark, x, ProfileSettings(k=1))
    in_fit = np.array([oracle.in_fit_half("d", f"r{i}") for i in range(len(x))])
    assert made.baseline.centroids == pytest.approx(x[in_fit].mean(axis=0, keepdims=True), abs=1e-6)
    distances = np.linalg.norm(x[~in_fit] - x[in_fit].mean(axis=0), axis=1)
    assert made.baseline.moments.inertia == pytest.approx((distances**2).mean(), rel=1e-6)
    assert made.baseline.silhouette is None


def test_there_are_no_more_clusters_than_distinct_vectors(spark):
    x = np.tile(np.eye(3, dtype="f4"), (20, 1))
    made = fitted(spark, x, ProfileSettings(k=7))
    assert len(made.baseline.centroids) == 3
    assert made.baseline.moments.inertia == pytest.approx(0, abs=1e-9)


def test_equal_vectors_alone_make_a_baseline_of_one_cluster(spark, tmp_path):
    made = fitted(spark, np.ones((40, 5), dtype="f4"))
    assert made.baseline.spectrum.status == "zero_variance" and len(made.baseline.centroids) == 1
    save_baseline(made, str(tmp_path))
    loaded = load_baseline(spark, str(tmp_path))
    assert loaded.spectrum.explained_variance is None and loaded.silhouette is None


@pytest.mark.parametrize("sample", [0, 300])  # by MLlib, and in one task
def test_k_auto_chooses_the_number_of_clusters_with_the_best_silhouette(spark, sample):
    x = cloud(5, 10, 3).draw(300, 4)
    settings = ProfileSettings(k="auto", k_candidates=(2, 5, 9), kmeans_sample=sample)
    made = fitted(spark, x, settings)
    fit = x[[oracle.in_fit_half("d", f"r{i}") for i in range(len(x))]]
    each = [fitted(spark, x, ProfileSettings(k=k, kmeans_sample=sample)).baseline.centroids for k in (2, 5, 9)]
    scores = [oracle.silhouette(fit, oracle.assignment(fit, centroids)[0]) for centroids in each]
    assert np.array_equal(made.baseline.centroids, each[int(np.argmax(scores))])
    assert scores[1] == pytest.approx(silhouette_of(fit, each[1], fit.mean(axis=0)), rel=1e-6)


@pytest.mark.parametrize("lost", ["folder", "files", "part of a file"])
@pytest.mark.parametrize("name", ["arrays", "calibration_sample"])
def test_a_baseline_with_missing_or_damaged_files_is_reported_with_the_remedy(spark, made, tmp_path, name, lost):
    save_baseline(made, str(tmp_path))
    folder = tmp_path / name
    (part,) = folder.glob("part-*")
    if lost == "folder":
        shutil.rmtree(folder)
    elif lost == "files":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:200])
        next(folder.glob(".part-*")).unlink()
    with pytest.raises(StorageError, match="make a new baseline"):
        if name == "arrays":
            load_baseline(spark, str(tmp_path))
        else:
            calibration_rows(spark, str(tmp_path), 10)
