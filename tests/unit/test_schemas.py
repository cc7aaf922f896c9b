"""The tables' schemas: readable everywhere, explained in every column, and without text in Delta's log."""

from __future__ import annotations

import re

import pytest
from pyspark.sql.types import StructType

from driftwell.tables.schemas import TABLES
from driftwell.tables.schemas.table import Table
from driftwell.tables.schemas.types import TYPES, struct

tables = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())

# Types that Athena, Trino, DuckDB and deltalake all read; neither decimals nor nested structs are needed.
READ_EVERYWHERE = re.compile(
    r"(array<)?(string|boolean|int|bigint|float|double|date|timestamp)>?|map<string,(string|double|bigint)>"
)
# Delta keeps no minimum and maximum of other types, and refuses to index them.
WITH_MINIMUM = {"string", "int", "bigint", "float", "double", "date", "timestamp"}
# Columns with text that people wrote, or pieces of it.
PRIVATE = {"text", "excerpt", "detail", "message", "metadata", "settings", "example_ids"}

# The contract with queries: columns may be added, but these must not be removed or changed.
CONTRACT = {
    "datasets": "dataset role model dimension active_baseline_id created_at settings",
    "objects": "dataset object_key size modified_at batch_id status records_in records_good records_quarantined "
    "records_duplicate",
    "embeddings": "dataset event_date record_id event_time event_time_source model metadata object_key position "
    "embedding batch_id",
    "texts": "dataset event_date record_id text",
    "quarantine": "dataset object_key position reason detail excerpt batch_id ingested_at",
    "runs": "run_id job dataset status started_at finished_at window_start window_end baseline_id records_in "
    "records_good records_quarantined records_duplicate settings settings_hash fingerprint versions seconds_by_stage "
    "driver_peak_rss_mb",
    "profiles": "run_id profile_id dataset kind window_start window_end n n_fit n_calibration dimension model dims95 "
    "explained_variance inertia silhouette k mean_norm status artifacts",
    "clusters": "run_id profile_id dataset cluster size proportion inertia centroid matched_baseline_cluster "
    "example_ids metadata_means status",
    "drift": "run_id dataset baseline_id window_start window_end metric baseline_value snapshot_value change effect "
    "p_value status",
    "cluster_drift": "run_id dataset baseline_id window_start window_end cluster baseline_proportion "
    "snapshot_proportion change p_value centroid_shift centroid_cosine contribution status",
    "distance_stats": "run_id prompt_dataset reference_dataset reference_profile_id reference_kind "
    "prompt_baseline_id calibration_used window_start window_end cluster n mean std median p90 p95 max "
    "quantile_method outliers coverage status",
    "prompt_distances": "run_id prompt_dataset event_date record_id cluster distance p_value is_outlier",
}
CONTRACT_TYPES = {
    "timestamp": "created_at modified_at event_time ingested_at started_at finished_at window_start window_end",
    "date": "event_date",
    "bigint": "size position n records_in records_good records_quarantined records_duplicate outliers",
    "int": "cluster dimension dims95 k matched_baseline_cluster",
    "double": "inertia silhouette proportion change effect p_value distance coverage mean std median p90 p95 max",
    "array<float>": "embedding centroid",
    "array<double>": "explained_variance",
    "map<string,string>": "metadata versions",
}


def types_of(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


@pytest.mark.parametrize("name", CONTRACT)
def test_the_columns_that_queries_rely_on_are_there(name: str) -> None:
    assert set(CONTRACT[name].split()) <= set(TABLES[name].column_names)


@tables
def test_a_column_of_one_name_has_one_type_in_all_tables(table: Table) -> None:
    wanted = {name: kind for kind, names in CONTRACT_TYPES.items() for name in names.split()}
    found = types_of(table)
    assert found == {name: wanted.get(name, kind) for name, kind in found.items()}


def test_every_type_in_use_is_readable_everywhere_and_none_is_unused() -> None:
    used = {column.type for table in TABLES.values() for column in table.columns}
    assert used == set(TYPES)
    assert [kind for kind in used if not READ_EVERYWHERE.fullmatch(kind)] == []


def test_spark_knows_the_types_by_these_names() -> None:
    assert {name: kind.simpleString() for name, kind in TYPES.items()} == {name: name for name in TYPES}


@tables
def test_names_are_plain_and_unique(table: Table) -> None:
    names = [table.name, *table.column_names]
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in names)
    assert len(set(table.column_names)) == len(table.columns)
    assert TABLES[table.name] is table


@tables
def test_every_table_and_column_has_a_description(table: Table) -> None:
    meanings = [column.meaning for column in table.columns]
    assert all(len(meaning) >= 4 and meaning[-1] != "." for meaning in meanings)
    assert all("{" not in meaning and "  " not in meaning for meaning in [*meanings, table.row])
    assert table.row


@tables
def test_texts_and_excerpts_of_them_stay_out_of_deltas_log(table: Table) -> None:
    assert set(table.indexed) & PRIVATE == set()


@tables
def test_what_is_indexed_is_a_column_delta_can_index(table: Table) -> None:
    found = types_of(table)
    assert table.indexed
    assert len(set(table.indexed)) == len(table.indexed)
    assert {name for name in table.indexed if found[name] not in WITH_MINIMUM} == set()
    assert set(table.indexed) & set(table.partitioned_by) == set()  # Delta refuses them: they are in the path


def test_only_the_tables_of_records_are_partitioned_by_dataset_and_date() -> None:
    partitioned = {name: table.partitioned_by for name, table in TABLES.items() if table.partitioned_by}
    assert partitioned == {
        "embeddings": ("dataset", "event_date"),
        "texts": ("dataset", "event_date"),
        "prompt_distances": ("prompt_dataset", "event_date"),
    }
    for name in partitioned:
        assert [types_of(TABLES[name])[column] for column in partitioned[name]] == ["string", "date"]


@tables
def test_the_spark_schema_has_the_columns_in_order_nullable_and_described(table: Table) -> None:
    made = struct(table)
    assert isinstance(made, StructType)
    assert [(field.name, field.dataType.simpleString()) for field in made] == list(types_of(table).items())
    assert [field.metadata["comment"] for field in made] == [column.meaning for column in table.columns]
    assert all(field.nullable for field in made)  # Delta takes no NOT NULL in arrays, and later columns must be null


@pytest.mark.parametrize("name", ["drift", "cluster_drift", "profiles", "clusters", "distance_stats"])
def test_every_table_of_results_has_a_status_for_nulls(name: str) -> None:
    assert "status" in TABLES[name].column_names
    assert TABLES[name].column_names[0] == "run_id"
