"""Settings: frozen, and the example file agrees with the code."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftwell.config import DatasetSettings, Settings, check_name
from driftwell.config_file import load_settings

EXAMPLE = Path(__file__).parents[2] / "conf" / "driftwell.yaml"


def test_a_dataset_named_after_a_role_has_it_unless_the_file_says_otherwise() -> None:
    settings = Settings(datasets={"prompts": DatasetSettings(dimension=3), "reference": DatasetSettings("prompts")})
    assert settings.dataset("prompts") == DatasetSettings("prompts", dimension=3)
    assert settings.dataset("reference").role == "prompts"
    assert settings.dataset("other") == DatasetSettings()
    assert Settings().dataset("reference").role == "reference"


@pytest.mark.parametrize("name", ["a", "9", "prompts", "chat-eu_2", "x" * 64])
def test_a_valid_dataset_name_is_accepted(name: str) -> None:
    assert check_name(name, "dataset") == name


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        load_settings(None).tables_path = "elsewhere"  # type: ignore[misc]


def of_defaults(kind: Any) -> dict[str, Any]:
    """Every setting of a dataclass with its default, as YAML would hold it."""
    found = {}
    for field in fields(kind):
        default = field.default_factory() if field.default is MISSING else field.default  # type: ignore[misc]
        default = list(default) if isinstance(default, tuple) else default
        found[field.name] = of_defaults(type(default)) if is_dataclass(default) else default
    return found


def test_the_example_file_shows_every_setting_with_its_default() -> None:
    shown = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    defaults = of_defaults(Settings)
    examples = {"tables_path", "datasets"}
    assert list(shown) == list(defaults)  # in the same order
    assert {k: v for k, v in shown.items() if k not in examples} == {
        k: v for k, v in defaults.items() if k not in examples
    }
    assert shown["tables_path"].startswith("s3://")


def test_the_example_file_shows_every_setting_of_a_dataset_with_its_default() -> None:
    shown = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["datasets"]
    defaults = of_defaults(DatasetSettings)
    assert list(shown) == ["prompts", "reference"]
    assert {key for settings in shown.values() for key in settings} == set(defaults)
    for settings in shown.values():
        assert settings.pop("data_path").startswith("s3://")
        assert settings == {key: defaults[key] for key in settings}


def test_the_example_file_can_be_used_as_it_is() -> None:
    settings = load_settings(str(EXAMPLE))
    assert replace(settings, tables_path=None, datasets={}) == Settings()
    assert {name: settings.dataset(name).role for name in settings.datasets} == {
        "prompts": "prompts",
        "reference": "reference",
    }


def test_the_example_file_explains_every_setting() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    keys = [i for i, line in enumerate(lines) if re.match(r" *[a-z_]+:", line) and line.split(":")[0] != "  prompts"]
    assert len(keys) > 40
    without = [lines[i].strip() for i in keys if not lines[i - 1].strip().startswith("# ")]
    assert without == []
    assert max(map(len, lines)) <= 120
