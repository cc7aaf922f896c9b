"""Records of a window or a state, now and as it was known, against plain Python on generated histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from driftwell.profile.window import TimeWindow, flow_between, split_key, state_at, versions_at, window_facts
from driftwell.runs.census import Census, census_of

START = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = (
    "record_id string, event_time timestamp, object_key string, position bigint, deleted boolean, vector_hash bigint, "
    "ingested_at timestamp, batch_id string"
)
END = START + timedelta(days=5)


def history(seed: int) -> list[dict[str, Any]]:
    """Versions and tombstones of few ids in any order: arrival and event time are independent."""
    draw = np.random.default_rng(seed)
    rows = []
    for position in range(300):
        batch = int(draw.integers(8))
        rows.append(
            {
                "record_id": f"r{draw.integers(60)}",
                "event_time": START + timedelta(minutes=int(draw.integers(10 * 24 * 60))),
                "object_key": f"o{batch}",
                "position": position,
                "deleted": bool(draw.random() < 0.2),
                "vector_hash": int(draw.integers(3)),
                "ingested_at": None if batch == 0 else START + timedelta(days=batch),
                "batch_id": f"b{batch}",
            }
        )
    return rows


def known(rows: list[dict[str, Any]], window: TimeWindow) -> list[dict[str, Any]]:
    at = window.known_at
    return [row for row in rows if at is None or row["ingested_at"] is None or row["ingested_at"] <= at]


def state(rows: list[dict[str, Any]], window: TimeWindow) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    before = [row for row in known(rows, window) if row["event_time"] < window.end]
    for row in sorted(before, key=lambda row: (row["event_time"], row["object_key"], row["position"])):
        newest[row["record_id"]] = row
    return {key: row for key, row in newest.items() if not row["deleted"]}


@pytest.fixture(scope="module")
def rows():
    return history(1)


@pytest.fixture(scope="module")
def embeddings(spark, rows):
    frame = spark.createDataFrame(pd.DataFrame(rows), COLUMNS).coalesce(1)
    return frame.selectExpr("*", "'d' AS dataset", "to_date(event_time) AS event_date").persist()


@pytest.mark.parametrize("known_days", [None, 0, 1, 4, 7])
def test_a_state_and_a_window_are_read_as_they_were_known(embeddings, rows, known_days) -> None:
    known_at = None if known_days is None else START + timedelta(days=known_days)
    window = TimeWindow(None, END, known_at)
    found = {row["record_id"]: row["position"] for row in state_at(embeddings, "d", window).collect()}
    assert found == {key: row["position"] for key, row in state(rows, window).items()}
    _, key = split_key("reference", None)
    facts = window_facts(versions_at(embeddings, "d", window), "d", key)
    before = [row for row in known(rows, window) if row["event_time"] < END]
    # Also for a batch that only removed records.
    newest = max((row["ingested_at"] for row in before if row["ingested_at"]), default=None)
    assert (facts.n, facts.known_at) == (len(found), newest)
    assert facts.first == min(row["event_time"] for row in state(rows, window).values())
    flow = TimeWindow(START + timedelta(days=1), END, known_at)
    positions = {row["position"] for row in flow_between(embeddings, "d", flow).select("position").collect()}
    wanted = [row for row in known(rows, flow) if START + timedelta(days=1) <= row["event_time"] < END]
    assert positions == {row["position"] for row in wanted if not row["deleted"]}


def test_what_arrives_later_under_an_earlier_time_is_added_removed_or_changed(embeddings, rows) -> None:
    before, now = TimeWindow(None, END, START + timedelta(days=3)), TimeWindow(None, END)
    found = census_of(*(state_at(embeddings, "d", window) for window in (before, now)))
    old, new = state(rows, before), state(rows, now)
    changed = sum(old[key]["vector_hash"] != new[key]["vector_hash"] for key in old.keys() & new.keys())
    wanted = Census(len(old), len(new), len(new.keys() - old.keys()), len(old.keys() - new.keys()), changed)
    assert found == wanted
    assert min(wanted.added, wanted.removed, wanted.changed) > 0
