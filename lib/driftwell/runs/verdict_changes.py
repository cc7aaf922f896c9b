"""Which verdicts are news: the newest of each dataset against the last one that was told, and what to tell of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyspark.sql import functions as F

from driftwell.runs.run import completed, digest
from driftwell.tables.store import Tables
from driftwell.times import from_micros, iso

DRIFT, NO_DRIFT, CENSUS = "DRIFT", "NO_DRIFT", "CENSUS"
MOST_CLUSTERS, MOST_EXAMPLES = 5, 20
NEEDED = ("verdicts", "drift", "cluster_drift", "clusters", "embeddings", "distance_stats", "prompt_distances")
"""Tables that a step which acts on a message reads."""


@dataclass(frozen=True)
class Change:
    """A verdict that differs from the last one told.

    Attributes:
        verdict: DRIFT, NO_DRIFT or INSUFFICIENT_DATA. previous: None where none was told.
        message: the JSON to send.
    """

    alert_id: str
    dataset: str
    run_id: str
    window_end: datetime
    verdict: str
    previous: str | None
    message: str


def verdict_changes(tables: Tables) -> list[Change]:
    """Changes that nobody was told of, by dataset: at most one each, that of its newest window.

    The first verdict of a dataset is news when it is DRIFT. An older window that is judged again is none.
    """
    told = _last_told(tables)
    found = []
    for row in _newest_verdicts(tables):
        verdict = standing(row["verdict"], row["effect"], row["effect_floor"])
        before = told.get(row["dataset"])
        if before is None and verdict != DRIFT:
            continue
        if before is not None and (before["verdict"] == verdict or before["window_end"] > row["window_end"]):
            continue
        found.append(_change(tables, row, verdict, before["verdict"] if before else None))
    return found


def standing(verdict: str, effect: float | None, floor: float | None) -> str:
    """A verdict as alerts see it: a state, which is counted and not judged, drifts above its floor."""
    if verdict != CENSUS:
        return verdict
    return DRIFT if effect is not None and effect > (floor or 0.0) else NO_DRIFT


def _newest_verdicts(tables: Tables) -> list[dict[str, Any]]:
    """Of each dataset the verdict on its newest window; of several on the same one that of the newest run."""
    ended = tables.read("runs").where("status = 'done'").select("run_id", "finished_at")
    judged = tables.read("verdicts").join(ended, "run_id")
    newest = judged.groupBy("dataset").agg(F.max_by("run_id", F.struct("window_end", "finished_at")).alias("run_id"))
    times = {name: F.unix_micros(name) for name in ("window_start", "window_end")}
    rows = tables.read("verdicts").join(newest.select("run_id"), "run_id").withColumns(times).orderBy("dataset")
    return [row.asDict(recursive=True) for row in rows.collect()]


def _last_told(tables: Tables) -> dict[str, dict[str, Any]]:
    """The last verdict told of each dataset, with the end of its window in microseconds."""
    sent = tables.read("alerts").where("kind = 'verdict'")
    last = F.struct(F.unix_micros("window_end").alias("window_end"), F.unix_micros("published_at"), "verdict")
    rows = sent.groupBy("dataset").agg(F.max(last).alias("last")).collect()
    return {row["dataset"]: row["last"].asDict() for row in rows}


def _change(tables: Tables, row: dict[str, Any], verdict: str, previous: str | None) -> Change:
    alert_id = digest(["verdict", row["dataset"], row["run_id"], verdict, previous])
    end = from_micros(row["window_end"])
    assert end is not None  # every verdict has a window that ends
    told = {
        "alert_id": alert_id,
        "dataset": row["dataset"],
        "verdict": verdict,
        "previous_verdict": previous,
        "window_start": iso(from_micros(row["window_start"])),
        "window_end": iso(end),
        **{name: row[name] for name in ("run_id", "baseline_id", "status", "n", "p_value", "alpha", "effect")},
        **{name: row[name] for name in ("effect_lower", "effect_floor", "main_cause", "causes", "explanation")},
        "example_ids": (row["example_ids"] or [])[:MOST_EXAMPLES],
        "clusters": _clusters(tables, row["run_id"]),
        "tables_path": tables.path,
        "tables": {name: tables.location(name) for name in NEEDED},
    }
    return Change(alert_id, row["dataset"], row["run_id"], end, verdict, previous, json.dumps(told, ensure_ascii=False))


def _clusters(tables: Tables, run_id: str) -> list[dict[str, Any]]:
    """The clusters that moved most, with records that stand for them."""
    names = ["cluster", "baseline_proportion", "snapshot_proportion", "change", "p_value", "centroid_shift"]
    moved = completed(tables.read("cluster_drift").where(F.col("run_id") == run_id), tables)
    most = moved.orderBy(F.desc(F.abs("change")), "cluster").limit(MOST_CLUSTERS).select(*names)
    examples = tables.read("clusters").where(F.col("run_id") == run_id)
    own = examples.select(F.col("matched_baseline_cluster").alias("cluster"), "example_ids")
    rows = most.join(own, "cluster", "left").orderBy(F.desc(F.abs("change")), "cluster")
    return [row.asDict() for row in rows.collect()]
