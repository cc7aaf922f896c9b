"""What a distance run prints: the verdict on coverage, and what is unknown."""

from __future__ import annotations

from typing import Any, cast

from tests.athena.made import stats

from driftwell.cli.summary import of_distance
from driftwell.runs.run import Outcome
from driftwell.tables.store import Tables

NO_TABLES = cast(Tables, None)  # all rows are given


def printed(**values: Any) -> str:
    row = stats("d1", "reference") | {"reference_profile_id": "reference-v1", "calibration_used": "prompts_baseline"}
    row |= values
    return of_distance(NO_TABLES, Outcome("d1", {"distance_stats": [row, row | {"reference_kind": "newest"}]}))


def test_the_verdict_on_coverage_is_shown_with_its_reason() -> None:
    assert "coverage: DRIFT\n" in printed()
    output = printed(outside_verdict="INSUFFICIENT_DATA", outside_status="no_prompts_baseline")
    assert "coverage: INSUFFICIENT_DATA (no_prompts_baseline)\n" in output


def test_outliers_that_cannot_be_found_are_not_shown_as_none() -> None:
    output = printed(
        n=1_000, outliers=None, outlier_status="too_few_calibration_records", fewest_outliers=78, n_calibration=257
    )
    assert "of 1,000 prompts at least 78 would have to lie beyond all 257 usual distances" in output
    assert "outliers: unknown" not in printed(outliers=0)
