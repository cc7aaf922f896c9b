"""The public interface inside an existing session: the runs of the commands, and nothing left behind."""

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import driftwell
from tests.archives import cloud, records, write_objects
from tests.deployment import START

OWN = {
    "spark.sql.session.timeZone": "Asia/Kathmandu",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.execution.arrow.pyspark.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "777",
}
DELTAS_OWN = "spark.databricks.delta.lastCommitVersionInSession"


@pytest.fixture
def settings(spark):
    """A notebook's own settings, and what they are at the end."""
    before = {key: spark.conf.get(key, None) for key in OWN}
    for key, value in OWN.items():
        spark.conf.set(key, value)
    yield lambda: {row["key"]: row["value"] for row in spark.sql("SET").collect() if row["key"] != DELTAS_OWN}
    for key, value in before.items():
        spark.conf.unset(key) if value is None else spark.conf.set(key, value)


def test_calls_are_the_runs_of_the_commands_and_leave_the_settings_alone(spark, deployment, settings, capsys):
    before = settings()
    work = driftwell.Workspace(deployment.path, spark, config=deployment.config)
    baseline = work.baseline("prompts", "2026-03-01", "2026-03-05")
    snapshot = work.snapshot("prompts", window_end="2026-03-07")
    distance = work.distance(window_start="2026-03-05", window_end="2026-03-07")
    again = work.distance(window_start="2026-03-05", window_end="2026-03-07")
    nothing = work.ingest("prompts", deployment.prompts)
    assert again.run_ids == distance.run_ids  # new where other tests have moved the reference, and then repeated
    assert [r.repeated for r in (baseline, snapshot, again, nothing)] == [True] * 4
    runs = {row["run_id"]: row["job"] for row in work.table("runs").where("status = 'done'").collect()}
    ids = {"baseline": baseline, "snapshot": snapshot, "distance": distance}
    assert {job: runs[result.run_ids[0]] for job, result in ids.items()} == {job: job for job in ids}
    stored = deployment.only("verdicts", run_id=snapshot.run_ids[0]).first()
    assert snapshot.verdict == stored["verdict"] and stored["explanation"].split()[0] in snapshot.text
    coverage = deployment.only("distance_stats", run_id=distance.run_ids[0], cluster=-1, reference_kind="baseline")
    assert distance.verdict == coverage.first()["outside_verdict"]
    assert "nothing new in the archive" in nothing.text and baseline.text.startswith("baseline prompts-v1 (active)")
    assert settings() == before


def test_a_workspace_uses_the_active_session_and_leaves_it_as_it_was(spark, tmp_path, settings, capsys):
    before = settings()
    write_objects(tmp_path / "archive", records(cloud(2, 4).draw(40, 1), START, 2, "p"), 20)
    with driftwell.Workspace(tmp_path / "tables") as work:
        assert work.table("profiles").count() == 0
        ingested = work.ingest("prompts", tmp_path / "archive")
        made = work.baseline("prompts", baseline_name="first")
        promoted = work.promote("prompts", "first")
        active = work.table("datasets").where("dataset = 'prompts'").first()["active_baseline_id"]
    assert settings() == before
    assert len(ingested.run_ids) == 1 and not ingested.repeated and "40 good" in ingested.text
    assert not made.repeated and made.verdict is None
    assert active == "prompts-first" and "prompts-first" in promoted.text
    assert "took" in capsys.readouterr().err  # progress, though no logging is set up
    assert SparkSession.getActiveSession() is spark and spark.range(3).select(F.sum("id")).first()[0] == 3


def test_a_broken_table_is_one_known_error(spark, deployment, tmp_path):
    work = driftwell.Workspace(tmp_path / "tables", spark)
    with pytest.raises(driftwell.StorageError, match=r"no such|does not exist|nothing at"):
        work.ingest("prompts", tmp_path / "no_archive")
    with pytest.raises(driftwell.UsageError, match=r"unknown|has no|ingest"):
        work.snapshot("nothing")
