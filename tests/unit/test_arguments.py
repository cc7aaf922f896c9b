"""Command lines as people type them, and as Glue hands them to a script."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from driftwell.cli.arguments import GIVEN, LEFT_OUT, RULES, Rule, parse, parser
from driftwell.cli.glue import PLATFORM_FLAGS, started_by_glue
from driftwell.errors import UsageError
from driftwell.times import now

SNAPSHOT = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--tables_path", "s3://my-lake/drift-tables"]
WINDOW = ["--window_start", "2026-03-01", "--window_end", "2026-03-02"]


def refusal(*arguments: str, by_glue: bool | None = False) -> str:
    with pytest.raises(UsageError) as error:
        parse(arguments, by_glue)
    assert error.value.exit_code == 2
    return str(error.value)


def given(arguments: list[str], by_glue: bool | None = False) -> dict[str, Any]:
    """What a command line says, without the flags it leaves out."""
    return {name: value for name, value in vars(parse(arguments, by_glue)).items() if value not in (None, False)}


def flags_of(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in command._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from flags_of(below)


EXPECTED = {
    "command": "drift",
    "job_type": "SNAPSHOT",
    "dataset": "prompts",
    "tables_path": "s3://my-lake/drift-tables",
    "window_start": datetime(2026, 3, 1, tzinfo=UTC),
    "window_end": datetime(2026, 3, 2, tzinfo=UTC),
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
    assert given(["drift", *arguments], by_glue=None) == EXPECTED  # it is found out
    assert "unrecognized arguments" in refusal("drift", *arguments)


@pytest.mark.parametrize("flag", ["--JOB_NAME", "--JOB-NAME", "--job-language", "--job_language", "--enable_metrics"])
@pytest.mark.parametrize("value", [["x"], [], ["a b --conf c"], ["-1"]])
def test_a_platforms_flag_is_dropped_however_it_is_written(flag: str, value: list[str]) -> None:
    assert given([*SNAPSHOT, flag, *value, *WINDOW], by_glue=True) == EXPECTED
    assert given([*SNAPSHOT, *WINDOW, flag, *value], by_glue=True) == EXPECTED


@pytest.mark.parametrize("flag", sorted(PLATFORM_FLAGS))
@pytest.mark.parametrize("value", [[], ["x"]])
def test_where_glue_does_not_run_its_flags_are_unknown_ones(flag: str, value: list[str]) -> None:
    assert f"unrecognized arguments: --{flag.replace('-', '_')}" in refusal(*SNAPSHOT, *WINDOW, f"--{flag}", *value)


def test_glue_is_known_by_the_names_it_gives_a_job_run() -> None:
    assert not started_by_glue([*SNAPSHOT, *WINDOW, "--mode", "x", "--debug", "JOB_NAME"])
    assert started_by_glue([*SNAPSHOT, "--JOB_NAME", "nightly"])
    assert started_by_glue(["--JOB-RUN-ID=jr_1", *SNAPSHOT])


def test_a_platforms_flag_with_an_equals_sign_takes_no_value_after_it() -> None:
    assert "unrecognized arguments: stray" in refusal(*SNAPSHOT, "--JOB_NAME=x", "stray", by_glue=True)
    assert "unrecognized arguments: stray" in refusal(*SNAPSHOT, "--enable-metrics", "true", "stray", by_glue=True)


def test_none_of_our_flags_is_a_platforms() -> None:
    ours = {flag.lstrip("-") for action in flags_of(parser()) for flag in action.option_strings}
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
    assert given([*SNAPSHOT, "--python-modules-installer-option", value, *WINDOW], by_glue=True) == EXPECTED
    assert given([*SNAPSHOT, f"--python-modules-installer-option={value}", *WINDOW], by_glue=True) == EXPECTED


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


SWITCHES = [
    (["ingest", "--dataset", "docs"], "relist"),
    (["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts"], "fail_on_drift"),
    (["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts"], "verbose"),
    (["distance", "--data_path", "a"], "relist"),
    (["alerts"], "dry_run"),
]


@pytest.mark.parametrize(("command", "switch"), SWITCHES)
@pytest.mark.parametrize(("values", "expected"), [
    ([], True), ([""], True), ([" "], True), (["true"], True), (["True"], True), (["TRUE"], True),
    (["false"], False), (["False"], False), (["FALSE"], False),
])  # fmt: skip
def test_a_switch_takes_true_false_an_empty_value_or_none(
    command: list[str], switch: str, values: list[str], expected: bool
) -> None:
    flag = f"--{switch}"
    for written in ([flag, *values], [f"{flag}={values[0]}"] if values else [flag.replace("_", "-")]):
        assert getattr(parse([*command, *written]), switch) is expected
        assert getattr(parse([*command, *written, "--tables_path", "t"]), switch) is expected


@pytest.mark.parametrize(("command", "switch"), SWITCHES)
@pytest.mark.parametrize("value", ["yes", "1", "prompts", "truefalse"])
def test_another_value_of_a_switch_is_refused_with_what_it_takes(command: list[str], switch: str, value: str) -> None:
    assert f"argument --{switch}: {value!r} is neither true nor false" in refusal(*command, f"--{switch}", value)


def test_every_switch_takes_a_value_and_no_command_with_a_switch_has_words_of_its_own() -> None:
    assert not [action for action in flags_of(parser()) if isinstance(action, argparse._StoreTrueAction)]
    for top in flags_of(parser()):
        for command in top.choices.values() if isinstance(top, argparse._SubParsersAction) else ():
            words = [action for action in command._actions if not action.option_strings and action.nargs is None]
            assert not words or not [action for action in command._actions if action.nargs == "?"]


BASELINE = ["drift", "--job_type", "BASELINE", "--dataset", "prompts"]
EXAMPLES = {
    "period": "week",
    "role": "prompts",
    "window_start": "2026-03-01",
    "reread_since": "2026-03-01",
    "job_type": "SNAPSHOT",
}
SWITCHED = {"fail_on_drift", "relist", "reread"}


def example(flag: str, word: str = "") -> list[str]:
    return [f"--{flag}"] if flag in SWITCHED else [f"--{flag}", word or EXAMPLES.get(flag, "v1")]


def command_of(rule: Rule, holds: bool) -> list[str]:
    """A command line of a rule's command, in which the rule holds or does not."""
    words = {
        "ingest": ["ingest", "--dataset", "prompts"],
        "drift": ["drift", "--dataset", "prompts"],
        "distance": ["distance"],
    }[rule.command]
    if rule.wanted not in (GIVEN, LEFT_OUT):
        other = {"SNAPSHOT": "BASELINE", "BASELINE": "SNAPSHOT"}[rule.wanted]
        return [*words, *example(rule.other, rule.wanted if holds else other)]
    job = ["--job_type", "SNAPSHOT"] if rule.command == "drift" else []
    return [*words, *job, *(example(rule.other) if holds == (rule.wanted == GIVEN) else [])]


@pytest.mark.parametrize(("rule", "flag"), [(rule, flag) for rule in RULES for flag in rule.flags])
def test_a_flag_that_means_nothing_beside_the_others_is_refused_and_they_are_named(rule: Rule, flag: str) -> None:
    taken = parse([*command_of(rule, holds=True), *example(flag)])
    assert getattr(taken, flag) not in (None, False)
    message = refusal(*command_of(rule, holds=False), *example(flag))
    assert f"--{flag}" in message and f"--{rule.other}" in message and "leave" in message
    if flag in SWITCHED:
        assert getattr(parse([*command_of(rule, holds=False), f"--{flag}", "false"]), flag) is False


def test_every_flag_of_drift_but_the_places_has_its_rule_or_goes_with_both_job_types() -> None:
    (drift,) = (top.choices["drift"] for top in parser()._actions if isinstance(top, argparse._SubParsersAction))
    ruled = {flag for rule in RULES if rule.command == "drift" for flag in rule.flags}
    always = {"help", "job_type", "dataset", "data_path", "window_start", "window_end"}
    assert {action.dest for action in drift._actions} == ruled | always | {"tables_path", "config", "verbose"}


@pytest.mark.parametrize("flag", ["dataset", "data_path", "window_end", "baseline_name", "tables_path", "config"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_value_is_refused_and_not_taken_for_a_flag_left_out(flag: str, value: str) -> None:
    assert f"--{flag} " in refusal(*BASELINE, f"--{flag}", value)


@pytest.mark.parametrize("flag", ["dataset", "baseline_name"])
@pytest.mark.parametrize("name", ["a/b", "../x", "-x", "a b", "a'b", "é", "x" * 65, "a;b", "_x"])
def test_a_name_that_cannot_be_is_refused_before_anything_starts(flag: str, name: str) -> None:
    assert f"--{flag} {name!r}: wanted 1 to 64 letters" in refusal(*BASELINE, f"--{flag}={name}")


NEXT_YEAR = now().year + 1


@pytest.mark.parametrize("time", ["0001-01-01", "1970-01-01", "1999-12-31T23:59:59Z", f"{NEXT_YEAR + 1}-01-01T00:00:01",
                                  "2262-04-12", "9999-12-31"])  # fmt: skip
@pytest.mark.parametrize("flag", ["--window_start", "--window_end"])
def test_a_time_that_no_data_can_have_is_refused_with_what_to_do_instead(time: str, flag: str) -> None:
    message = refusal(*BASELINE, flag, time)
    assert message.startswith(f"{flag} is {time[:4]}") and "leave it out for a window without that bound" in message


@pytest.mark.parametrize("time", ["2000-01-01", f"{NEXT_YEAR}-12-31T23:59:59", f"{NEXT_YEAR + 1}-01-01"])
def test_times_from_2000_to_the_end_of_next_year_are_taken(time: str) -> None:
    assert parse([*BASELINE, "--window_end", time]).window_end == datetime.fromisoformat(time).replace(tzinfo=UTC)


@settings(max_examples=100, derandomize=True, deadline=None)
@over(st.datetimes(datetime(2000, 1, 2), datetime(2026, 1, 1)), st.timedeltas(timedelta(0), timedelta(1)))
def test_a_window_that_ends_before_it_starts_is_refused_and_no_other(start: datetime, length: timedelta) -> None:
    window = [f"--window_start={start.isoformat()}", f"--window_end={(start - length).isoformat()}"]
    assert "--window_start must lie before --window_end" in refusal(*BASELINE, *window)
    if length:
        start, end = start - length, start
        found = parse([*BASELINE, f"--window_start={start.isoformat()}", f"--window_end={end.isoformat()}"])
        assert (found.window_start, found.window_end) == (start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))


@pytest.mark.parametrize("command", [BASELINE, ["distance"]])
@pytest.mark.parametrize("time", ["yesterday", "2026-02-30", "now"])
def test_what_is_no_time_is_refused_with_an_example(command: list[str], time: str) -> None:
    assert f"--window_end is {time!r}, wanted a date or time such as" in refusal(*command, "--window_end", time)


def test_a_period_ends_at_a_midnight() -> None:
    week = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--period", "week", "--window_end"]
    assert parse([*week, "2026-03-07"]).period == "week"
    assert parse([*week, "2026-03-07T02:00:00+02:00"]).period == "week"
    with pytest.raises(UsageError, match=r"--window_end of a --period.* 2026-03-07 or 2026-03-08"):
        parse([*week, "2026-03-07T12:00:00Z"])
