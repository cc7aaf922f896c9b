"""Command lines: driftwell's flags, the same for the console and for spark-submit, among those a platform adds."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from driftwell.errors import UsageError

PLATFORM_FLAGS = frozenset(
    {
        "JOB_NAME",
        "JOB_ID",
        "JOB_RUN_ID",
        "SECURITY_CONFIGURATION",
        "WORKFLOW_NAME",
        "WORKFLOW_RUN_ID",
        "TempDir",
        "auto-scale-within-microbatch",
        "class",
        "conf",
        "continuation-option",
        "continuous-log-logGroup",
        "continuous-log-logStreamPrefix",
        "continuous-log-conversionPattern",
        "customer-driver-env-vars",
        "customer-executor-env-vars",
        "datalake-formats",
        "debug",
        "disable-proxy-v2",
        "enable-auto-scaling",
        "enable-continuous-cloudwatch-log",
        "enable-continuous-log-filter",
        "enable-data-lineage",
        "enable-glue-datacatalog",
        "enable-job-insights",
        "enable-lakeformation-fine-grained-access",
        "enable-metrics",
        "enable-observability-metrics",
        "enable-rename-algorithm-v2",
        "enable-s3-parquet-optimized-committer",
        "enable-spark-ui",
        "encryption-type",
        "endpoint",
        "executor-cores",
        "extra-files",
        "extra-jars",
        "extra-py-files",
        "additional-python-modules",
        "job-bookmark-from",
        "job-bookmark-option",
        "job-bookmark-to",
        "job-language",
        "mode",
        "python-modules-installer-option",
        "redshiftTempDir",
        "RedshiftTempDir",
        "scriptLocation",
        "spark-event-logs-path",
        "use-postgres-driver",
        "user-jars-first",
        "write-shuffle-files-to-s3",
        "write-shuffle-spills-to-s3",
    }
)
"""Arguments that Glue passes to every script among the script's own; each may come with or without a value."""

_DROPPED = frozenset(flag.replace("-", "_") for flag in PLATFORM_FLAGS)
_PIP_OPTIONS = "python_modules_installer_option"  # the only one whose value begins with hyphens: --no-deps


class Parser(argparse.ArgumentParser):
    """An argument parser that reports its errors as driftwell does."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing a usage text and exiting."""
        raise UsageError(f"{message}; see {self.prog} --help")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """A command line as a namespace whose `command` says which run is meant.

    Raises:
        UsageError: for anything that is neither driftwell's nor the platform's.
    """
    return parser().parse_args(_cleaned(arguments))


def parser() -> argparse.ArgumentParser:
    """All commands and their flags."""
    top = Parser(
        prog="driftwell",
        description="Do your embeddings drift, which topics moved, what is not covered?",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

    ingest = _command(commands, "ingest", "read new objects of an archive into the tables")
    _dataset(ingest)
    _archive(ingest)

    drift = _command(commands, "drift", "make a baseline, or compare a later window with it")
    drift.add_argument("--job_type", required=True, choices=("BASELINE", "SNAPSHOT"))
    _dataset(drift)
    _archive(drift, "ingest this archive first")
    _window(drift)
    drift.add_argument(
        "--period",
        choices=("week", "month"),
        help="SNAPSHOT: judge the days before --window_end together, from their stored sums",
    )
    drift.add_argument("--fail_on_drift", action="store_true", help="end with exit code 3 when the verdict is DRIFT")
    drift.add_argument("--baseline", metavar="ID", help="SNAPSHOT: baseline to compare with (default: the active one)")
    drift.add_argument("--baseline_name", metavar="NAME", help="BASELINE: what to call it (default: v1, v2, …)")

    distance = _command(commands, "distance", "measure how far prompts lie from the reference")
    distance.add_argument("--job_type", default="DISTANCE", choices=("DISTANCE",))
    distance.add_argument("--prompt_dataset", default="prompts", metavar="NAME")
    distance.add_argument("--reference_dataset", default="reference", metavar="NAME")
    distance.add_argument("--data_path", metavar="ARCHIVE", help="ingest this archive of prompts first")
    distance.add_argument("--relist", action="store_true", help="list the whole archive, not only its newest days")
    _window(distance)

    baseline = commands.add_parser("baseline", help="choose among baselines", allow_abbrev=False)
    actions = baseline.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    promote = _command(actions, "promote", "make a baseline the active one: accept a drift as the new normal")
    _dataset(promote)
    promote.add_argument("--baseline", required=True, metavar="ID")

    _athena(commands)
    alerts = _command(commands, "alerts", "publish metrics to CloudWatch and changed verdicts to SNS")
    alerts.add_argument("--topic_arn", metavar="ARN", help="SNS topic (or alerts.topic_arn in --config)")
    alerts.add_argument("--namespace", metavar="NAME", help="CloudWatch namespace (or alerts.namespace in --config)")
    alerts.add_argument("--dry_run", action="store_true", help="show what would be published, and publish nothing")
    return top


def _athena(commands: argparse._SubParsersAction[Parser]) -> None:
    athena = commands.add_parser("athena", help="make the tables known to Athena, and query them", allow_abbrev=False)
    actions = athena.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=Parser)
    register = _command(actions, "register", "register tables and views, and anew those that changed")
    query = _command(actions, "query", "run a named query and show what it finds")
    query.add_argument("name", metavar="NAME", help="such as latest_verdicts; an unknown one lists all")
    query.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="such as metric=psi")
    for action in (register, query):
        action.add_argument("--database", required=True, metavar="NAME", help="database of the Glue catalog")
        action.add_argument("--workgroup", metavar="NAME", help="default: primary")
        action.add_argument("--output", metavar="S3", help="where Athena writes results (or the workgroup says)")


def _command(commands: argparse._SubParsersAction[Parser], name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    command.add_argument(
        "--tables_path", metavar="TABLES", help="where the Delta tables lie (or tables_path in --config)"
    )
    command.add_argument("--config", metavar="FILE", help="YAML file with settings; conf/driftwell.yaml shows all")
    command.add_argument("--verbose", action="store_true", help="show what Spark says")
    return command


def _dataset(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dataset", required=True, metavar="NAME")


def _archive(command: argparse.ArgumentParser, text: str = "root of the archive") -> None:
    command.add_argument("--role", choices=("prompts", "reference"), help="what a new dataset holds")
    command.add_argument("--data_path", metavar="ARCHIVE", help=text)
    command.add_argument("--relist", action="store_true", help="list the whole archive, not only its newest days")


def _window(command: argparse.ArgumentParser) -> None:
    command.add_argument("--window_start", metavar="TIME", help="first moment, UTC unless it has a zone: 2026-01-31")
    command.add_argument("--window_end", metavar="TIME", help="end, exclusive")


def _cleaned(arguments: Sequence[str]) -> list[str]:
    """Hyphens in flags made underscores; the platform's flags dropped, with their values."""
    kept: list[str] = []
    dropped = ""  # the platform's flag whose value may come next
    for argument in arguments:
        if argument.startswith("--") and len(argument) > 2 and dropped != _PIP_OPTIONS:
            name, equals, value = argument[2:].partition("=")
            flag = name.replace("-", "_")
            if flag not in _DROPPED:
                kept.append(f"--{flag}{equals}{value}")
            dropped = flag if flag in _DROPPED and not equals else ""
        elif dropped:
            dropped = ""
        else:
            kept.append(argument)
    return kept
