"""The commands: parse, open a session, run, print the result, and turn expected errors into one line and a code."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from driftwell.alerts.run import run_alerts, shown
from driftwell.archive.reread import Reread
from driftwell.aws.clients import service_client
from driftwell.aws.configuration import settings_at
from driftwell.aws.locations import is_s3
from driftwell.cli import summary
from driftwell.cli.arguments import parse
from driftwell.cli.athena import run_athena
from driftwell.config import Settings
from driftwell.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    DriftFound,
    DriftwellError,
    Terminated,
    UsageError,
)
from driftwell.numeric.verdict.outcome import DRIFT
from driftwell.runs.baseline import promote_baseline, run_baseline
from driftwell.runs.distance import run_distance
from driftwell.runs.ingest import run_ingest
from driftwell.runs.period import run_period
from driftwell.runs.run import Context, Outcome
from driftwell.runs.snapshot import run_snapshot
from driftwell.runs.writing import writing
from driftwell.spark.paths import at_home
from driftwell.spark.progress import Progress
from driftwell.spark.session import lent_session, open_session
from driftwell.spark.storage_errors import Places, storage_error
from driftwell.tables.store import Tables
from driftwell.terminal import HarmlessFormatter, show


def console() -> None:
    """Entry point of the `driftwell` command."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(main(sys.argv[1:], by_glue=False))


def _terminated(*_: object) -> NoReturn:
    raise Terminated


def main(arguments: Sequence[str], spark: SparkSession | None = None, by_glue: bool | None = None) -> int:
    """Run one command and return its exit code; an unexpected error keeps its traceback.

    Args:
        arguments: without the program's name.
        spark: a session to use and leave open; by default one is opened and stopped.
        by_glue: as `parse` takes it; the console is never started by Glue.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(HarmlessFormatter("%(asctime)s %(message)s", "%H:%M:%S"))
    handler.addFilter(_is_no_stop)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("driftwell").setLevel(logging.INFO)
    # Spark warns with the whole trace before it raises what is printed below in one line.
    warnings.filterwarnings("ignore", message=".*attempted Arrow optimization")
    try:
        options = parse(arguments, by_glue)
        settings = settings_at(at_home(getattr(options, "config", None)))
        if options.command == "athena":
            show(run_athena(options, settings))
            return EXIT_DONE
        path = at_home(options.tables_path or settings.tables_path)
        if not path:
            raise UsageError("no folder for the tables: pass --tables_path, or set tables_path in the configuration")
        _run(options, settings, path, spark)
    except DriftwellError as error:
        show(f"driftwell: {error}", sys.stderr, lines=False)
        return error.exit_code
    except (Py4JError, PySparkException) as error:
        known = None if _stop_behind(error) else storage_error(error, _places(options, settings))
        if known is None:
            return _stopped(error)
        show(f"driftwell: {known}", sys.stderr, lines=False)
        return known.exit_code
    except BaseException as error:
        return _stopped(error)
    return EXIT_DONE


def _stopped(error: BaseException) -> int:
    """The exit code of a command that was asked to end; anything else is re-raised, with its traceback."""
    stop = _stop_behind(error)
    if stop is None:
        raise error
    print("driftwell: stopped; run the same command again to resume", file=sys.stderr)
    return EXIT_TERMINATED if isinstance(stop, Terminated) else EXIT_INTERRUPTED


def _stop_behind(error: BaseException | None) -> BaseException | None:
    """The request to end behind an error: an interrupted call breaks the connection to Java, so the next fails."""
    while error is not None and not isinstance(error, KeyboardInterrupt | Terminated):
        error = error.__context__
    return error


def _is_no_stop(record: logging.LogRecord) -> bool:
    """Whether a log record is anything but py4j's trace of an interrupted call."""
    return record.exc_info is None or _stop_behind(record.exc_info[1]) is None


def _places(options: argparse.Namespace, settings: Settings) -> Places:
    """Where a command reads and writes."""
    archives = [getattr(options, "data_path", None), *(dataset.data_path for dataset in settings.datasets.values())]
    tables = getattr(options, "tables_path", None) or settings.tables_path
    return Places(at_home(tables) or "", [archive for archive in map(at_home, archives) if archive])


def _run(options: argparse.Namespace, settings: Settings, path: str, given: SparkSession | None) -> None:
    with _session(options, settings, path, given) as spark:
        progress = Progress(spark.sparkContext)
        if getattr(options, "dry_run", False):
            COMMANDS[options.command](Context(spark, Tables(spark, path), settings, progress), options)
            return
        with writing(spark, path, options.command, settings, progress) as context:
            COMMANDS[options.command](context, options)


@contextmanager
def _session(
    options: argparse.Namespace, settings: Settings, path: str, given: SparkSession | None
) -> Iterator[SparkSession]:
    """A new session, stopped at the end, or the given one, left as it was."""
    if given is not None:
        with lent_session(given) as spark:
            yield spark
        return
    spark = open_session(settings.spark, options.verbose, _needs_s3(options, settings, path))
    try:
        if threading.current_thread() is threading.main_thread():
            # Spark's own handler calls Java from within the call that Ctrl-C interrupts, and may fail in it; the end of
            # the session cancels its jobs as well.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield spark
    finally:
        spark.stop()


def _needs_s3(options: argparse.Namespace, settings: Settings, path: str) -> bool:
    """Whether a path that the command may read or write is in S3."""
    configured = [dataset.data_path for dataset in settings.datasets.values()]
    return any(is_s3(place) for place in (path, getattr(options, "data_path", None), *configured))


def _ingest(context: Context, options: argparse.Namespace) -> None:
    found = run_ingest(context, options.dataset, options.role, options.data_path, options.relist, _reread(options))
    show(summary.of_ingest(context.tables, options.dataset, found))


def _reread(options: argparse.Namespace) -> Reread | None:
    if not getattr(options, "reread", False):
        return None
    return Reread(options.reread_reason, options.reread_prefix, options.reread_since)


def _drift(context: Context, options: argparse.Namespace) -> None:
    start, end = options.window_start, options.window_end
    if options.data_path:
        _ingest(context, options)
    if options.job_type == "BASELINE":
        outcome = run_baseline(context, options.dataset, start, end, options.baseline_name)
        _show(context, outcome, summary.of_baseline(context.tables, outcome))
        return
    if options.period:
        outcome = run_period(context, options.dataset, options.period, end, options.baseline)
        _show(context, outcome, summary.of_period(context.tables, outcome))
    else:
        outcome = run_snapshot(context, options.dataset, start, end, options.baseline)
        _show(context, outcome, summary.of_snapshot(context.tables, outcome))
    if options.fail_on_drift:
        _fail_on_drift(summary.rows_of(context.tables, outcome, "verdicts"))


def _fail_on_drift(verdicts: list[dict[str, Any]]) -> None:
    drifted = [row for row in verdicts if row["verdict"] == DRIFT]
    if drifted:
        raise DriftFound(f"drift in {drifted[0]['dataset']} (--fail_on_drift): {drifted[0]['explanation']}")


def _distance(context: Context, options: argparse.Namespace) -> None:
    start, end = options.window_start, options.window_end
    if options.data_path:
        found = run_ingest(context, options.prompt_dataset, "prompts", options.data_path, options.relist)
        show(summary.of_ingest(context.tables, options.prompt_dataset, found))
    outcome = run_distance(context, options.prompt_dataset, options.reference_dataset, start, end)
    _show(context, outcome, summary.of_distance(context.tables, outcome))


def _baseline(context: Context, options: argparse.Namespace) -> None:
    found = promote_baseline(context, options.dataset, options.baseline)
    show(summary.of_promotion(options.dataset, found))


def _alerts(context: Context, options: argparse.Namespace) -> None:
    # A dry run calls no service, so it needs neither region nor credentials.
    cloudwatch, sns = (None if options.dry_run else service_client(name) for name in ("cloudwatch", "sns"))
    found = run_alerts(context, cloudwatch, sns, options.topic_arn, options.namespace, options.dry_run)
    show(shown(found, options.dry_run))


def _show(context: Context, outcome: Outcome, text: str) -> None:
    show(text)
    if outcome.repeated:
        show(f"run {outcome.run_id} is already completed; showing the stored result")
    else:
        context.progress.say(f"run {outcome.run_id} took {context.progress.summary()}")


COMMANDS = {"ingest": _ingest, "drift": _drift, "distance": _distance, "baseline": _baseline, "alerts": _alerts}
