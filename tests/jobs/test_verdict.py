"""Verdicts on Spark: those of the numpy path on the same records, stored with what they rest on."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from pyspark.sql import functions as F

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
    """Prompts in the order of the samples' hash: vectors, microseconds of their events."""
    ordered = deployment.only("embeddings", dataset="prompts").orderBy(F.xxhash64(F.lit(SEED), "record_id"))
    frame = ordered.select(F.unix_micros("event_time").alias("time"), "embedding").toPandas()
    return np.stack([np.asarray(v, dtype=np.float32) for v in frame["embedding"]]), frame["time"].to_numpy()


@pytest.fixture(scope="module")
def by_numpy(rows):
    """Features, state and later records, from arrays alone."""
    x, time = rows
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
    assert verdict["explanation"] and len(verdict["example_ids"]) > 5


def test_feature_groups_are_rows_of_drift(deployment, by_numpy, verdict):
    features, state, later, day, _ = by_numpy
    found = judge(state, features, len(later), features.sums(later)["sums"], days=len(set(day)))
    rows = {row["metric"]: row for row in deployment.only("drift", run_id=verdict["run_id"]).collect()}
    for group in found.groups:
        assert rows[group.group]["p_value"] == pytest.approx(group.p_raw, rel=1e-6)
        assert rows[group.group]["effect"] == pytest.approx(group.effect, rel=1e-6)


def test_clusters_have_p_values_under_the_variation_of_days(deployment, by_numpy, verdict):
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


def test_sums_of_days_are_stored_and_a_week_is_judged_from_them(spark, deployment, by_numpy, verdict, capsys):
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
    expected = 3 if verdict["verdict"] == "DRIFT" else 0
    assert command(spark, deployment, *arguments, "--fail_on_drift") == expected


def test_coverage_is_judged_for_all_prompts_and_each_cluster(deployment):
    rows = deployment.only("distance_stats").where("reference_kind = 'baseline'").collect()
    whole = next(row for row in rows if row["cluster"] == -1)
    assert whole["outside_share"] == pytest.approx(1 - whole["coverage"], abs=1e-9)
    assert whole["outside_change_low"] <= whole["outside_change"] <= whole["outside_change_high"]
    assert whole["outside_verdict"] in ("DRIFT", "NO_DRIFT") and 0 < whole["p_value"] <= 1
    parts = [row for row in rows if row["cluster"] >= 0]
    assert sum(row["outside_share"] for row in parts) == pytest.approx(whole["outside_share"], abs=1e-8)
    assert whole["outside_share"] - whole["outside_change"] == pytest.approx(0.05, abs=0.005)


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
