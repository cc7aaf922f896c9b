"""The runs of the commands, inside a notebook's existing Spark session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from driftwell.archive.reread import Reread
from driftwell.aws.configuration import settings_at
from driftwell.aws.locations import is_s3
from driftwell.cli import summary
from driftwell.config import Settings, check_name
from driftwell.config_file import build
from driftwell.errors import UsageError
from driftwell.runs.baseline import promote_baseline, run_baseline
from driftwell.runs.distance import run_distance
from driftwell.runs.ingest import run_ingest
from driftwell.runs.period import PERIODS, run_period
from driftwell.runs.run import Context
from driftwell.runs.snapshot import run_snapshot
from driftwell.runs.writing import writing
from driftwell.spark.paths import at_home
from driftwell.spark.progress import Progress
from driftwell.spark.session import lent_session, open_session
from driftwell.spark.storage_errors import Places, storage_error
from driftwell.tables.schemas import TABLES
from driftwell.tables.store import Tables
from driftwell.times import iso, midnight, parse_moment, plausible

Moment = datetime | str | None
"""A time; without a zone it is UTC. Text is ISO 8601: 2026-01-31 or 2026-01-31T12:00:00Z."""

NO_CONNECT = (
    "Spark Connect cannot run driftwell, which needs the JVM of a classic session: use a cluster with classic access "
    "(on Databricks a dedicated one), or spark-submit"
)


@dataclass(frozen=True, repr=False)
class Result:
    """The result of a call. A notebook displays its `text`.

    Attributes:
        run_ids: of its runs, as in the table `runs`: several if ingest read several batches, none if nothing was new.
        repeated: everything was already completed, and the stored result is shown.
        verdict: of a snapshot or a period DRIFT, NO_DRIFT or INSUFFICIENT_DATA; for distances the verdict on coverage;
            else None.
        text: what the command prints.
    """

    run_ids: tuple[str, ...]
    repeated: bool
    verdict: str | None
    text: str

    def __repr__(self) -> str:
        return self.text


class Workspace:
    """Tables of driftwell, and the runs that write them.

    The runs are those of the commands: the same lease, so that no other writer interferes, and the same identities, so
    that completed runs are not repeated. A session that was given, or is active, keeps its settings. Without one, the
    first call opens a local session, which ends with `close` or a `with` block.
    """

    def __init__(
        self,
        tables_path: str | Path | None = None,
        spark: SparkSession | None = None,
        config: str | Path | Mapping[str, Any] | None = None,
    ) -> None:
        """Read the configuration; nothing else is read or started yet.

        Args:
            tables_path: root of the Delta tables: a folder, or a path that Spark can write to, such as s3://…; None
                means that of the configuration.
            spark: a classic session with Delta; None means the active one, or else opens a local one.
            config: a YAML file like `conf/driftwell.yaml`, or its content as a dictionary; None means all defaults.

        Raises:
            UsageError: for a session of Spark Connect, a bad configuration, or a missing tables_path.
        """
        _check_classic(spark)
        self._settings = _settings(config)
        path = at_home(str(tables_path) if tables_path is not None else self._settings.tables_path)
        if not path:
            raise UsageError("tables_path is missing: pass it, or set it in the configuration")
        self._path, self._given = path, spark
        self._own: SparkSession | None = None

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Workspace({self._path!r})"

    def close(self) -> None:
        """End the session that this workspace opened; one that was given or active is left alone."""
        own, self._own = self._own, None
        if own is not None:
            own.stop()

    def ingest(
        self,
        dataset: str,
        data_path: str | Path | None = None,
        role: str | None = None,
        *,
        relist: bool = False,
        reread: bool = False,
        reread_reason: str | None = None,
        reread_prefix: str | None = None,
        reread_since: Moment = None,
    ) -> Result:
        """Read new objects of an archive into the tables.

        Args:
            dataset: its name. data_path: root of the archive; None means that of the configuration.
            role: `prompts` or `reference`; required for a new dataset unless its name or the configuration gives it.
            relist: list the whole archive, not only its newest days.
            reread: reread objects and replace their records. `reread_reason` limits this to objects with records
                quarantined for it, `reread_prefix` to those whose key begins with it, `reread_since` to those last
                read then or later.

        Raises:
            UsageError, InputError, StorageError: as the command's exit codes 2, 4 and 5.
        """
        narrowed = (reread_reason, reread_prefix, reread_since)
        if any(narrowed) and not reread:
            raise UsageError("reread_reason, reread_prefix and reread_since need reread=True")
        since = _moment(reread_since, "reread_since")
        asked = Reread(reread_reason, reread_prefix, since) if reread else None
        name, archive = check_name(dataset, "dataset"), None if data_path is None else str(data_path)
        with self._writing("ingest", archive) as context:
            found = run_ingest(context, name, role, archive, relist, asked)
            text = summary.of_ingest(context.tables, name, found)
        return Result(tuple(found.run_ids), not found.run_ids, None, text)

    def baseline(
        self,
        dataset: str,
        window_start: Moment = None,
        window_end: Moment = None,
        *,
        baseline_name: str | None = None,
    ) -> Result:
        """Make a baseline of a window of prompts, or of a reference as of `window_end`; the first becomes active.

        Args:
            window_start, window_end: [start, end); without them all records.
            baseline_name: what to call it; v1, v2, … by default.

        Raises:
            UsageError, InputError, StorageError: as the command's exit codes 2, 4 and 5.
        """
        name, (start, end) = check_name(dataset, "dataset"), _window(window_start, window_end)
        with self._writing("drift") as context:
            outcome = run_baseline(context, name, start, end, baseline_name)
            text = summary.of_baseline(context.tables, outcome)
        return Result((outcome.run_id,), outcome.repeated, None, text)

    def snapshot(
        self,
        dataset: str,
        window_start: Moment = None,
        window_end: Moment = None,
        *,
        baseline: str | None = None,
        period: str | None = None,
    ) -> Result:
        """Compare a later window, or a later state, with a baseline.

        Args:
            window_start, window_end: [start, end); without them everything after the baseline, or the newest state.
            baseline: id or name of the baseline; None means the active one.
            period: `week` or `month`: one verdict on the days before `window_end`, from their snapshots' sums.

        Raises:
            UsageError, InputError, StorageError: as the command's exit codes 2, 4 and 5.
        """
        name, (start, end) = check_name(dataset, "dataset"), _window(window_start, window_end)
        _check_period(period, start, end)
        with self._writing("drift") as context:
            if period:
                outcome = run_period(context, name, period, end, baseline)
                text = summary.of_period(context.tables, outcome)
            else:
                outcome = run_snapshot(context, name, start, end, baseline)
                text = summary.of_snapshot(context.tables, outcome)
            verdicts = summary.rows_of(context.tables, outcome, "verdicts")
        return Result((outcome.run_id,), outcome.repeated, verdicts[0]["verdict"], text)

    def distance(
        self,
        prompt_dataset: str = "prompts",
        reference_dataset: str = "reference",
        window_start: Moment = None,
        window_end: Moment = None,
    ) -> Result:
        """Measure the distance of prompts to the clusters of a reference, and which of them it does not cover.

        Args:
            window_start, window_end: [start, end) of the prompts; without them everything after their baseline.

        Raises:
            UsageError, InputError, StorageError: as the command's exit codes 2, 4 and 5.
        """
        names = check_name(prompt_dataset, "prompt_dataset"), check_name(reference_dataset, "reference_dataset")
        start, end = _window(window_start, window_end)
        with self._writing("distance") as context:
            outcome = run_distance(context, *names, start, end)
            text = summary.of_distance(context.tables, outcome)
            verdict = summary.coverage_verdict(context.tables, outcome)
        return Result((outcome.run_id,), outcome.repeated, verdict, text)

    def promote(self, dataset: str, baseline: str) -> Result:
        """Make a baseline the active one: later snapshots are compared with it.

        Args:
            baseline: its id or name.

        Raises:
            UsageError, InputError, StorageError: as the command's exit codes 2, 4 and 5.
        """
        with self._writing("baseline") as context:
            found = promote_baseline(context, check_name(dataset, "dataset"), baseline)
        return Result((), False, None, summary.of_promotion(dataset, found))

    def table(self, name: str) -> DataFrame:
        """A table as it is now, empty if nothing was written yet; docs/tables.md describes all tables.

        Raises:
            UsageError: for an unknown table name.
        """
        if name not in TABLES:
            raise UsageError(f"there is no table {name!r}; the tables are {', '.join(sorted(TABLES))}")
        return Tables(self._session(), self._path).read(name)

    @contextmanager
    def _writing(self, command: str, archive: str | None = None) -> Iterator[Context]:
        """The context of a run, as the one writer; known storage errors become one line."""
        spark, settings = self._session(archive), self._settings
        progress = Progress(spark.sparkContext, always=True)
        try:
            with lent_session(spark), writing(spark, self._path, command, settings, progress) as context:
                yield context
        except (Py4JError, PySparkException) as error:
            known = storage_error(error, Places(self._path, [archive] if archive else []))
            if known is None:
                raise
            raise known from error

    def _session(self, archive: str | None = None) -> SparkSession:
        spark = self._given or self._own or SparkSession.getActiveSession()
        if spark is None:
            configured = [dataset.data_path for dataset in self._settings.datasets.values()]
            s3 = any(is_s3(place) for place in (self._path, archive, *configured) if place)
            spark = self._own = open_session(self._settings.spark, verbose=False, s3=s3)
        _check_classic(spark)
        return spark


def _check_classic(spark: object) -> None:
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        raise UsageError(NO_CONNECT)


def _settings(config: str | Path | Mapping[str, Any] | None) -> Settings:
    if isinstance(config, Mapping):
        return build(Settings, dict(config), "config", "")
    return settings_at(None if config is None else at_home(str(config)))


def _moment(given: Moment, what: str) -> datetime | None:
    if given is None:
        return None
    if isinstance(given, str):
        return plausible(parse_moment(given, what), what)
    return plausible(given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC), what)


def _window(start: Moment, end: Moment) -> tuple[datetime | None, datetime | None]:
    first, last = _moment(start, "window_start"), _moment(end, "window_end")
    if first and last and first >= last:
        raise UsageError(f"the window {iso(first)} to {iso(last)} is empty: window_start must lie before window_end")
    return first, last


def _check_period(period: str | None, start: datetime | None, end: datetime | None) -> None:
    if period is None:
        return
    if period not in PERIODS:
        raise UsageError(f"period is {period!r}, expected one of {', '.join(PERIODS)}")
    if start is not None:
        raise UsageError("a period begins so many days before window_end: leave window_start out")
    if end is not None:
        midnight(end, "window_end of a period, which is made of whole days,")
