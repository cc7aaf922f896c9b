"""Which records of a batch are duplicates, against a plain loop over them in order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from driftwell.archive.duplicates import REACH_DAYS, known_records

START = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = (
    "record_id string, event_time timestamp, event_date date, vector_hash bigint, object_key string, position bigint"
)

Record = dict[str, Any]


def prompt(record_id: str, day: float, vector: int, place: int) -> Record:
    time = START + timedelta(days=day)
    return {
        "record_id": record_id,
        "event_time": time,
        "event_date": time.date(),
        "vector_hash": vector,
        "object_key": "o",
        "position": place,
    }


def traffic(seed: int) -> list[Record]:
    """Few ids and vectors over three weeks, in order of time."""
    draw = np.random.default_rng(seed)
    days = np.sort(draw.uniform(0, 21, 240))
    return [
        prompt(f"r{draw.integers(12)}", round(float(day), 3), int(draw.integers(2)), i) for i, day in enumerate(days)
    ]


def walked(records: list[Record]) -> tuple[set[int], set[int]]:
    """Positions of duplicates, and of records kept although their id came with another vector before."""
    kept: dict[tuple[str, int], Any] = {}
    first: dict[str, int] = {}
    copies, reused = set(), set()
    for record in records:
        key = (record["record_id"], record["vector_hash"])
        last = kept.get(key)
        if last is not None and (record["event_date"] - last).days <= REACH_DAYS:
            copies.add(record["position"])
            continue
        kept[key] = record["event_date"]
        if first.setdefault(record["record_id"], record["vector_hash"]) != record["vector_hash"]:
            reused.add(record["position"])
    return copies, reused


def found(spark: Any, batch: list[Record], stored: list[Record]) -> tuple[set[int], set[int]]:
    frames = [spark.createDataFrame(rows, COLUMNS) for rows in (batch, stored)]
    rows = known_records(*frames, "prompts").collect()
    assert len(rows) == len({row["position"] for row in rows})
    return tuple({row["position"] for row in rows if row["is_duplicate"] is flag} for flag in (True, False))


@pytest.mark.parametrize("batches", [1, 4])
def test_what_is_kept_does_not_depend_on_how_records_are_batched(spark, batches):
    records = traffic(batches)
    ends = sorted(np.random.default_rng(batches).choice(np.arange(1, 240), batches - 1, replace=False))
    stored: list[Record] = []
    copies: set[int] = set()
    reused: set[int] = set()
    for part in np.split(np.arange(240), ends):
        batch = [records[i] for i in part]
        again, others = found(spark, batch, stored)
        copies, reused = copies | again, reused | others
        stored += [record for record in batch if record["position"] not in again]
    assert (copies, reused) == walked(records)
    assert len(copies) > 50 and len(reused) > 20


def test_an_id_on_three_days_in_a_row_is_kept_on_the_first_and_the_third(spark):
    days = [prompt("a", day, 7, day) for day in range(3)]
    assert found(spark, days, []) == ({1}, set())
    assert found(spark, days[1:2], days[:1]) == ({1}, set())
    assert found(spark, days[2:], days[:1]) == (set(), set())


def test_a_late_record_never_displaces_one_that_was_kept(spark):
    late, there = prompt("a", 0.0, 7, 0), prompt("a", 0.5, 7, 1)
    assert found(spark, [late], [there]) == ({0}, set())


def test_reused_ids_with_other_vectors_are_kept_and_noted(spark):
    objects = [prompt(f"{i}", number / 10, 100 * number + i, 20 * number + i) for number in range(6) for i in range(20)]
    assert found(spark, objects, []) == (set(), set(range(20, 120)))


def test_one_id_sent_very_often_is_one_record(spark):
    many = [prompt("health-check", 0.5 + i / 20_000, 1, i) for i in range(5_000)]
    copies, reused = found(spark, many, [])
    assert copies == set(range(1, 5_000)) and not reused
