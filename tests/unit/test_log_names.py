"""Which names in a Delta log make a table exist."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.tables.log_names import makes_a_table

FIRST = "00000000000000000000"
versions = st.integers(0, 10**20 - 1).map(lambda version: f"{version:020d}")
few = settings(max_examples=50, derandomize=True, deadline=None)


@few
@given(versions, versions)
def test_a_commit_or_a_checkpoint_makes_a_table_exist(version: str, part: str) -> None:
    assert makes_a_table(f"{version}.json")
    assert makes_a_table(f"{version}.checkpoint.parquet")
    assert makes_a_table(f"{version}.checkpoint.{part[:10]}.{part[10:]}.parquet")


@pytest.mark.parametrize(
    "name",
    [
        *("_last_checkpoint", "_commits", "_staged_commits", "_sidecars", "", "x.json", f"{FIRST}", f"{FIRST}.crc"),
        *(f".{FIRST}.json.crc", f".{FIRST}.json.0c1d.tmp", f"..{FIRST}.json.0c1d.tmp.crc", f"{FIRST}.json.tmp"),
        *(f"{FIRST}.checkpoint", f".{FIRST}.checkpoint.parquet.0c1d.tmp", f"{FIRST}.checkpoint.parquet.crc"),
        *(f"{FIRST}.{FIRST}.compacted.json", f"{FIRST}.0c1d.json", "0.json", f"{FIRST}.json\n", f"{FIRST}.JSON"),
    ],
)
def test_no_other_file_of_an_attempt_that_ended_early_does(name: str) -> None:
    assert not makes_a_table(name)
