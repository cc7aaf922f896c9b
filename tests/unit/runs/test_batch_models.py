"""Notes about the models that a batch's records name."""

from __future__ import annotations

from driftwell.runs.batch_counts import BatchCounts
from driftwell.runs.batch_models import Models
from driftwell.tables.datasets import Dataset


def note(first: str | None, last: str | None, named: int, unnamed: int, is_first: bool = False) -> str:
    dataset = Dataset("prompts", "prompts", "m1", 8, None, None, {})
    return Models(first, last, named, unnamed).note(dataset, is_first) or ""


def test_one_model_or_none_gives_no_note() -> None:
    assert note("m1", "m1", 10, 0) == note(None, None, 0, 10) == ""


def test_two_models_missing_models_and_a_first_model_are_noted() -> None:
    assert "more than one model (m1, m2); those of m1 are kept" in note("m1", "m2", 10, 0)
    assert "3 of 10 records name no model" in note("m1", "m1", 7, 3)
    assert "model m1 is named for the first time" in note("m1", "m1", 7, 0, is_first=True)


def repetitions(copies: int, good: int, reused: int = 0) -> str:
    counts = {"in": copies + good, "quarantined": 0, "duplicate": copies, "good": good}
    return BatchCounts({"o": counts}, reused, frozenset()).repetitions() or ""


def test_few_duplicates_are_usual_and_many_are_noted() -> None:
    assert repetitions(5, 2) == repetitions(20, 100) == ""
    assert "100 of 120 usable records are duplicates" in repetitions(100, 20)


def test_reused_ids_are_noted() -> None:
    assert "100 records have an id that came with another vector" in repetitions(0, 120, 100)
