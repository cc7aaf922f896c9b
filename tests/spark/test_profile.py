"""Profiles: independent of the partitioning, usable by plain pyspark, and right on real embeddings."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from pyspark.ml.clustering import KMeansModel
from pyspark.ml.feature import PCAModel
from pyspark.ml.functions import array_to_vector
from pyspark.sql import functions as F

from driftwell.config import ProfileSettings
from driftwell.numeric.matching import match
from driftwell.profile.artifacts import calibration_rows, load_baseline, save_baseline
from driftwell.profile.baseline_fit import fit_baseline
from driftwell.profile.snapshot_measures import take_snapshot
from driftwell.runs.compared import cluster_drift_rows, drift_rows
from driftwell.spark.arrow import set_arrow_batch
from driftwell.spark.progress import Progress
from tests import oracle
from tests.archives import cloud
from tests.real import real_embeddings
from tests.spark.frames import frame_of

SETTINGS = ProfileSettings(k=5, kmeans_sample=400, refit_sample=200)
NO_RECORDS = np.zeros((0, 0), np.float32)


def fitted(spark, x, partitions, settings=SETTINGS):
    frame = frame_of(spark, x, partitions).cache()
    n_fit = frame.where("is_fit").count()
    return fit_baseline(frame, n_fit, len(x) - n_fit, x.shape[1], settings, Progress())


def snapshot(spark, x, baseline, partitions, settings=SETTINGS, calibration=NO_RECORDS):
    frame = frame_of(spark, x, partitions, "s").withColumn("compared", F.lit(True)).cache()
    return frame, take_snapshot(frame, len(x), baseline, calibration, settings, Progress())


def fit_rows(x):
    return np.array([oracle.in_fit_half("d", f"r{i}") for i in range(len(x))])


@pytest.fixture(scope="module")
def x():
    return cloud(5, 20, 4).draw(900, 5)


@pytest.fixture(scope="module")
def later():
    return cloud(5, 20, 4).draw(300, 6, [0.1, 0.2, 0.3, 0.2, 0.2])


@pytest.fixture(scope="module")
def one_partition(spark, x, later):
    made = fitted(spark, x, 1)
    _, taken = snapshot(spark, later, made.baseline, 1)
    return made, taken


@pytest.mark.parametrize("partitions", [3, 8])
def test_results_do_not_depend_on_the_partitioning(spark, x, later, one_partition, partitions):
    first, taken = one_partition
    other = fitted(spark, x, partitions)
    assert other.baseline.centroids == pytest.approx(first.baseline.centroids, rel=1e-6, abs=1e-9)
    assert other.baseline.moments.sizes.tolist() == first.baseline.moments.sizes.tolist()
    assert other.baseline.moments.inertia == pytest.approx(first.baseline.moments.inertia, rel=1e-9)
    assert other.baseline.silhouette == pytest.approx(first.baseline.silhouette, rel=1e-9)
    assert other.examples == first.examples
    _, again = snapshot(spark, later, other.baseline, partitions)
    assert again.moments.sizes.tolist() == taken.moments.sizes.tolist()
    assert again.silhouette == pytest.approx(taken.silhouette, rel=1e-9)
    assert again.under_baseline.inertia == pytest.approx(taken.under_baseline.inertia, rel=1e-9)


def test_saved_models_chain_in_plain_pyspark_and_give_our_clusters(spark, x, one_partition, tmp_path):
    made, _ = one_partition
    save_baseline(made, str(tmp_path))
    vectors = frame_of(spark, x, 2).withColumn("features", array_to_vector(F.col("embedding").cast("array<double>")))
    projected = PCAModel.load(str(tmp_path / "pca")).transform(vectors)
    assigned = KMeansModel.load(str(tmp_path / "kmeans")).transform(projected).select("record_id", "cluster").toPandas()
    theirs = assigned.set_index("record_id")["cluster"].loc[[f"r{i}" for i in range(len(x))]].tolist()
    ours, _ = oracle.assignment(x, made.baseline.centroids)
    assert theirs == ours.tolist()


def test_a_saved_baseline_loads_as_it_was(spark, x, one_partition, tmp_path):
    made, _ = one_partition
    save_baseline(made, str(tmp_path))
    loaded = load_baseline(spark, str(tmp_path))
    assert np.array_equal(loaded.centroids, made.baseline.centroids)
    assert np.array_equal(loaded.spectrum.components, made.baseline.spectrum.components)
    assert loaded.moments.sizes.tolist() == made.baseline.moments.sizes.tolist()
    assert loaded.silhouette == made.baseline.silhouette
    kept = calibration_rows(spark, str(tmp_path), 50)
    calibration = {row.tobytes() for row in x[~fit_rows(x)]}
    assert len(kept) == 50 and {row.tobytes() for row in kept} <= calibration


def test_components_have_fixed_signs_and_the_saved_model_agrees(one_partition):
    components = one_partition[0].baseline.spectrum.components
    largest = np.abs(components).argmax(axis=0)
    assert (components[largest, np.arange(components.shape[1])] > 0).all()


def test_an_unchanged_topic_mix_gives_a_small_drift_and_a_changed_one_a_large_one(spark, x, later, one_partition):
    made, taken = one_partition
    rows = {row["cluster"]: row for row in cluster_drift_rows(made.baseline, taken, "ok")}
    before, _ = oracle.assignment(x[~fit_rows(x)], made.baseline.centroids)
    after, _ = oracle.assignment(later, made.baseline.centroids)
    for cluster, row in rows.items():
        assert row["change"] == pytest.approx((after == cluster).mean() - (before == cluster).mean(), abs=1e-8)
        assert row["centroid_shift"] < 0.2 and row["centroid_cosine"] > 0.99


def test_a_window_of_one_record_gives_nulls_with_a_status_not_zeros(spark, later, one_partition, tmp_path):
    made, _ = one_partition
    save_baseline(made, str(tmp_path))
    calibration = calibration_rows(spark, str(tmp_path), SETTINGS.refit_sample)
    _, taken = snapshot(spark, later[:1], made.baseline, 2, calibration=calibration)
    assert taken.spectrum.status == "too_few_records"
    assert taken.spectrum.explained_variance is None and taken.silhouette is None
    drift = {row["metric"]: row for row in drift_rows(made.baseline, taken, 1e-4, "ok")}
    assert drift["refit_inertia"]["snapshot_value"] is None and drift["refit_inertia"]["status"] == "undefined"
    assert drift["inertia"]["status"] == "ok"


@pytest.fixture(scope="module")
def real(spark):
    queries = real_embeddings("banking77_queries")
    set_arrow_batch(spark, queries.shape[1])
    return queries[np.random.default_rng(0).permutation(len(queries))]


def test_real_baseline_equals_numpy_and_scikit_learn(spark, real):
    x = real[:3000]
    made = fitted(spark, x, 3, ProfileSettings(kmeans_sample=1_000))
    fit, calibration = x[fit_rows(x)], x[~fit_rows(x)]
    assert made.baseline.spectrum.explained_variance == pytest.approx(oracle.explained_variance(fit), abs=1e-9)
    assert made.baseline.spectrum.components.shape[1] == oracle.dims95(fit)
    labels, distances = oracle.assignment(calibration, made.baseline.centroids)
    assert made.baseline.moments.inertia == pytest.approx((distances**2).mean(), rel=1e-6)
    assert made.baseline.silhouette == pytest.approx(oracle.silhouette(calibration, labels), rel=1e-6)
    assert made.baseline.moments.sizes.tolist() == np.bincount(labels, minlength=10).tolist()


def test_clusters_are_as_tight_as_those_of_mllib(spark, real):
    chosen = {solver: ProfileSettings(solver=solver, kmeans_sample=1_400) for solver in ("auto", "mllib")}
    inertia = {name: fitted(spark, real[:3000], 2, of).baseline.moments.inertia for name, of in chosen.items()}
    assert inertia["auto"] <= inertia["mllib"] * 1.01


def test_two_baselines_of_random_halves_agree_on_other_records_once_matched_but_not_by_number(spark, real):
    settings = ProfileSettings(k=4, kmeans_sample=2_000)
    one, other = (fitted(spark, part, 2, settings).baseline.centroids for part in (real[:5000], real[5000:10_000]))
    matched = match(other, one)
    assert matched.tolist() == list(
        min(permutations(range(4)), key=lambda order: ((other - one[list(order)]) ** 2).sum())
    )
    by_one, by_other = (oracle.assignment(real[10_000:], centroids)[0] for centroids in (one, other))
    assert (matched[by_other] == by_one).mean() > 0.75
    assert (by_other == by_one).mean() < 0.6


def test_the_calibration_half_has_the_inertia_of_unseen_data_and_not_that_of_the_fit_half(spark, real):
    x = real[:3000]
    made = fitted(spark, x, 2, ProfileSettings(k=60, kmeans_sample=1_000))  # so many centroids fit their sample closely
    fit, unseen = (oracle.assignment(part, made.baseline.centroids)[1] ** 2 for part in (x[fit_rows(x)], real[3000:]))
    found = made.baseline.moments.inertia
    error = unseen.std() * np.sqrt(1 / made.baseline.moments.n + 1 / len(unseen))
    assert abs(found - unseen.mean()) < 3 * error
    assert found - fit.mean() > 6 * error
