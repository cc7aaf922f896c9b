"""The whole flow on a small deployment: the tables against numpy, scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import functions as F
from scipy.spatial.distance import jensenshannon

from driftwell.times import micros
from tests import oracle
from tests.deployment import END, MIDDLE, START

SEED = 42
"""`profile.seed`: decides which records a bounded sample takes."""

NEAR = {"rel": 1e-6, "abs": 1e-9}
"""Stored numbers have nine significant digits, stored centroids are float32."""


def centroids_of(deployment, run_id):
    rows = deployment.only("clusters", run_id=run_id).orderBy("cluster").collect()
    return np.array([row["centroid"] for row in rows]), rows


def one(deployment, table, **values):
    (row,) = deployment.only(table, **values).collect()
    return row


@pytest.fixture(scope="module")
def prompts(deployment):
    return deployment.vectors("prompts")


@pytest.fixture(scope="module")
def halves(prompts):
    """Baseline prompts: rows of the fit half and of the calibration half."""
    _, times, x = prompts
    early = times < micros(MIDDLE)
    fit = np.array([oracle.in_fit_half("prompts", key) for key in oracle.half_hours(times)])
    return x[early & fit], x[early & ~fit]


@pytest.fixture(scope="module")
def later(prompts):
    """Prompts of the snapshot's window, with their ids."""
    ids, times, x = prompts
    late = times >= micros(MIDDLE)
    return [record_id for record_id, chosen in zip(ids, late, strict=True) if chosen], x[late]


def test_every_record_of_every_object_is_counted(deployment):
    for dataset, records in (("prompts", 720), ("reference", 300)):
        rows = deployment.only("objects", dataset=dataset).collect()
        assert {row["status"] for row in rows} == {"done"}
        assert sum(row["records_in"] for row in rows) == records
        assert all(
            row["records_in"] == row["records_good"] + row["records_quarantined"] + row["records_duplicate"]
            for row in rows
        )
        assert deployment.only("embeddings", dataset=dataset).count() == records


def test_baseline_spectrum_is_that_of_its_fit_half(deployment, halves):
    fit, calibration = halves
    profile = one(deployment, "profiles", dataset="prompts", kind="BASELINE")
    assert (profile["n"], profile["n_fit"], profile["n_calibration"]) == (480, len(fit), len(calibration))
    assert profile["dims95"] == oracle.dims95(fit)
    assert profile["explained_variance"] == pytest.approx(oracle.explained_variance(fit), abs=1e-6)
    assert profile["total_variance"] == pytest.approx(fit.astype(float).var(axis=0, ddof=1).sum(), **NEAR)


def test_baseline_measures_are_those_of_its_calibration_half(deployment, halves):
    _, calibration = halves
    profile = one(deployment, "profiles", dataset="prompts", kind="BASELINE")
    centroids, clusters = centroids_of(deployment, profile["run_id"])
    labels, distances = oracle.assignment(calibration, centroids)
    assert profile["inertia"] == pytest.approx((distances**2).mean(), **NEAR)
    assert profile["silhouette"] == pytest.approx(oracle.silhouette(calibration, labels), **NEAR)
    assert profile["mean_norm"] == pytest.approx(np.linalg.norm(calibration, axis=1).mean(), **NEAR)
    assert [row["size"] for row in clusters] == np.bincount(labels, minlength=len(centroids)).tolist()


def test_snapshot_profile_is_refitted_on_all_its_records(deployment, later):
    _, x = later
    profile = one(deployment, "profiles", dataset="prompts", kind="SNAPSHOT")
    centroids, clusters = centroids_of(deployment, profile["run_id"])
    labels, distances = oracle.assignment(x, centroids)
    assert profile["n"] == profile["n_fit"] == len(x)
    assert profile["dims95"] == oracle.dims95(x)
    assert profile["explained_variance"] == pytest.approx(oracle.explained_variance(x), abs=1e-6)
    assert profile["inertia"] == pytest.approx((distances**2).mean(), **NEAR)
    assert profile["silhouette"] == pytest.approx(oracle.silhouette(x, labels), **NEAR)
    assert [row["proportion"] for row in clusters] == pytest.approx(
        np.bincount(labels, minlength=len(centroids)) / len(x), **NEAR
    )


def test_metadata_is_averaged_per_window_and_per_cluster_and_missing_values_are_counted(deployment, later):
    ids, x = later
    similarity = {
        row["record_id"]: row["similarity"]
        for row in deployment.only("embeddings", dataset="prompts")
        .selectExpr("record_id", "try_cast(metadata['similarity'] AS DOUBLE) AS similarity")
        .collect()
    }
    known = np.array([np.nan if similarity[i] is None else similarity[i] for i in ids])
    assert np.isnan(known).sum() > 40
    profile = one(deployment, "profiles", dataset="prompts", kind="SNAPSHOT")
    assert profile["metadata_means"] == {"similarity": pytest.approx(np.nanmean(known), rel=1e-8), "absent": None}
    assert profile["metadata_missing"] == {"similarity": np.isnan(known).sum(), "absent": len(ids)}
    centroids, clusters = centroids_of(deployment, profile["run_id"])
    labels, _ = oracle.assignment(x, centroids)
    means = [np.nanmean(known[labels == cluster]) for cluster in range(len(centroids))]
    assert [row["metadata_means"]["similarity"] for row in clusters] == pytest.approx(means, rel=1e-8)


def test_duplicate_contents_are_counted_and_not_dropped(deployment):
    profile = one(deployment, "profiles", dataset="prompts", kind="SNAPSHOT")
    # Three records with one text, two with one vector: three of 240 are duplicates.
    assert (profile["n"], profile["duplicate_share"]) == (240, pytest.approx(3 / 240, rel=1e-8))


def test_drift_is_measured_with_the_baselines_models_on_unseen_records_of_both_sides(deployment, halves, later):
    _, calibration = halves
    _, x = later
    baseline = one(deployment, "profiles", dataset="prompts", kind="BASELINE")
    centroids, _ = centroids_of(deployment, baseline["run_id"])
    (labels_before, before), (labels_after, after) = (oracle.assignment(side, centroids) for side in (calibration, x))
    p, q = (np.bincount(labels, minlength=len(centroids)) / len(labels) for labels in (labels_before, labels_after))
    drift = {row["metric"]: row for row in deployment.only("drift", dataset="prompts").collect()}
    inertia = drift["inertia"]
    assert (inertia["baseline_value"], inertia["snapshot_value"]) == pytest.approx(
        ((before**2).mean(), (after**2).mean()), **NEAR
    )
    assert drift["total_variation"]["snapshot_value"] == pytest.approx(np.abs(p - q).sum() / 2, **NEAR)
    assert drift["jensen_shannon"]["snapshot_value"] == pytest.approx(jensenshannon(p, q, base=2), **NEAR)
    raised = [np.maximum(side, 1e-4) / np.maximum(side, 1e-4).sum() for side in (p, q)]
    psi = np.sum((raised[1] - raised[0]) * np.log(raised[1] / raised[0]))
    assert drift["psi"]["snapshot_value"] == pytest.approx(psi, **NEAR)
    shift = np.linalg.norm(calibration.astype(float).mean(axis=0) - x.astype(float).mean(axis=0))
    assert drift["mean_shift"]["snapshot_value"] == pytest.approx(shift, **NEAR)
    assert set(drift) == {
        "inertia", "refit_dims95", "refit_inertia", "refit_silhouette",
        "mean_shift", "total_variation", "jensen_shannon", "psi",
        "location", "mixture", "novelty", "displacement", "residual",
    }  # fmt: skip
    moved = deployment.only("cluster_drift", dataset="prompts").orderBy("cluster").collect()
    assert [row["change"] for row in moved] == pytest.approx(q - p, rel=1e-5, abs=1e-6)
    assert sum(row["contribution"] for row in moved) == pytest.approx(1, abs=1e-5)


def test_refits_are_those_of_scikit_learn_on_equally_many_first_records_by_hash(deployment, halves, later):
    _, calibration = halves
    ids, x = later
    by_hash = deployment.only("embeddings", dataset="prompts").orderBy(F.xxhash64(F.lit(SEED), "record_id"))
    order = [ids.index(row["record_id"]) for row in by_hash.select("record_id").collect() if row["record_id"] in ids]
    baseline = one(deployment, "profiles", dataset="prompts", kind="BASELINE")
    initial, _ = centroids_of(deployment, baseline["run_id"])
    assert len(calibration) < len(x)  # some records of the window are left out
    sides = [oracle.refit(sample, initial) for sample in (calibration, x[order[: len(calibration)]])]
    drift = {row["metric"]: row for row in deployment.only("drift", dataset="prompts").collect()}
    for metric, *wanted in zip(("refit_dims95", "refit_inertia", "refit_silhouette"), *sides, strict=True):
        assert (drift[metric]["baseline_value"], drift[metric]["snapshot_value"]) == pytest.approx(wanted, **NEAR), (
            metric
        )


def test_distances_quantiles_outliers_and_coverage_follow_their_definitions(deployment, prompts, later):
    _, times, everything = prompts
    ids, x = later
    reference = one(deployment, "profiles", profile_id="reference-v1")
    centroids, _ = centroids_of(deployment, reference["run_id"])
    labels, distances = oracle.assignment(x, centroids)
    _, usual = oracle.assignment(everything[times < micros(MIDDLE)], centroids)
    p = oracle.conformal_p(usual, distances)
    stored = deployment.only("prompt_distances").orderBy("record_id").toPandas().set_index("record_id").loc[ids]
    assert stored["distance"].to_numpy() == pytest.approx(distances, **NEAR)
    assert stored["p_value"].to_numpy() == pytest.approx(p, **NEAR)
    assert stored["cluster"].tolist() == labels.tolist()
    assert stored["is_covered"].tolist() == (distances <= np.quantile(usual, 0.95)).tolist()
    overall = one(deployment, "distance_stats", cluster=-1, reference_kind="baseline")
    assert overall["calibration_used"] == "prompts_baseline"
    assert [overall[name] for name in ("median", "p90", "p95")] == pytest.approx(
        np.quantile(distances, [0.5, 0.9, 0.95]), **NEAR
    )
    assert (overall["mean"], overall["std"]) == pytest.approx((distances.mean(), distances.std(ddof=1)), **NEAR)
    assert overall["coverage"] == pytest.approx((distances <= np.quantile(usual, 0.95)).mean(), **NEAR)
    assert (overall["covered_quantile"], overall["covered_distance"]) == (
        0.95,
        pytest.approx(np.quantile(usual, 0.95), **NEAR),
    )
    assert (overall["days"], overall["pooled_days"], overall["outside_status"]) == (2, 2.0, "ok")
    per_cluster = deployment.only("distance_stats", reference_kind="baseline").where("cluster >= 0").collect()
    assert {row["cluster"]: row["n"] for row in per_cluster} == {
        cluster: int((labels == cluster).sum()) for cluster in range(len(centroids))
    }


def test_outliers_that_so_few_usual_distances_cannot_show_are_null(deployment, prompts, later):
    stored = deployment.only("prompt_distances").toPandas()
    assert not oracle.benjamini_hochberg(stored["p_value"].to_numpy(), 0.05).any() and stored["is_outlier"].isna().all()
    for row in deployment.only("distance_stats").collect():
        assert (row["n_calibration"], row["fewest_outliers"], row["outliers"]) == (480, 10, None)
        assert row["outlier_status"] == "too_few_calibration_records"


def test_each_prompt_and_text_refers_to_one_record(deployment, later):
    records = deployment.only("embeddings", dataset="prompts").select("object_key", "position", "record_id")
    for table, n in (("prompt_distances", len(later[0])), ("texts", 720)):
        rows = deployment.tables.read(table).where("record_id NOT LIKE 'doc%'")
        assert rows.join(records, ["object_key", "position", "record_id"]).count() == rows.count() == n


def test_windows_are_stored_in_utc_whatever_the_zone_of_the_machine(deployment):
    row = (
        deployment.only("runs", job="baseline", dataset="prompts")
        .select(F.unix_micros("window_start").alias("start"), F.unix_micros("window_end").alias("end"))
        .first()
    )
    assert (row["start"], row["end"]) == (micros(START), micros(MIDDLE))
    snapshot = deployment.only("runs", job="snapshot").select(F.unix_micros("window_end").alias("end")).first()
    assert snapshot["end"] == micros(END)


def test_a_run_records_its_stage_times_and_versions(deployment):
    row = one(deployment, "runs", job="snapshot")
    assert row["status"] == "done" and row["records_in"] == 240
    assert {"read window", "check window, read baseline", "clusters", "measures", "verdict"} <= set(
        row["seconds_by_stage"]
    )
    assert set(row["versions"]) == {"driftwell", "spark", "python", "numpy"}


# Spark jobs of a command on both lines, with a few to spare: adaptive execution makes some more or less.
MOST_JOBS = {
    "ingest --dataset prompts --data_path": 75,  # the first, which also records that it has listed everything
    "drift --job_type BASELINE --dataset prompts": 100,
    "drift --job_type SNAPSHOT --dataset prompts": 70,
    "distance --window_start": 75,
}

# Reads of the vectors, the passes of docs/design.md; cached data are not read again.
PASSES = {
    "ingest --dataset prompts --data_path": 0,
    "drift --job_type BASELINE --dataset reference": 5,
    "drift --job_type BASELINE --dataset prompts": 6,
    "drift --job_type SNAPSHOT --dataset prompts": 4,
    "distance --window_start": 2,
}

# Commits to each table, for the two ingests, two baselines, the snapshot and the comparison of distances.
COMMITS = {
    "datasets": 6, "objects": 4, "embeddings": 2, "texts": 2, "quarantine": 1, "profiles": 3, "clusters": 3, "drift": 1,
    "cluster_drift": 1, "verdicts": 1, "daily_sums": 1, "distance_stats": 1, "prompt_distances": 1, "runs": 6,
}  # fmt: skip


def of_command(counted: dict[str, int], words: str) -> int:
    (found,) = (count for command, count in counted.items() if command.startswith(words))
    return found


def test_commands_take_no_more_jobs_passes_and_commits_than_expected(deployment):
    for words, most in MOST_JOBS.items():
        assert 0 < of_command(deployment.jobs, words) <= most, words
    for words, passes in PASSES.items():
        assert of_command(deployment.passes, words) == passes, words
    assert deployment.commits == COMMITS
