"""Command lines: driftwell's flags, the same for the console and for spark-submit, checked before Spark starts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, NoReturn

from driftwell.cli.glue import started_by_glue, without_glues_own
from driftwell.cli.versions import versions
from driftwell.config import check_name
from driftwell.errors import UsageError
from driftwell.times import iso, midnight, parse_moment, plausible

GIVEN, LEFT_OUT = "given", "left out"


class Rule(NamedTuple):
    """Flags of a command that apply only together with another one.

    Attributes:
        other: the other flag. wanted: the word it must have, or GIVEN, or LEFT_OUT. why: a reason to add, if any.
    """

    command: str
    flags: tuple[str, ...]
    other: str
    wanted: str
    why: str = ""


RULES = (
    Rule("ingest", ("reread_reason", "reread_prefix", "reread_since"), "reread", GIVEN),
    Rule("drift", ("baseline", "fail_on_drift", "period"), "job_type", "SNAPSHOT"),
    Rule("drift", ("baseline_name",), "job_type", "BASELINE"),
    Rule("drift", ("role", "relist"), "data_path", GIVEN, "nothing is ingested without it"),
    Rule("drift", ("period",), "window_start", LEFT_OUT, "the period sets the start of the window"),
    Rule("distance", ("relist",), "data_path", GIVEN, "nothing is ingested without it"),
)

NEW_NAMES = ("dataset", "prompt_dataset", "reference_dataset", "baseline_name")


class Parser(argparse.ArgumentParser):
    """An argument parser that reports errors like the rest of driftwell."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing usage and exiting."""
        raise UsageError(f"{message}; see {self.prog} --help")


class _Version(argparse.Action):
    """Show versions and exit, like `--help`."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(versions())
        parser.exit()


def parse(arguments: Sequence[str], by_glue: bool | None = None) -> argparse.Namespace:
    """A command line as a namespace, with the name of the command in `command`; times are moments in UTC.

    Args:
        by_glue: Glue has started the script, so its own arguments stand among driftwell's and are dropped; None finds
            out.

    Raises:
        UsageError: for what is not driftwell's, has no meaning beside the rest, or is no name or time there can be.
    """
    dropping = started_by_glue(arguments) if by_glue is None else by_glue
    words = without_glues_own(arguments) if dropping else arguments
    options = parser().parse_args([_underscored(word) for word in words])
    _check_given(options)
    _check_rules(options)
    for flag in NEW_NAMES:
        if _is_given(options, flag):
            check_name(getattr(options, flag), f"--{flag}")
    _check_window(options)
    return options


def parser() -> argparse.ArgumentParser:
    """All commands and their flags."""
    top = Parser(
        prog="driftwell",
        description="Do your embeddings drift, which topics changed, what is not covered?",
        allow_abbrev=False,
    )
    top.add_argument("--version", nargs=0, action=_Version, help="show the versions in use, for a bug report")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

    ingest = _command(commands, "ingest", "read new objects of an archive into the tables")
    _dataset(ingest)
    _archive(ingest)
    _switch(ingest, "--reread", "reread objects that were read before, and replace their records")
    ingest.add_argument("--reread_reason", metavar="REASON", help="only objects with records quarantined for it")
    ingest.add_argument("--reread_prefix", metavar="KEY", help="only objects whose key starts with it")
    _time(ingest, "--reread_since", "only objects that were last read at that time or later")

    drift = _command(commands, "drift", "create a baseline, or compare a later window with it")
    drift.add_argument("--job_type", required=True, choices=("BASELINE", "SNAPSHOT"))
    _dataset(drift)
    _archive(drift, "ingest this archive first")
    _window(drift)
    drift.add_argument(
        "--period",
        choices=("week", "month"),
        help="SNAPSHOT: one verdict on the week or month before --window_end, from stored daily sums",
    )
    _switch(drift, "--fail_on_drift", "SNAPSHOT: exit with code 3 if the verdict is DRIFT")
    drift.add_argument("--baseline", metavar="ID", help="SNAPSHOT: baseline to compare with (default: the active one)")
    drift.add_argument("--baseline_name", metavar="NAME", help="BASELINE: its name (default: v1, v2, …)")

    distance = _command(commands, "distance", "measure how far prompts lie from the reference")
    distance.add_argument("--job_type", default="DISTANCE", choices=("DISTANCE",))
    distance.add_argument("--prompt_dataset", default="prompts", metavar="NAME")
    distance.add_argument("--reference_dataset", default="reference", metavar="NAME")
    distance.add_argument("--data_path", metavar="ARCHIVE", help="ingest this archive of prompts first")
    _relist(distance)
    _window(distance)

    baseline = commands.add_parser("baseline", help="manage baselines", allow_abbrev=False)
    actions = baseline.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    promote = _command(actions, "promote", "activate a baseline, to accept drift as the new normal")
    _dataset(promote)
    promote.add_argument("--baseline", required=True, metavar="ID")

    _athena(commands)
    alerts = _command(commands, "alerts", "publish metrics to CloudWatch and changed verdicts to SNS")
    alerts.add_argument("--topic_arn", metavar="ARN", help="SNS topic (or alerts.topic_arn in --config)")
    alerts.add_argument("--namespace", metavar="NAME", help="CloudWatch namespace (or alerts.namespace in --config)")
    _switch(alerts, "--dry_run", "show what would be published, and publish nothing")
    return top


def _athena(commands: argparse._SubParsersAction[Parser]) -> None:
    athena = commands.add_parser("athena", help="register the tables in Athena, and query them", allow_abbrev=False)
    actions = athena.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    register = _subcommand(actions, "register", "register tables and views; re-register those that changed")
    _places(register)
    query = _subcommand(actions, "query", "run a named query and print its result")
    query.add_argument("name", metavar="NAME", help="such as latest_verdicts; an unknown name lists all queries")
    query.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="such as metric=psi")
    for action in (register, query):
        action.add_argument("--database", required=True, metavar="NAME", help="database of the Glue catalog")
        action.add_argument("--workgroup", metavar="NAME", help="default: primary")
        action.add_argument("--output", metavar="S3", help="folder for Athena's results (default: the workgroup's)")


def _command(commands: argparse._SubParsersAction[Parser], name: str, text: str) -> argparse.ArgumentParser:
    """A command that runs on Spark."""
    command = _subcommand(commands, name, text)
    _places(command)
    _switch(command, "--verbose", "show Spark's log")
    return command


def _switch(command: argparse.ArgumentParser, flag: str, text: str) -> None:
    """A switch that also accepts a value: Glue passes every flag a value, possibly an empty one.

    A command with words of its own can have none: the first word after the flag would be its value.
    """
    command.add_argument(flag, nargs="?", const=True, default=False, type=_truth, metavar="true|false", help=text)


def _truth(word: str) -> bool:
    """Whether a switch is on; an empty value counts as none."""
    if word.strip().lower() not in ("", "true", "false"):
        raise argparse.ArgumentTypeError(f"{word!r} is neither true nor false")
    return word.strip().lower() != "false"


def _subcommand(commands: argparse._SubParsersAction[Parser], name: str, text: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=text, description=text, allow_abbrev=False)


def _places(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--tables_path", metavar="TABLES", help="folder of the Delta tables (or tables_path in --config)"
    )
    command.add_argument(
        "--config", metavar="FILE", help="YAML file with settings; conf/driftwell.yaml has all of them"
    )


def _dataset(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dataset", required=True, metavar="NAME")


def _archive(command: argparse.ArgumentParser, text: str = "root of the archive") -> None:
    command.add_argument("--role", choices=("prompts", "reference"), help="role of a new dataset")
    command.add_argument("--data_path", metavar="ARCHIVE", help=text)
    _relist(command)


def _relist(command: argparse.ArgumentParser) -> None:
    _switch(command, "--relist", "list the whole archive, not only the newest days")


def _window(command: argparse.ArgumentParser) -> None:
    _time(command, "--window_start", "start of the window (inclusive), UTC unless it has a zone: 2026-01-31")
    _time(command, "--window_end", "end of the window (exclusive)")


def _time(command: argparse.ArgumentParser, flag: str, text: str) -> None:
    command.add_argument(flag, metavar="TIME", type=partial(_moment, flag), help=text)


def _moment(flag: str, text: str) -> datetime:
    return plausible(parse_moment(text, flag), flag)


def _underscored(word: str) -> str:
    """A flag with underscores instead of hyphens; values and other words unchanged."""
    if not word.startswith("--"):
        return word
    name, equals, value = word[2:].partition("=")
    return f"--{name.replace('-', '_')}{equals}{value}"


def _is_given(options: argparse.Namespace, flag: str) -> bool:
    return getattr(options, flag, None) not in (None, False)


def _check_given(options: argparse.Namespace) -> None:
    """An empty value is usually an unset variable; treated like a missing flag it would mean all data."""
    for flag, value in vars(options).items():
        if isinstance(value, str) and not value.strip():
            raise UsageError(f"--{flag} is empty: give it a value, or leave it out")


def _check_rules(options: argparse.Namespace) -> None:
    for rule in RULES:
        found = getattr(options, rule.other, None)
        state = GIVEN if _is_given(options, rule.other) else LEFT_OUT
        if rule.command != options.command or rule.wanted in (state, found):
            continue
        for flag in rule.flags:
            if _is_given(options, flag):
                raise UsageError(_refusal(flag, rule, found))


def _refusal(flag: str, rule: Rule, found: object) -> str:
    why = f" ({rule.why})" if rule.why else ""
    if rule.wanted == LEFT_OUT:
        return f"--{rule.other} does not go with --{flag}{why}: leave one of them out"
    if rule.wanted == GIVEN:
        return f"--{flag} does not go without --{rule.other}{why}: give that too, or leave --{flag} out"
    return f"--{flag} is for --{rule.other} {rule.wanted}, and this is {found}{why}: leave --{flag} out"


def _check_window(options: argparse.Namespace) -> None:
    start, end = getattr(options, "window_start", None), getattr(options, "window_end", None)
    if start and end and start >= end:
        raise UsageError(f"the window {iso(start)} to {iso(end)} is empty: --window_start must be before --window_end")
    if end and getattr(options, "period", None):
        midnight(end, "--window_end of a --period, which is made of whole days,")
