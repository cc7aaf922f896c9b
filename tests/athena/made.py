"""A few rows in every table, made by hand so that the result of each view and query is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from driftwell.tables.row import Row

OBJECT = "s3://b/a = b/x.gz"

COVERED_P = 0.1
"""Prompts with larger p-values are covered: `covered_quantile` is .9 here."""

DAYS = [date(2026, 3, day) for day in (1, 2, 3)]


def at(day: int, hour: int = 0) -> datetime:
    """A moment of March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def window(day: int) -> Row:
    """The window of one day."""
    return {"window_start": at(day), "window_end": at(day + 1)}


def run(run_id: str, job: str, started: datetime, seconds: float, **values: Any) -> Row:
    """A row of `runs`."""
    row = {
        "run_id": run_id,
        "job": job,
        "dataset": "prompts",
        "status": "done",
        "started_at": started,
        "finished_at": started + timedelta(seconds=seconds),
        "records_in": 1_000,
        "settings": "{}",
        "resources": {"cores": 4.0, "task_seconds": seconds * 2, "executor_heap_mb": 2_048.0},
    }
    return row | values


REFERENCE = '{"reference": {"baseline": ["reference-v1", "r1"], "newest": ["reference-v1", "r1"]}}'
OTHER = '{"reference": {"baseline": ["manuals-v1", "m1"], "newest": ["manuals-v1", "m1"]}}'
OF_PROMPTS = {"baseline_id": "prompts-v1"}

RUNS = [
    run("ingest1", "ingest", at(1, 1), 10),
    run("ingest2", "ingest", at(2, 1), 10),
    run("ingest3", "ingest", at(3, 1), 30, message=None),
    run("base1", "baseline", at(1, 2), 20, **window(1), **OF_PROMPTS),
    # The same question twice: late records made it a new run. The newer counts.
    run("snap1", "snapshot", at(3, 2), 20, **window(2), **OF_PROMPTS),
    run("snap1late", "snapshot", at(3, 5), 20, **window(2), **OF_PROMPTS),
    run("snap2", "snapshot", at(4, 2), 20, **window(3), **OF_PROMPTS, records_in=0),
    run("week1", "period", at(4, 4), 2, window_start=at(1), window_end=at(8), **OF_PROMPTS),
    run("snap3", "snapshot", at(4, 3), 5, **window(4), **OF_PROMPTS, status="failed", message="StorageError: gone"),
    run("dist1", "distance", at(3, 3), 36, **window(2), **OF_PROMPTS, settings=REFERENCE),
    # The same window against another reference is another question.
    run("dist2", "distance", at(3, 4), 36, **window(2), **OF_PROMPTS, settings=OTHER),
    # Two days together, by an earlier run: for a prompt in both the newer run counts.
    run("dist0", "distance", at(3, 2), 36, window_start=at(1), window_end=at(3), **OF_PROMPTS, settings=REFERENCE),
    run("dist1late", "distance", at(3, 6), 36, **window(2), **OF_PROMPTS, settings=REFERENCE),
]


def drift(run_id: str, day: int, metric: str, value: float) -> Row:
    """A row of `drift`."""
    ids = {"run_id": run_id, "dataset": "prompts", **OF_PROMPTS, **window(day)}
    return {
        **ids,
        "metric": metric,
        "baseline_value": 1.0,
        "snapshot_value": value,
        "change": value - 1,
        "status": "ok",
    }


def moved(run_id: str, day: int, cluster: int, change: float) -> Row:
    """A row of `cluster_drift`."""
    ids = {"run_id": run_id, "dataset": "prompts", **OF_PROMPTS, **window(day)}
    return {
        **ids,
        "cluster": cluster,
        "baseline_proportion": 0.5,
        "snapshot_proportion": 0.5 + change,
        "change": change,
    }


def verdict(run_id: str, day: int, word: str) -> Row:
    """A row of `verdicts`."""
    ids = {"run_id": run_id, "dataset": "prompts", **OF_PROMPTS, **window(day)}
    columns = {"n": 1_000, "verdict": word, "status": "ok", "p_value": 0.01, "effect": 0.2, "effect_floor": 0.0}
    return {**ids, **columns, "main_cause": "novelty", "causes": ["novelty"], "explanation": f"why {word}"}


def distance(run_id: str, record: str, day: int, value: float, p: float, position: int = 0) -> Row:
    """A row of `prompt_distances`."""
    ids = {"run_id": run_id, "prompt_dataset": "prompts", "event_date": date(2026, 3, day), "record_id": record}
    near = {"cluster": 1, "distance": value, "p_value": p, "is_outlier": p < 0.01, "is_covered": p > COVERED_P}
    newest = {"newest_cluster": 1, "newest_distance": value / 2, "newest_p_value": 0.5, "newest_is_covered": True}
    return {**ids, **near, **newest, "object_key": OBJECT, "position": position}


def stats(run_id: str, reference: str) -> Row:
    """A row of `distance_stats`."""
    ids = {"run_id": run_id, "prompt_dataset": "prompts", "reference_dataset": reference, **window(2)}
    columns = {"outside_share": 0.5, "outside_change": 0.25, "outside_verdict": "DRIFT", "outside_status": "ok"}
    columns |= {"covered_quantile": 1 - COVERED_P, "outlier_status": "ok", "days": 2}
    return {**ids, **columns, "reference_kind": "baseline", "cluster": -1, "n": 3, "coverage": 0.5, "status": "ok"}


def rejected(key: str, position: int | None, reason: str, day: int) -> Row:
    """A row of `quarantine`."""
    ids = {"dataset": "prompts", "object_key": key, "position": position, "batch_id": f"ingest{day}"}
    return {**ids, "reason": reason, "detail": "what was found", "ingested_at": at(day, 1)}


def record(name: str, day: int) -> Row:
    """A row of `embeddings`."""
    ids = {"dataset": "prompts", "event_date": date(2026, 3, day), "record_id": name, "event_time": at(day, 5)}
    held = {"metadata": {"similarity": "0.5"}, "deleted": False, "position": 0, "embedding": [0.25, -1.5]}
    return {**ids, **held, "event_time_source": "record", "object_key": OBJECT, "batch_id": "ingest1"}


def said(name: str, text: str, position: int = 0) -> Row:
    """A row of `texts` of the second day."""
    ids = {"dataset": "prompts", "event_date": date(2026, 3, 2), "record_id": name}
    return {**ids, "object_key": OBJECT, "position": position, "text": text}


def profile(run_id: str, kind: str, day: int) -> Row:
    """A row of `profiles`."""
    ids = {"run_id": run_id, "profile_id": f"prompts-{run_id}", "dataset": "prompts", "kind": kind, **window(day)}
    return {**ids, "n": 1_000, "dims95": 2, "explained_variance": [0.75, 0.25], "inertia": 0.5, "status": "ok"}


def cluster(run_id: str, number: int, matched: int | None) -> Row:
    """A row of `clusters`."""
    ids = {"run_id": run_id, "profile_id": f"prompts-{run_id}", "dataset": "prompts", "cluster": number}
    return {
        **ids,
        "size": 500,
        "centroid": [0.5, 0.5],
        "matched_baseline_cluster": matched,
        "example_ids": ["p1", "p2"],
    }


TABLES: dict[str, list[Row]] = {
    "datasets": [{"dataset": "prompts", "role": "prompts", "dimension": 2, "created_at": at(1), "settings": "{}"}],
    "objects": [{"dataset": "prompts", "object_key": OBJECT, "size": 10, "status": "done"}],
    "embeddings": [record("p1", 2), record("p2", 2), record("p3", 2)],
    "texts": [
        said("p1", 'Où est l\'été; DROP?\n"x"'),
        said("p3", "third"),
        said("p2", "the other p2", position=7),
    ],
    "quarantine": [
        rejected("s3://b/1", 0, "not_json", 1),
        rejected("s3://b/1", 4, "not_json", 1),
        rejected("s3://b/0", 1, "not_json", 1),
        rejected("s3://b/2", None, "corrupt_object", 2),
    ],
    "runs": RUNS,
    "profiles": [profile("base1", "BASELINE", 1), profile("snap1late", "SNAPSHOT", 2), profile("snap2", "SNAPSHOT", 3)],
    "clusters": [cluster("snap2", 0, 1), cluster("snap2", 1, None), cluster("snap1late", 0, 0)],
    "drift": [
        drift("snap1", 2, "inertia", 9.0),
        drift("snap1late", 2, "inertia", 1.5),
        drift("snap1late", 2, "psi", 0.5),
        drift("snap2", 3, "inertia", 2.5),
        # Left by an attempt that ended early.
        drift("lost", 4, "inertia", 7.0),
    ],
    "cluster_drift": [
        moved("snap1late", 2, 0, 0.4),
        moved("snap2", 3, 0, 0.1),
        moved("snap2", 3, 1, -0.25),
        moved("lost", 4, 0, 0.5),
    ],
    "verdicts": [
        verdict("snap1", 2, "DRIFT"),
        verdict("snap1late", 2, "NO_DRIFT"),
        verdict("snap2", 3, "DRIFT"),
        verdict("week1", 3, "NO_DRIFT") | {"window_start": at(1), "window_end": at(8)},
    ],
    "daily_sums": [{"run_id": "snap2", "dataset": "prompts", "event_date": date(2026, 3, 3), "n": 5, "sums": [1.0]}],
    "distance_stats": [
        stats("dist0", "reference") | {"window_start": at(1)},
        stats("dist1", "reference"),
        stats("dist2", "manuals"),
        stats("dist1late", "reference"),
    ],
    "prompt_distances": [
        distance("dist0", "p1", 2, 8.0, 0.5),
        distance("dist0", "p1", 1, 7.0, 0.02),
        distance("dist1", "p1", 2, 9.0, 0.5),
        distance("dist1late", "p1", 2, 1.0, 0.5),
        distance("dist1late", "p2", 2, 3.0, 0.001),
        distance("dist1late", "p3", 1, 2.0, 0.04),
        # The same id on another day, and twice on one day: three prompts.
        distance("dist1late", "p2", 1, 0.5, 0.2),
        distance("dist1late", "p2", 2, 2.5, 0.06, position=7),
        distance("dist2", "p1", 2, 4.0, 0.5),
    ],
    "alerts": [{"alert_id": "a1", "kind": "verdict", "dataset": "prompts", "run_id": "snap2", "verdict": "DRIFT"}],
}
