"""Commands as people type them: repeated, wrong, incomplete."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftwell.cli.main import main
from tests.deployment import Deployment, command


def test_ingest_again_finds_nothing_new(spark, deployment, capsys):
    before = deployment.only("embeddings").count()
    assert command(spark, deployment, "ingest", "--dataset", "prompts", "--data-path", str(deployment.prompts)) == 0
    assert "nothing new" in capsys.readouterr().out
    assert deployment.only("embeddings").count() == before


def test_a_completed_run_is_shown_and_not_repeated(spark, deployment, capsys):
    before = deployment.only("runs").count()
    again = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_end", "2026-03-07"]
    assert command(spark, deployment, *again) == 0
    assert "is already completed; showing the stored result" in capsys.readouterr().out
    assert deployment.only("runs").count() == before


def test_a_setting_that_affects_a_result_is_another_run_or_is_refused(spark, deployment, tmp_path, capsys):
    def other(measures: str) -> Deployment:
        config = tmp_path / "other.yaml"
        config.write_text(f"datasets: {{prompts: {{measures: [similarity, absent], {measures}}}}}")
        return replace(deployment, config=config)

    snapshot = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_end", "2026-03-07"]
    assert command(spark, other("session_key: user"), *snapshot) == 2
    assert "prompts-v1 was made with session_key none, the configuration has 'user'" in capsys.readouterr().err
    assert command(spark, other("session_key: user"), *snapshot, "--period", "week") == 2
    (row,) = deployment.only("profiles", profile_id="prompts-v1").collect()
    assert (row["rules"]["session_key"], row["rules"]["measures"]) == (None, '["similarity", "absent"]')


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["drift", "--job_type", "SNAPSHOT", "--dataset", "nobody"], 2, "it holds prompts, reference"),
        (["drift", "--job_type", "BASELINE", "--dataset", "prompts", "--window_start", "yesterday"], 2, "2026-01-31"),
        (["drift", "--job_type", "BASELINE", "--dataset", "prompts", "--window_end", "2020-01-01"], 2, "must be before"),
        (["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_start", "2026-03-02"], 2, "overlaps"),
        (["drift", "--job_type", "BASELINE", "--dataset", "prompts", "--window_end", "9999-12-31"], 2, "leave it out"),
        (["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_start", "2026-12-02", "--window_end", "2026-12-03"], 4, "no record"),
        (["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--baseline", "v9"], 2, "it has prompts-v1"),
        (["drift", "--job_type", "BASELINE", "--dataset", "reference", "--window_start", "2026-03-01"], 2, "leave --window_start out"),
        (["distance", "--prompt_dataset", "reference", "--reference_dataset", "reference"], 2, "expected a dataset with role prompts"),
        (["distance", "--window_start", "2026-03-02"], 2, "overlaps that of baseline prompts-v1"),
        (["ingest", "--dataset", "new", "--data_path", "nowhere"], 2, "--role"),
        (["ingest", "--dataset", "prompts", "--data_path", "nowhere"], 5, "does not exist"),
        (["ingest", "--dataset", "prompts"], 2, "--data_path"),
        (["ingest", "--dataset", "prompts", "--role", "reference", "--data_path", "x"], 2, "keeps its role"),
    ],
)  # fmt: skip
def test_an_expected_error_is_one_message_and_its_code(spark, deployment, capsys, arguments, code, said):
    assert command(spark, deployment, *arguments) == code
    shown = capsys.readouterr().err.strip()
    assert said in shown
    assert "Traceback" not in shown and len([line for line in shown.splitlines() if "driftwell:" in line]) == 1


def test_a_missing_tables_path_is_reported_before_spark_starts(capsys):
    assert main(["ingest", "--dataset", "prompts", "--data_path", "x"]) == 2
    assert "--tables_path" in capsys.readouterr().err


def test_another_baseline_is_kept_beside_the_first_until_it_is_promoted(spark, deployment, capsys):
    named = ["--dataset", "reference", "--window_end", "2026-03-02", "--baseline_name", "other"]
    assert command(spark, deployment, "drift", "--job_type", "BASELINE", *named) == 0
    assert "not active" in capsys.readouterr().out
    assert command(spark, deployment, "baseline", "promote", "--dataset", "reference", "--baseline", "other") == 0
    assert "reference-other" in capsys.readouterr().out
    (row,) = deployment.only("datasets", dataset="reference").collect()
    assert row["active_baseline_id"] == "reference-other"
    back = ["baseline", "promote", "--dataset", "reference", "--baseline", "reference-v1"]
    assert command(spark, deployment, *back) == 0
