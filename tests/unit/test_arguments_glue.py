"""Command lines as Glue passes them to a script: its own arguments among ours."""

from __future__ import annotations

import pytest
from tests.command_lines import EXPECTED, SNAPSHOT, WINDOW, flags_of, given, refusal

from driftwell.cli.arguments import parser
from driftwell.cli.glue import PLATFORM_FLAGS, started_by_glue

# sys.argv[1:] of Glue jobs: the job's own arguments stand among those of the platform, in any order.
GLUE_KEY_ONLY_FLAG_BEFORE_OURS = [
    *("--JOB_NAME", "drift-daily", "--JOB_ID", "j_0123abcd", "--JOB_RUN_ID", "jr_4567ef"),
    *("--TempDir", "s3://aws-glue-assets-111122223333-eu-west-1/temporary/"),
    *("--job-bookmark-option", "job-bookmark-disable", "--job-language", "python"),
    *("--scriptLocation", "s3://my-lake/jobs/embedding_drift_analysis.py"),
    *("--extra-py-files", "s3://my-lake/driftwell.zip,s3://my-lake/other.zip", "--datalake-formats", "delta"),
    *("--enable-metrics", "--job_type", "SNAPSHOT", "--dataset", "prompts"),
    *("--enable-continuous-cloudwatch-log", "true", *SNAPSHOT[5:], *WINDOW),
]
GLUE_WITH_SPARK_SETTINGS_AND_VALUES = [
    *(*SNAPSHOT[1:], "--enable-metrics", "true", "--enable-glue-datacatalog", "true"),
    "--conf",
    "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension --conf spark.sql.catalog.spark_catalog="
    "org.apache.spark.sql.delta.catalog.DeltaCatalog --conf spark.driver.maxResultSize=2g",
    *("--additional-python-modules", "scipy==1.14.1,PyYAML", "--python-modules-installer-option", "--no-deps"),
    *(*WINDOW, "--enable-spark-ui", "true", "--spark-event-logs-path", "s3://my-lake/logs/"),
    *("--enable-job-insights", "false", "--JOB_NAME", "drift-daily"),
]
GLUE_IN_A_WORKFLOW_WITH_EMPTY_VALUES = [
    *("--enable-metrics", "", "--enable-observability-metrics", "true", "--WORKFLOW_NAME", "nightly"),
    *("--WORKFLOW_RUN_ID", "wr_89ab", "--JOB_NAME=drift-daily", "--user-jars-first", "true"),
    *("--job_type=SNAPSHOT", "--dataset=prompts", "--tables_path=s3://my-lake/drift-tables"),
    *("--continuous-log-logGroup", "/aws-glue/jobs", "--enable-continuous-log-filter", "true"),
    *("--window_start=2026-03-01", "--enable-auto-scaling", "--window_end=2026-03-02", "--debug"),
]


@pytest.mark.parametrize(
    "arguments",
    [
        GLUE_KEY_ONLY_FLAG_BEFORE_OURS,
        GLUE_WITH_SPARK_SETTINGS_AND_VALUES,
        GLUE_IN_A_WORKFLOW_WITH_EMPTY_VALUES,
    ],
)
def test_glues_own_arguments_are_dropped_and_ours_survive(arguments: list[str]) -> None:
    assert given(["drift", *arguments], by_glue=None) == EXPECTED  # Glue is detected
    assert "unrecognized arguments" in refusal("drift", *arguments)


@pytest.mark.parametrize("flag", ["--JOB_NAME", "--JOB-NAME", "--job-language", "--job_language", "--enable_metrics"])
@pytest.mark.parametrize("value", [["x"], [], ["a b --conf c"], ["-1"]])
def test_a_platforms_flag_is_dropped_however_it_is_written(flag: str, value: list[str]) -> None:
    assert given([*SNAPSHOT, flag, *value, *WINDOW], by_glue=True) == EXPECTED
    assert given([*SNAPSHOT, *WINDOW, flag, *value], by_glue=True) == EXPECTED


@pytest.mark.parametrize("flag", sorted(PLATFORM_FLAGS))
@pytest.mark.parametrize("value", [[], ["x"]])
def test_outside_glue_its_flags_are_unknown(flag: str, value: list[str]) -> None:
    assert f"unrecognized arguments: --{flag.replace('-', '_')}" in refusal(*SNAPSHOT, *WINDOW, f"--{flag}", *value)


def test_glue_is_recognised_by_the_names_it_gives_a_job_run() -> None:
    assert not started_by_glue([*SNAPSHOT, *WINDOW, "--mode", "x", "--debug", "JOB_NAME"])
    assert started_by_glue([*SNAPSHOT, "--JOB_NAME", "nightly"])
    assert started_by_glue(["--JOB-RUN-ID=jr_1", *SNAPSHOT])


def test_a_platforms_flag_with_an_equals_sign_takes_no_value_after_it() -> None:
    assert "unrecognized arguments: stray" in refusal(*SNAPSHOT, "--JOB_NAME=x", "stray", by_glue=True)
    assert "unrecognized arguments: stray" in refusal(*SNAPSHOT, "--enable-metrics", "true", "stray", by_glue=True)


def test_none_of_our_flags_belongs_to_a_platform() -> None:
    ours = {flag.lstrip("-") for action in flags_of(parser()) for flag in action.option_strings}
    assert {"tables_path", "window_end", "prompt_dataset", "baseline"} <= ours
    assert ours & {flag.replace("-", "_") for flag in PLATFORM_FLAGS} == set()


@pytest.mark.parametrize("value", ["--upgrade", "--no-index --find-links=s3://my-lake/wheels/", "-i x"])
def test_options_for_pip_are_the_value_of_glues_flag_although_they_look_like_flags(value: str) -> None:
    assert given([*SNAPSHOT, "--python-modules-installer-option", value, *WINDOW], by_glue=True) == EXPECTED
    assert given([*SNAPSHOT, f"--python-modules-installer-option={value}", *WINDOW], by_glue=True) == EXPECTED
