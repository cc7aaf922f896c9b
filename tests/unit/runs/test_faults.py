"""Data faults are ruled out before a change is attributed to content, and usual data have none."""

from __future__ import annotations

import pytest

from driftwell.profile.lengths import Lengths
from driftwell.runs.data_faults import faults_of
from driftwell.runs.quality import Quality

CLEAN = Quality({"not_json": 3}, 0.02)


def names(quality: Quality = CLEAN, mean_norm: float = 1.0, n: int = 1_000) -> list[str]:
    return [fault.name for fault in faults_of(n, quality, mean_norm, 1.0, 0.01)]


def test_usual_data_have_no_fault() -> None:
    assert names() == []


@pytest.mark.parametrize("reason", ["wrong_model", "wrong_dimension"])
def test_another_model_is_named_unless_it_is_a_stray_record(reason: str) -> None:
    assert names(Quality({reason: 200}, 0.0)) == [reason]
    assert names(Quality({reason: 5}, 0.0)) == []


@pytest.mark.parametrize(("mean_norm", "wanted"), [(1.05, []), (0.8, ["norms"]), (30.0, ["norms"])])
def test_a_jump_of_lengths_is_named(mean_norm: float, wanted: list[str]) -> None:
    assert names(mean_norm=mean_norm) == wanted


def test_repeated_contents_are_named_where_the_baseline_had_few() -> None:
    assert names(Quality({}, 0.5)) == ["duplicates"]
    assert faults_of(1_000, Quality({}, 0.5), 1.0, 1.0, 0.45) == []


def test_each_fault_is_one_sentence_with_its_numbers() -> None:
    found = faults_of(900, Quality({"wrong_model": 100}, 0.6), 2.0, 1.0, 0.0)
    assert [fault.name for fault in found] == ["wrong_model", "norms", "duplicates"]
    assert "10.0%" in found[0].message and "2.00 times" in found[1].message and "60%" in found[2].message


def test_one_record_of_an_absurd_length_is_named_as_that_record() -> None:
    (fault,) = faults_of(500, CLEAN, 2e12, 1.0, 0.02, Lengths(1, "q17", 1e15, 1.0))
    assert fault.name == "long_vectors"
    assert "1 of 500" in fault.message and "q17" in fault.message and "1e+15" in fault.message


def test_a_few_long_records_do_not_hide_a_change_of_all_others() -> None:
    found = faults_of(500, CLEAN, 2e12, 1.0, 0.02, Lengths(2, "q17", 1e15, 4.0))
    assert [fault.name for fault in found] == ["long_vectors", "norms"]
    assert "4.00 times" in found[1].message


@pytest.mark.parametrize(("norm", "words"), [(1.8e30, "more than 100 times"), (1e-20, "less than 0.01 times")])
def test_ratios_of_lengths_are_readable(norm: float, words: str) -> None:
    (fault,) = faults_of(500, CLEAN, norm, 1.0, 0.02, Lengths(0, None, None, norm))
    assert words in fault.message and len(fault.message) < 200
