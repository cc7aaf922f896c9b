"""Which records a run works on: window flags resolved to concrete times, records read and identified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.errors import InputError, UsageError
from driftwell.profile.judged import with_place
from driftwell.profile.window import (
    TimeWindow,
    WindowFacts,
    balanced,
    flow_between,
    in_fit_half,
    split_key,
    state_at,
    versions_at,
    window_facts,
    with_measures,
)
from driftwell.runs.history import Profile
from driftwell.runs.rules import Rules
from driftwell.tables.datasets import Dataset
from driftwell.tables.store import Tables
from driftwell.times import from_micros, iso


@dataclass(frozen=True)
class Selection:
    """The records of a window.

    Attributes:
        rules: of the run that works on them.
        records: with the columns `is_fit` (boolean), `measures` (array<double>: the configured metadata keys), and
            those of `with_place`.
        split: what the halves were split by.
        n_fit: records in the fit half.
    """

    rules: Rules
    records: DataFrame
    window: TimeWindow
    facts: WindowFacts
    split: str
    n_fit: int


def select_records(tables: Tables, rules: Rules, start: datetime | None, end: datetime | None) -> Selection:
    """Records of a window of a flow, or of a state at a moment.

    Args:
        start: None means the earliest record (a state has no start).
        end: exclusive; None means everything there is.

    Raises:
        UsageError: for an empty window, or a state with a start.
        InputError: if there is no record in it.
    """
    dataset, embeddings = rules.dataset, tables.read("embeddings")
    window = _resolved(embeddings, dataset, start, end)
    if window.start is None:
        records = state_at(embeddings, dataset.dataset, window)
        known = versions_at(embeddings, dataset.dataset, window)
    else:
        known = records = flow_between(embeddings, dataset.dataset, window)
    name, key = split_key(dataset.role, rules.session_key)
    facts = window_facts(known, dataset.dataset, key)
    if facts.n == 0:
        raise InputError(f"dataset {dataset.dataset!r} has no record {window}; {_extent(embeddings, dataset)}")
    if not balanced(facts.fit_by_key, facts.n):
        name, key = "record_id", F.col("record_id")
    n_fit = facts.fit_by_record if name == "record_id" else facts.fit_by_key
    records = records.withColumn("is_fit", in_fit_half(dataset.dataset, key))
    records = with_place(with_measures(records, rules.measures), rules.session_key)
    return Selection(rules, records, window, facts, name, n_fit)


def check_apart(window: TimeWindow, baseline: Profile) -> None:
    """Refuse a window of a flow that overlaps the baseline it is compared with.

    Raises:
        UsageError: if they overlap.
    """
    before = baseline.window
    if window.start is None or before.start is None:
        return
    if window.start < before.end and before.start < window.end:
        raise UsageError(
            f"the window {window} overlaps that of baseline {baseline.profile_id}, {before}: a window must not contain "
            "records of its baseline; move --window_start or --window_end, or choose another baseline"
        )


def _resolved(embeddings: DataFrame, dataset: Dataset, start: datetime | None, end: datetime | None) -> TimeWindow:
    """The window with both ends resolved; they are stored with the run."""
    is_state = dataset.role == "reference"
    if is_state and start is not None:
        raise UsageError(
            f"dataset {dataset.dataset!r} is a reference, the state at --window_end: leave --window_start out"
        )
    if end is None or (start is None and not is_state):
        first, last = _first_and_last(embeddings, dataset)
        if first is None or last is None:
            raise InputError(f"dataset {dataset.dataset!r} has no record in {iso(start) or 'its tables'}: ingest first")
        end = end or last.replace(microsecond=0) + timedelta(seconds=1)
        start = start or first.replace(microsecond=0)
    window = TimeWindow(None if is_state else start, end)
    if window.start and window.start >= window.end:
        raise UsageError(f"the window {window} is empty: --window_start must be before --window_end")
    return window


def _first_and_last(embeddings: DataFrame, dataset: Dataset) -> tuple[datetime | None, datetime | None]:
    times = embeddings.where(F.col("dataset") == dataset.dataset)
    row = times.agg(F.unix_micros(F.min("event_time")), F.unix_micros(F.max("event_time"))).first()
    assert row is not None  # an aggregate without groups always has one row
    return from_micros(row[0]), from_micros(row[1])


def _extent(embeddings: DataFrame, dataset: Dataset) -> str:
    first, last = _first_and_last(embeddings, dataset)
    return f"its records lie between {iso(first)} and {iso(last)}" if first else "it has none at all: ingest first"
