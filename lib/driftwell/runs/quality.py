"""Data quality of a window: quarantined records and the budget for them, and duplicate contents."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import functions as F

from driftwell.profile.window import distinct_contents
from driftwell.runs.run import Context, Counts
from driftwell.runs.windows import Selection
from driftwell.spark.moments import moment
from driftwell.spark.side_by_side import side_by_side
from driftwell.tables.store import Tables


@dataclass(frozen=True)
class Quality:
    """Quality of the records of a window.

    Attributes:
        quarantined: reason -> quarantined records of the window, or up to the moment of a state.
        duplicate_share: share of records that repeat the vector or text of another one.
    """

    quarantined: dict[str, int]
    duplicate_share: float


def checked_quality(context: Context, selection: Selection, counts: Counts) -> Quality:
    """The quality of a window's records, noted in the run's counts, with a message if it is over the budget.

    Over the budget is no error here: usable records are measured, and the message and the verdict say so.
    """
    found = _quality(context.tables, selection)
    n, quarantined = selection.facts.n, sum(found.quarantined.values())
    counts.records_in, counts.records_good, counts.records_quarantined = n + quarantined, n, quarantined
    counts.note(over_budget(quarantined, n + quarantined, selection.rules.max_quarantine_share))
    return found


def over_budget(quarantined: int, records: int, most: float) -> str | None:
    """A sentence if more than a share `most` of the records was quarantined, else None."""
    if quarantined <= most * records:
        return None
    return (
        f"{quarantined} of {records} records ({quarantined / records:.1%}) were quarantined, at most {most:.1%} are "
        "accepted (max_quarantine_share)"
    )


def _quality(tables: Tables, selection: Selection) -> Quality:
    """Two actions side by side, neither of which reads vectors."""
    window, n = selection.window, selection.facts.n
    rejected = tables.read("quarantine").where(F.col("dataset") == selection.rules.dataset.dataset)
    rejected = rejected.where(F.col("event_time") < moment(window.end))
    if window.start:
        rejected = rejected.where(F.col("event_time") >= moment(window.start))
    reasons, contents = side_by_side(
        [rejected.groupBy("reason").count().collect, distinct_contents(selection.records).count]
    )
    return Quality({row["reason"]: row["count"] for row in reasons}, 1 - contents / n)
