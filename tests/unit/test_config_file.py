"""The configuration file: settings are read, and every bad input is named with file, key and value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from driftwell.config import DatasetSettings, FieldNames, Settings
from driftwell.config_file import load_settings
from driftwell.errors import UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "my settings.yaml"


def refusal(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        load_settings(str(file))
    assert error.value.exit_code == 2
    message = str(error.value)
    assert message.startswith(f"configuration {file}: ")
    assert "\n" not in message
    return message.removeprefix(f"configuration {file}: ")


def test_without_a_file_everything_has_its_default() -> None:
    settings = load_settings(None)
    assert settings == Settings()
    assert (settings.profile.k, settings.ingest.max_quarantine_share, settings.tables_path) == (10, 0.05, None)


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}"])
def test_an_empty_file_leaves_everything_at_its_default(file: Path, text: str) -> None:
    file.write_text(text)
    assert load_settings(str(file)) == Settings()


def test_settings_are_read_and_others_keep_their_defaults(file: Path) -> None:
    file.write_text(
        """
        tables_path: s3://b/t
        datasets:
          chat-eu: {role: prompts, dimension: 384, fields: {embedding: vec}}
          reference:
        ingest: {store_text: false, max_lateness_days: 3, max_quarantine_share: 1}
        spark: {master: "local[2]", conf: {spark.ui.enabled: false, spark.executor.cores: 2, spark.a: x, spark.b: 0.5}}
        """
    )
    settings = load_settings(str(file))
    expected = DatasetSettings(role="prompts", dimension=384, fields=FieldNames(embedding="vec"))
    assert settings.datasets == {"chat-eu": expected, "reference": DatasetSettings()}
    assert settings.ingest == replace(
        Settings().ingest, store_text=False, max_lateness_days=3.0, max_quarantine_share=1.0
    )
    assert type(settings.ingest.max_lateness_days) is float
    wanted = {"spark.ui.enabled": "false", "spark.executor.cores": "2", "spark.a": "x", "spark.b": "0.5"}
    assert settings.spark.conf == wanted
    assert settings.profile == Settings().profile


@pytest.mark.parametrize(
    ("text", "key", "known"),
    [
        ("tabels_path: x", "tabels_path", "tables_path"),
        ("profile: {kk: 3}", "profile.kk", "kmeans_sample"),
        ("datasets: {chat: {rol: prompts}}", "datasets.chat.rol", "session_key"),
        ("datasets: {chat: {fields: {vector: v}}}", "datasets.chat.fields.vector", "embedding"),
        ("spark: {1: 2}", "spark.1", "master"),
        ("ingest: {null: 2}", "ingest.None", "store_text"),
    ],
)
def test_an_unknown_key_is_named_with_those_that_are_known_there(file: Path, text: str, key: str, known: str) -> None:
    message = refusal(file, text)
    assert message.startswith(f"unknown key {key}; known here: ")
    assert known in message


@pytest.mark.parametrize(
    ("text", "key", "found", "wanted"),
    [
        ("profile: {k: 3.5}", "profile.k", "3.5", "a whole number"),
        ("profile: {k: true}", "profile.k", "True", "a whole number"),
        ("profile: {k: '3'}", "profile.k", "'3'", "a whole number"),
        ("profile: {k: [3]}", "profile.k", "[3]", "a whole number"),
        ("profile: {solver: 1}", "profile.solver", "1", "text"),
        ("profile: {solver: svd}", "profile.solver", "'svd'", "one of auto, gram, mllib"),
        ("ingest: {store_text: 1}", "ingest.store_text", "1", "true or false"),
        ("ingest: {store_text: 'yes'}", "ingest.store_text", "'yes'", "true or false"),
        ("ingest: {max_quarantine_share: true}", "ingest.max_quarantine_share", "True", "a number"),
        ("ingest: {max_quarantine_share: much}", "ingest.max_quarantine_share", "'much'", "a number"),
        ("tables_path: 3", "tables_path", "3", "text"),
        ("datasets: {chat: {role: documents}}", "datasets.chat.role", "'documents'", "one of prompts, reference"),
        ("datasets: {chat: {dimension: false}}", "datasets.chat.dimension", "False", "a whole number"),
        ("datasets: {chat: {fields: {id: 7}}}", "datasets.chat.fields.id", "7", "text"),
        ("spark: {conf: {spark.x: [1]}}", "spark.conf.spark.x", "[1]", "text, a number, or true or false"),
        ("spark: {conf: {spark.x: {y: 1}}}", "spark.conf.spark.x", "{'y': 1}", "text, a number, or true or false"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(file: Path, text: str, key: str, found: str, wanted: str) -> None:
    assert refusal(file, text) == f"{key} is {found}, expected {wanted}"


@pytest.mark.parametrize(
    ("text", "key", "found", "wanted"),
    [
        ("profile: {k: 0}", "profile.k", "0", "at least 1"),
        ("profile: {k: 1001}", "profile.k", "1001", "at most 1000"),
        ("profile: {seed: -1}", "profile.seed", "-1", "at least 0"),
        ("profile: {refit_sample: 1}", "profile.refit_sample", "1", "at least 2"),
        ("ingest: {max_quarantine_share: 5}", "ingest.max_quarantine_share", "5.0", "at most 1"),
        ("ingest: {max_quarantine_share: -0.1}", "ingest.max_quarantine_share", "-0.1", "at least 0"),
        ("ingest: {max_quarantine_share: .nan}", "ingest.max_quarantine_share", "nan", "at least 0"),
        ("ingest: {max_lateness_days: -1}", "ingest.max_lateness_days", "-1.0", "at least 0"),
        ("drift: {psi_epsilon: 0.0}", "drift.psi_epsilon", "0.0", "at least 1e-12"),
        ("coverage: {outlier_rate: .inf}", "coverage.outlier_rate", "inf", "at most 0.5"),
        ("datasets: {chat: {dimension: 0}}", "datasets.chat.dimension", "0", "at least 1"),
    ],
)
def test_a_value_out_of_range_is_refused(file: Path, text: str, key: str, found: str, wanted: str) -> None:
    assert refusal(file, text) == f"{key} is {found}, expected {wanted}"


def test_numbers_with_an_exponent_are_numbers(file: Path) -> None:
    file.write_text("drift: {psi_epsilon: 1e-5}")
    assert load_settings(str(file)).drift.psi_epsilon == 1e-5


def test_a_duplicate_key_is_refused(file: Path) -> None:
    assert "duplicate key 'k'" in refusal(file, "profile:\n  k: 3\n  seed: 1\n  k: 4\n")


def test_an_integer_beyond_every_float_is_out_of_range(file: Path) -> None:
    assert refusal(file, f"ingest: {{max_quarantine_share: {'9' * 400}}}").endswith("expected at most 1")


def test_the_number_of_clusters_may_be_left_to_driftwell(file: Path) -> None:
    file.write_text("profile: {k: auto, k_candidates: [4, 6]}")
    settings = load_settings(str(file))
    assert (settings.profile.k, settings.profile.k_candidates) == ("auto", (4, 6))
    assert refusal(file, "profile: {k: many}") == "profile.k is 'many', expected a whole number"
    assert refusal(file, "profile: {k_candidates: [4, 0]}") == "profile.k_candidates[1] is 0, expected at least 1"
    assert refusal(file, "profile: {k_candidates: 4}") == "profile.k_candidates is 4, expected a list"


@pytest.mark.parametrize(("k", "seed", "share"), [(1, 0, 0.0), (1_000, 2**40, 1.0)])
def test_the_ends_of_a_range_are_accepted(file: Path, k: int, seed: int, share: float) -> None:
    file.write_text(f"profile: {{k: {k}, seed: {seed}}}\ningest: {{max_quarantine_share: {share}}}")
    settings = load_settings(str(file))
    assert (settings.profile.k, settings.profile.seed, settings.ingest.max_quarantine_share) == (k, seed, share)


@pytest.mark.parametrize(
    ("text", "key", "wanted"),
    [
        ("profile:", "profile", "a value"),
        ("datasets:", "datasets", "a value"),
        ("profile: {k: }", "profile.k", "a value"),
        ("ingest: {store_text: null}", "ingest.store_text", "a value"),
        ("datasets: {chat: {fields: }}", "datasets.chat.fields", "a value"),
        ("spark: {conf: {spark.x: null}}", "spark.conf.spark.x", "text, a number, or true or false"),
    ],
)
def test_null_is_refused_where_a_value_is_required(file: Path, text: str, key: str, wanted: str) -> None:
    assert refusal(file, text) == f"{key} is None, expected {wanted}"


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        ("- a", "the file", "['a']"),
        ("just text", "the file", "'just text'"),
        ("profile: 3", "profile", "3"),
        ("profile: []", "profile", "[]"),
        ("datasets: [prompts]", "datasets", "['prompts']"),
        ("datasets: {chat: []}", "datasets.chat", "[]"),
        ("datasets: {chat: false}", "datasets.chat", "False"),
        ("datasets: {chat: prompts}", "datasets.chat", "'prompts'"),
        ("datasets: {chat: {fields: id}}", "datasets.chat.fields", "'id'"),
        ("spark: {conf: [a]}", "spark.conf", "['a']"),
    ],
)
def test_anything_but_a_mapping_is_refused_where_one_is_expected(file: Path, text: str, key: str, found: str) -> None:
    assert refusal(file, text) == f"{key} is {found}, expected a mapping"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: [1", "expected ',' or ']'"),
        ("a: *b", "undefined alias 'b'"),
        ("a: 1\n b: 2", "line 2"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("!!python/object:os.x {}", "could not determine a constructor"),
        ("a: \x00", "special characters are not allowed"),
        ("profile: {k: 2026-02-30}", "day is out of range for month"),
    ],
)
def test_invalid_yaml_is_refused_in_one_line_with_its_position(file: Path, text: str, found: str) -> None:
    message = refusal(file, text)
    assert message.startswith("is not YAML: ")
    assert found in message


def test_a_missing_file_is_refused_with_the_remedy(file: Path) -> None:
    with pytest.raises(UsageError, match="no such file; pass an existing YAML file to --config") as error:
        load_settings(str(file))
    assert str(file) in str(error.value)


def test_an_unreadable_file_is_refused(file: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: .*directory") as error:
        load_settings(str(file.parent))
    assert str(file.parent) in str(error.value)
    file.write_bytes(b"tables_path: \xff\xfe")
    with pytest.raises(UsageError, match=r"cannot be read: .*utf-8"):
        load_settings(str(file))


@pytest.mark.parametrize("name", ["", "a b", "_a", "-a", "a/b", "a.b", "a'b", "ä", "a\n", "x" * 65, "../a"])
def test_an_invalid_dataset_name_is_refused(file: Path, name: str) -> None:
    message = refusal(file, yaml.safe_dump({"datasets": {name: {}}}))
    assert message.startswith(f"name in datasets {name!r}: expected 1 to 64 letters")
    with pytest.raises(UsageError, match=r"^dataset .*: expected 1 to 64 letters"):
        Settings().dataset(name)
