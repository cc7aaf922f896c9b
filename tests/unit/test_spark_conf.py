"""Whose settings win: the platform's, then the configuration's, then driftwell's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.spark.conf import CATALOG, DELTA, EXTENSIONS, local_conf, submitted_conf, with_delta

ICEBERG = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
OURS = DELTA[EXTENSIONS]
names = st.sampled_from(["a.One", "b.Two", ICEBERG, OURS])


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(names, max_size=4), st.sampled_from([",", ", ", " ,"]))
def test_deltas_extension_is_added_to_a_list_and_nothing_in_it_is_lost(extensions: list[str], comma: str) -> None:
    found = with_delta(comma.join(extensions)).split(",")
    assert found[: len(extensions)] == extensions
    assert found[len(extensions) :] == ([] if OURS in extensions else [OURS])


@pytest.mark.parametrize("extensions", [None, "", " "])
def test_without_a_list_it_is_the_only_extension(extensions: str | None) -> None:
    assert with_delta(extensions) == OURS


def test_the_platforms_settings_win_and_unused_ones_are_reported() -> None:
    given = {EXTENSIONS: ICEBERG, CATALOG: "other.Catalog", "spark.sql.shuffle.partitions": "400"}
    chosen, notes = submitted_conf(
        given, {"spark.sql.shuffle.partitions": "8", "spark.sql.ansi.enabled": "true"}, {**DELTA, "spark.own": "4"}
    )
    assert chosen == {EXTENSIONS: f"{ICEBERG},{OURS}", "spark.sql.ansi.enabled": "true", "spark.own": "4"}
    (line,) = notes
    assert "spark.sql.shuffle.partitions is set to '400'" in line and "'8' is ignored" in line


def test_a_platform_that_has_all_is_left_as_it_is() -> None:
    assert submitted_conf(DELTA, {}, DELTA) == ({}, [])


def test_a_local_session_takes_the_configuration_and_keeps_delta() -> None:
    conf = local_conf({**DELTA, "spark.own": "4"}, {EXTENSIONS: ICEBERG, "spark.own": "5"})
    assert conf == {CATALOG: DELTA[CATALOG], EXTENSIONS: f"{ICEBERG},{OURS}", "spark.own": "5"}
