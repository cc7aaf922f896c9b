"""Command lines as people type them, and as Glue hands them to a script."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import pytest

from driftwell.arguments import PLATFORM_FLAGS, parse, parser
from driftwell.errors import UsageError

SNAPSHOT = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--tables_path", "s3://my-lake/drift-tables"]
WINDOW = ["--window_start", "2026-03-01", "--window_end", "2026-03-02"]


def refusal(*arguments: str) -> str:
    with pytest.raises(UsageError) as error:
        parse(arguments)
    assert error.value.exit_code == 2
    return str(error.value)


def given(arguments: list[str]) -> dict[str, Any]:
    """What a command line says, without the flags it leaves out."""
    return {name: value for name, value in vars(parse(arguments)).items() if value not in (None, False)}


EXPECTED = {
    "command": "drift",
    "job_type": "SNAPSHOT",
    "dataset": "prompts",
    "tables_path": "s3://my-lake/drift-tables",
    "window_start": "2026-03-01",
    "window_end": "2026-03-02",
}

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
    assert given(["drift", *arguments]) == EXPECTED


@pytest.mark.parametrize("flag", ["--JOB_NAME", "--JOB-NAME", "--job-language", "--job_language", "--enable_metrics"])
@pytest.mark.parametrize("value", [["x"], [], ["a b --conf c"], ["-1"]])
def test_a_platforms_flag_is_dropped_however_it_is_written(flag: str, value: list[str]) -> None:
    assert given([*SNAPSHOT, flag, *value, *WINDOW]) == EXPECTED
    assert given([*SNAPSHOT, *WINDOW, flag, *value]) == EXPECTED


def test_a_platforms_flag_with_an_equals_sign_takes_no_value_after_it() -> None:
    assert "unrecognized arguments: stray" in refusal(*SNAPSHOT, "--JOB_NAME=x", "stray")
    assert "unrecognized arguments: stray" in refusal(*SNAPSHOT, "--enable-metrics", "true", "stray")


def test_none_of_our_flags_is_a_platforms() -> None:
    def flags(command: argparse.ArgumentParser) -> Iterator[str]:
        for action in command._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for below in action.choices.values():
                    yield from flags(below)

    ours = {flag.lstrip("-") for flag in flags(parser())}
    assert {"tables_path", "window_end", "prompt_dataset", "baseline"} <= ours
    assert ours & {flag.replace("-", "_") for flag in PLATFORM_FLAGS} == set()


def test_hyphens_and_equals_signs_in_flags_are_accepted_and_values_stay_as_they_are() -> None:
    typed = ["drift", "--job-type=SNAPSHOT", "--dataset=prompts", "--tables-path", "s3://my-lake/drift-tables"]
    assert given([*typed, "--window-start=2026-03-01", "--window_end", "2026-03-02"]) == EXPECTED
    found = parse(["ingest", "--dataset", "chat-eu-1", "--data-path=s3://a-b/c-d=e--f/", "--tables_path", "t-t"])
    assert (found.dataset, found.data_path, found.tables_path) == ("chat-eu-1", "s3://a-b/c-d=e--f/", "t-t")


def test_a_value_that_begins_with_hyphens_wants_an_equals_sign() -> None:
    assert parse([*SNAPSHOT, "--baseline=--odd-name"]).baseline == "--odd-name"
    assert "--baseline: expected one argument" in refusal(*SNAPSHOT, "--baseline", "--odd-name")


@pytest.mark.parametrize("value", ["--upgrade", "--no-index --find-links=s3://my-lake/wheels/", "-i x"])
def test_options_for_pip_are_the_value_of_glues_flag_though_they_look_like_flags(value: str) -> None:
    assert given([*SNAPSHOT, "--python-modules-installer-option", value, *WINDOW]) == EXPECTED
    assert given([*SNAPSHOT, f"--python-modules-installer-option={value}", *WINDOW]) == EXPECTED


@pytest.mark.parametrize(
    "flag", ["--tables", "--table-path", "--window_s", "--data", "--job", "--base", "--conf_", "--verb", "--rel"]
)
def test_abbreviated_flags_are_refused(flag: str) -> None:
    assert f"unrecognized arguments: {flag.replace('table-path', 'table_path')}" in refusal(*SNAPSHOT, flag, "x")


@pytest.mark.parametrize("arguments", [["--he"], ["baseline", "--he"], ["drift", "--he"]])
def test_help_is_not_abbreviated_either(arguments: list[str]) -> None:
    assert "required" in refusal(*arguments) or "unrecognized" in refusal(*arguments)


@pytest.mark.parametrize("stray", [["--colour", "red"], ["--colour=red"], ["red"], ["-t"], ["--", "red"]])
def test_anything_unknown_is_refused_with_the_place_where_help_is(stray: list[str]) -> None:
    message = refusal(*SNAPSHOT, *stray)
    assert "unrecognized arguments: " in message
    assert "see driftwell --help" in message


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], "COMMAND"),
        (["drift", "--dataset", "prompts"], "--job_type"),
        (["drift", "--job_type", "BASELINE"], "--dataset"),
        (["ingest"], "--dataset"),
        (["baseline"], "ACTION"),
        (["baseline", "promote", "--dataset", "prompts"], "--baseline"),
        (["ingest", "--dataset"], "--dataset: expected one argument"),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], missing: str) -> None:
    assert missing in refusal(*arguments)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["drift", "--job_type", "DISTANCE", "--dataset", "prompts"], ["BASELINE", "SNAPSHOT"]),
        (["drift", "--job_type", "snapshot", "--dataset", "prompts"], ["BASELINE", "SNAPSHOT"]),
        (["distance", "--job_type", "SNAPSHOT"], ["DISTANCE"]),
        (["ingest", "--dataset", "x", "--role", "documents"], ["prompts", "reference"]),
        (["drfit"], ["ingest", "drift", "distance", "baseline"]),
    ],
)
def test_a_word_that_is_no_choice_is_refused_with_the_choices(arguments: list[str], wanted: list[str]) -> None:
    message = refusal(*arguments)
    assert "invalid choice" in message
    assert all(word in message for word in wanted)


def test_a_distance_run_has_defaults_for_its_datasets_and_its_job_type() -> None:
    expected = {
        "command": "distance",
        "job_type": "DISTANCE",
        "prompt_dataset": "prompts",
        "reference_dataset": "reference",
    }
    assert given(["distance"]) == expected
    assert given(["distance", "--job_type", "DISTANCE"]) == expected


def test_the_other_commands_are_parsed_too() -> None:
    promote = given(["baseline", "promote", "--dataset", "prompts", "--baseline", "prompts-v2", "--config", "c.yaml"])
    assert promote == {
        "command": "baseline",
        "action": "promote",
        "dataset": "prompts",
        "baseline": "prompts-v2",
        "config": "c.yaml",
    }
    ingest = given(["ingest", "--dataset", "docs", "--role", "reference", "--data_path", "a", "--relist", "--verbose"])
    assert ingest == {
        "command": "ingest",
        "dataset": "docs",
        "role": "reference",
        "data_path": "a",
        "relist": True,
        "verbose": True,
    }
