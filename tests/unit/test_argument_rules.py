"""Flags that depend on others, and switches."""

from __future__ import annotations

import argparse

import pytest
from tests.command_lines import flags_of, refusal

from driftwell.cli.arguments import GIVEN, LEFT_OUT, RULES, Rule, parse, parser

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
def test_another_value_of_a_switch_is_refused_with_the_valid_ones(command: list[str], switch: str, value: str) -> None:
    assert f"argument --{switch}: {value!r} is neither true nor false" in refusal(*command, f"--{switch}", value)


def test_every_switch_takes_a_value_and_no_command_with_a_switch_has_words_of_its_own() -> None:
    assert not [action for action in flags_of(parser()) if isinstance(action, argparse._StoreTrueAction)]
    for top in flags_of(parser()):
        for command in top.choices.values() if isinstance(top, argparse._SubParsersAction) else ():
            words = [action for action in command._actions if not action.option_strings and action.nargs is None]
            assert not words or not [action for action in command._actions if action.nargs == "?"]


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
    """A command line that obeys or violates a rule."""
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
def test_a_flag_that_has_no_meaning_with_the_others_is_refused_and_they_are_named(rule: Rule, flag: str) -> None:
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
