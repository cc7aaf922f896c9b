"""Verdicts on Spark: equal to the numpy path on the same records, and stored with what they are based on."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from pyspark.sql import functions as F
from scipy import stats

from driftwell.numeric.verdict.budget import alpha_of
from driftwell.numeric.verdict.calibration import calibrate
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.judgement import judge
from driftwell.numeric.verdict.plan import planned
from driftwell.numeric.verdict.share_history import share_history
from driftwell.numeric.verdict.shares import compare_shares
from driftwell.times import micros
from tests import oracle
from tests.archives import cloud, records
from tests.deployment import MIDDLE, START, command

SEED = 42


@pytest.fixture(scope="module")
def rows(deployment):
    """Prompts in hash order: ids, vectors, event times in microseconds."""
    ordered = deployment.only("embeddings", dataset="prompts").orderBy(F.xxhash64(F.lit(SEED), "record_id"))
    frame = ordered.select("record_id", F.unix_micros("event_time").alias("time"), "embedding").toPandas()
    x = np.stack([np.asarray(v, dtype=np.float32) for v in frame["embedding"]])
    return frame["record_id"].tolist(), x, frame["time"].to_numpy()


@pytest.fixture(scope="module")
def by_numpy(rows):
    """Features, state and later records, from arrays alone."""
    _, x, time = rows
    early = time < micros(MIDDLE)
    fit = np.array([oracle.in_fit_half("prompts", key) for key in oracle.half_hours(time)])
    features = fit_features(x[early & fit], SEED)
    half = early & ~fit
    day, hour = time // 86_400_000_000, time // 3_600_000_000 % 24
    state = calibrate(features, x[half], day[half], hour[half], time[half], SEED)
    return features, state, x[~early], day[~early], (x[half], day[half], hour[half], time[half])


@pytest.fixture(scope="module")
def verdict(deployment):
    (row,) = (
        deployment.only("verdicts", dataset="prompts")
        .join(deployment.only("runs", job="snapshot").select("run_id"), "run_id", "left_semi")
        .collect()
    )
    return row


def test_the_verdict_is_that_of_the_numpy_path(by_numpy, verdict):
    features, state, later, day, _ = by_numpy
    alpha = alpha_of(1.0, 365.25)
    found = judge(state, features, len(later), features.sums(later)["sums"], days=len(set(day)), alpha=alpha)
    assert (verdict["verdict"], verdict["main_cause"]) == (found.verdict, found.main_cause)
    assert verdict["p_value"] == pytest.approx(found.p_value, rel=1e-6)
    assert verdict["adjusted_p"] == {g.group: pytest.approx(g.p_value, rel=1e-6) for g in found.groups}
    assert verdict["null_used"] == {g.group: g.null for g in found.groups}
    assert verdict["excess_share"] == pytest.approx(found.excess, rel=1e-6, abs=1e-9)
    assert (verdict["n"], verdict["days"], verdict["baseline_days"]) == (240, 2, 4)
    assert verdict["alpha"] == pytest.approx(alpha)


def test_another_mix_of_the_same_topics_is_drift_of_the_mix_shown_by_records_of_topics_that_grew(rows, verdict):
    """The archive's four topics were equally frequent; later 40, 30, 20 and 10 % of the prompts are about them."""
    assert (verdict["verdict"], verdict["status"]) == ("DRIFT", "ok")
    assert sorted(verdict["causes"]) == ["location", "mixture"] and verdict["explanation"].startswith("Drift: ")
    ids, x, _ = rows
    topics, _ = oracle.assignment(x, cloud(4, 12).centres)
    of_examples = [topics[ids.index(record_id)] for record_id in verdict["example_ids"]]
    assert len(of_examples) == 10 and set(of_examples) <= {0, 1}


def test_feature_groups_are_rows_of_drift(deployment, by_numpy, verdict):
    features, state, later, day, _ = by_numpy
    found = judge(state, features, len(later), features.sums(later)["sums"], days=len(set(day)))
    rows = {row["metric"]: row for row in deployment.only("drift", run_id=verdict["run_id"]).collect()}
    for group in found.groups:
        assert rows[group.group]["p_value"] == pytest.approx(group.p_raw, rel=1e-6)
        assert rows[group.group]["effect"] == pytest.approx(group.effect, rel=1e-6)


def test_clusters_have_p_values_under_day_to_day_variation(deployment, by_numpy, verdict):
    _, _, later, day, (x, *when) = by_numpy
    profile = deployment.only("profiles", dataset="prompts", kind="BASELINE").first()
    rows = deployment.only("clusters", run_id=profile["run_id"]).orderBy("cluster").collect()
    centroids = np.array([row["centroid"] for row in rows])
    units = planned(when[0], when[2])
    history = share_history(units, units.sums(np.eye(10)[oracle.assignment(x, centroids)[0]], *when), 10)
    sizes = np.bincount(oracle.assignment(later, centroids)[0], minlength=10)
    wanted = compare_shares(history, len(later), sizes, days=len(set(day)))
    moved = deployment.only("cluster_drift", run_id=verdict["run_id"]).orderBy("cluster").collect()
    assert [row["p_value"] for row in moved] == pytest.approx(wanted.p_values.tolist(), rel=1e-6)
    assert sum(row["contribution"] for row in moved) == pytest.approx(1, rel=1e-6)


def test_daily_sums_are_stored_and_a_week_gets_its_verdict_from_them(spark, deployment, by_numpy, verdict, capsys):
    features, _, later, day, _ = by_numpy
    stored = deployment.only("daily_sums", run_id=verdict["run_id"]).orderBy("event_date").collect()
    assert [row["n"] for row in stored] == [(day == d).sum() for d in sorted(set(day))]
    width = features.layout.width
    for row, d in zip(stored, sorted(set(day)), strict=True):
        assert row["sums"][:width] == pytest.approx(
            features.sums(later[day == d])["sums"][0].tolist(), rel=1e-5, abs=1e-4
        )
    arguments = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--period", "week"]
    assert command(spark, deployment, *arguments) == 0
    assert "2 days of prompts" in capsys.readouterr().out
    run = deployment.only("runs", job="period").first()
    assert run["message"] == "2 of 7 days have sums"
    week = deployment.only("verdicts", run_id=run["run_id"]).first()
    assert week["p_value"] == pytest.approx(verdict["p_value"], rel=1e-6)
    assert week["verdict"] == "DRIFT"
    assert command(spark, deployment, *arguments, "--fail_on_drift") == 3


def test_coverage_has_a_verdict_for_all_prompts_and_each_cluster(deployment, rows):
    _, x, time = rows
    reference = deployment.only("profiles", profile_id="reference-v1").first()
    clusters = deployment.only("clusters", run_id=reference["run_id"]).orderBy("cluster").collect()
    labels, distances = oracle.assignment(x, np.array([row["centroid"] for row in clusters]))
    early = time < micros(MIDDLE)
    beyond = distances > np.quantile(distances[early], 0.95)
    found = {row["cluster"]: row for row in deployment.only("distance_stats", reference_kind="baseline").collect()}
    for cluster in range(-1, len(clusters)):
        outside = beyond & ((labels == cluster) | (cluster == -1))
        before, after = outside[early].mean(), outside[~early].mean()
        assert found[cluster]["outside_share"] == pytest.approx(after, abs=1e-8)
        assert found[cluster]["outside_change"] == pytest.approx(after - before, abs=1e-8)
        # Every topic is as distant from the reference as before.
        assert (found[cluster]["outside_verdict"], found[cluster]["outside_status"]) == ("NO_DRIFT", "ok")
    # Days may differ: no p-value is smaller than if all prompts were independent.
    hits, n = [int(beyond[side].sum()) for side in (~early, early)], [240, 480]
    whole = found[-1]
    assert whole["p_value"] >= stats.fisher_exact([hits, np.subtract(n, hits)]).pvalue
    share = (np.array(hits) + 1) / (np.array(n) + 2)
    width = stats.norm.isf(0.025) * np.sqrt((share * (1 - share) / (np.array(n) + 2)).sum())  # Agresti and Caffo's
    assert whole["outside_change_low"] <= max(share[0] - share[1] - width, -0.05)
    assert whole["outside_change_high"] >= share[0] - share[1] + width


def test_a_changed_state_is_counted_and_not_tested(spark, deployment):
    documents = records(cloud(4, 12).draw(300, 3), START, 0.5, "doc")
    later = [
        *({"id": f"doc{i}", "deleted": True, "timestamp": "2026-03-10T00:00:00Z"} for i in range(20)),
        *({**documents[i], "embedding": documents[i + 1]["embedding"], "timestamp": "2026-03-10T00:00:00Z"}
          for i in range(20, 30)),
        *({**documents[i], "id": f"new{i}", "timestamp": "2026-03-10T00:00:00Z"} for i in range(30, 70)),
        # Dated before the baseline's state, which cannot have known of them.
        *({**documents[i], "id": f"late{i}", "timestamp": "2026-03-01T00:00:00Z"} for i in range(10)),
        *({"id": f"doc{i}", "deleted": True, "timestamp": "2026-03-04T12:00:00Z"} for i in range(90, 95)),
    ]  # fmt: skip
    folder = deployment.reference / "2026/03/10/00"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "later.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, later)).encode()))
    snapshot = ["drift", "--job_type", "SNAPSHOT", "--dataset", "reference", "--data_path", str(deployment.reference)]
    assert command(spark, deployment, *snapshot, "--window_end", "2026-03-11") == 0
    (row,) = deployment.only("verdicts", dataset="reference").collect()
    assert (row["verdict"], row["status"], row["n"], row["p_value"]) == ("DRIFT", "census", 325, None)
    assert row["effect"] == pytest.approx(85 / 350) and row["causes"] == ["added", "removed", "changed"]
    shares = {r["metric"]: r["snapshot_value"] for r in deployment.only("drift", run_id=row["run_id"]).collect()}
    found = [shares[name] for name in ("added_share", "removed_share", "changed_share")]
    assert found == pytest.approx([50 / 300, 25 / 300, 10 / 300], rel=1e-8)
    assert "50 records were added, 25 removed and 10 changed" in row["explanation"]
