"""The census of a state: records added, removed, changed or kept. Nothing is sampled, so there is no p-value."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.numeric.rounding import rounded
from driftwell.numeric.verdict.outcome import DRIFT, NO_DRIFT
from driftwell.tables.row import Row


@dataclass(frozen=True)
class Census:
    """How a state differs from the baseline's.

    Attributes:
        before, now: records of the two states. added, removed, changed: record ids; changed: with another vector.
    """

    before: int
    now: int
    added: int
    removed: int
    changed: int

    @property
    def effect(self) -> float:
        """Share of all records of the two states that were added, removed or changed, in [0, 1]."""
        touched = self.added + self.removed + self.changed
        return touched / max(self.before + self.added, 1)


def census_of(before: DataFrame, now: DataFrame) -> Census:
    """Compare two states by record id: one action over narrow columns.

    Args:
        before, now: columns `record_id` and `vector_hash`, one row per record.
    """
    old = before.select("record_id", F.col("vector_hash").alias("old"), F.lit(True).alias("was"))
    new = now.select("record_id", F.col("vector_hash").alias("new"), F.lit(True).alias("is"))
    row = (
        old.join(new, "record_id", "full")
        .agg(
            F.count("was").alias("before"),
            F.count("is").alias("now"),
            F.count_if(F.col("was").isNull()).alias("added"),
            F.count_if(F.col("is").isNull()).alias("removed"),
            F.count_if(F.col("old") != F.col("new")).alias("changed"),
        )
        .first()
    )
    assert row is not None  # an aggregate without groups always has one row
    return Census(**row.asDict())


def census_rows(census: Census) -> list[Row]:
    """Rows of `drift`: counts as shares of the baseline's records, added ones included."""
    shares = {
        "added_share": census.added / max(census.before, 1),
        "removed_share": census.removed / max(census.before, 1),
        "changed_share": census.changed / max(census.before, 1),
    }
    return [
        {
            "metric": metric,
            "baseline_value": 0.0,
            "snapshot_value": rounded(share),
            "change": rounded(share),
            "effect": rounded(share),
            "status": "census",
        }
        for metric, share in shares.items()
    ]


def census_verdict(census: Census, floor: float, moved: list[Row]) -> Row:
    """The row of `verdicts`, without run and window.

    Args:
        floor: what the effect must exceed. moved: rows of `cluster_drift`.
    """
    drifted = census.effect > floor
    parts = {"added": census.added, "removed": census.removed, "changed": census.changed}
    causes = [name for name, count in sorted(parts.items(), key=lambda item: -item[1]) if count] if drifted else []
    return {
        "n": census.now,
        "verdict": DRIFT if drifted else NO_DRIFT,
        "status": "census",
        "effect": rounded(census.effect),
        "effect_floor": floor,
        "main_cause": causes[0] if causes else None,
        "causes": causes,
        "example_ids": [],
        "explanation": _sentence(census, drifted, floor, moved),
    }


def _sentence(census: Census, drifted: bool, floor: float, moved: list[Row]) -> str:
    counts = f"{census.added:,} records were added, {census.removed:,} removed and {census.changed:,} changed"
    found = f"of {census.before:,} records in the baseline's state" if census.before else "in an empty baseline"
    size = f"{census.effect:.1%}, {'above' if drifted else 'not above'} the floor of {floor:.1%}"
    most = max(moved, key=lambda row: abs(row["change"] or 0), default=None)
    cluster = ""
    if most and abs(most["change"] or 0) >= 0.01:
        way = "gained" if most["change"] > 0 else "lost"
        cluster = f" Cluster {most['cluster']} {way} most: {abs(most['change']):.1%} of the records."
    return f"{counts} {found} ({size}).{cluster}"
