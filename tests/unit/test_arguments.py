"""Command lines as people type them: how they are parsed, and why they are refused."""

from __future__ import annotations

import pytest
from tests.command_lines import BASELINE, EXPECTED, SNAPSHOT, given, refusal

from driftwell.cli.arguments import parse


def test_hyphens_and_equals_signs_in_flags_are_accepted_and_values_are_unchanged() -> None:
    typed = ["drift", "--job-type=SNAPSHOT", "--dataset=prompts", "--tables-path", "s3://my-lake/drift-tables"]
    assert given([*typed, "--window-start=2026-03-01", "--window_end", "2026-03-02"]) == EXPECTED
    found = parse(["ingest", "--dataset", "chat-eu-1", "--data-path=s3://a-b/c-d=e--f/", "--tables_path", "t-t"])
    assert (found.dataset, found.data_path, found.tables_path) == ("chat-eu-1", "s3://a-b/c-d=e--f/", "t-t")


def test_a_value_that_begins_with_hyphens_needs_an_equals_sign() -> None:
    assert parse([*SNAPSHOT, "--baseline=--odd-name"]).baseline == "--odd-name"
    assert "--baseline: expected one argument" in refusal(*SNAPSHOT, "--baseline", "--odd-name")


@pytest.mark.parametrize(
    "flag", ["--tables", "--table-path", "--window_s", "--data", "--job", "--base", "--conf_", "--verb", "--rel"]
)
def test_abbreviated_flags_are_refused(flag: str) -> None:
    assert f"unrecognized arguments: {flag.replace('table-path', 'table_path')}" in refusal(*SNAPSHOT, flag, "x")


@pytest.mark.parametrize("arguments", [["--he"], ["baseline", "--he"], ["drift", "--he"]])
def test_help_is_not_abbreviated_either(arguments: list[str]) -> None:
    assert "required" in refusal(*arguments) or "unrecognized" in refusal(*arguments)


@pytest.mark.parametrize("stray", [["--colour", "red"], ["--colour=red"], ["red"], ["-t"], ["--", "red"]])
def test_anything_unknown_is_refused_with_a_pointer_to_help(stray: list[str]) -> None:
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
def test_missing_arguments_are_named(arguments: list[str], missing: str) -> None:
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
def test_an_invalid_choice_is_refused_with_the_valid_ones(arguments: list[str], wanted: list[str]) -> None:
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


@pytest.mark.parametrize("flag", ["dataset", "data_path", "window_end", "baseline_name", "tables_path", "config"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_value_is_refused_and_not_treated_as_a_missing_flag(flag: str, value: str) -> None:
    assert f"--{flag} " in refusal(*BASELINE, f"--{flag}", value)


@pytest.mark.parametrize("flag", ["dataset", "baseline_name"])
@pytest.mark.parametrize("name", ["a/b", "../x", "-x", "a b", "a'b", "é", "x" * 65, "a;b", "_x"])
def test_an_invalid_name_is_refused_before_anything_starts(flag: str, name: str) -> None:
    assert f"--{flag} {name!r}: expected 1 to 64 letters" in refusal(*BASELINE, f"--{flag}={name}")
