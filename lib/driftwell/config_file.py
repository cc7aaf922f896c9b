"""The configuration file: YAML read once, every key and value checked, what cannot be refused with its place."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import yaml

from driftwell.config import Settings, check_name
from driftwell.errors import UsageError

T = TypeVar("T")


class _Loader(yaml.SafeLoader):
    """YAML in which 1e-4 is a number, as in YAML 1.2, and a key that comes twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+"), list("-+0123456789")
)


def load_settings(path: str | None) -> Settings:
    """Read settings from a YAML file; all defaults when `path` is None.

    Raises:
        UsageError: for a missing file, bad YAML, an unknown key or a value of the wrong type or range.
    """
    if path is None:
        return Settings()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"configuration {path}: no such file; pass an existing YAML file to --config") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"configuration {path}: cannot be read: {error}") from error
    return settings_of(text, path)


def settings_of(text: str, path: str) -> Settings:
    """Settings from the text of a YAML file; `path` names it in messages.

    Raises:
        UsageError: for bad YAML, an unknown key or a value of the wrong type or range.
    """
    try:
        tree = yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none, 2026-02-30
        raise UsageError(f"configuration {path}: is not YAML: {' '.join(str(error).split())}") from error
    return build(Settings, {} if tree is None else tree, path, "")


def build(kind: type[T], tree: Any, path: str, prefix: str) -> T:
    """A settings dataclass from a parsed YAML mapping, checked key by key."""
    if not isinstance(tree, dict):
        raise _refused(path, prefix.rstrip(".") or "the file", tree, "a mapping")
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]  # kind is always a dataclass
    for key in tree:
        if key not in known:
            raise UsageError(f"configuration {path}: unknown key {prefix}{key}; known here: {', '.join(sorted(known))}")
    values = {key: _value(hints[key], known[key].metadata, value, path, prefix + key) for key, value in tree.items()}
    return kind(**values)


def _value(hint: Any, limits: Any, value: Any, path: str, key: str) -> Any:
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if value is None:
        if NoneType in options:
            return None
        raise _refused(path, key, value, "a value")
    wanted = next(option for option in options if option is not NoneType)
    if is_dataclass(wanted):
        return build(wanted, value, path, f"{key}.")  # type: ignore[arg-type]  # a dataclass type, not an instance
    if get_origin(wanted) is dict:
        return _mapping(get_args(wanted)[1], value, path, key)
    if get_origin(wanted) is tuple:
        return _list(get_args(wanted)[0], limits, value, path, key)
    if str in options and value in limits.get("choices", ()):
        return value
    return _scalar(wanted, limits if wanted is str else {**limits, "choices": ()}, value, path, key)


def _list(item: Any, limits: Any, value: Any, path: str, key: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _refused(path, key, value, "a list")
    return tuple(_scalar(item, limits, element, path, f"{key}[{i}]") for i, element in enumerate(value))


def _mapping(item: Any, value: Any, path: str, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refused(path, key, value, "a mapping")
    if is_dataclass(item):
        what = f"configuration {path}: name in {key}"
        return {
            check_name(str(k), what): build(item, {} if v is None else v, path, f"{key}.{k}.")  # type: ignore[arg-type]
            for k, v in value.items()
        }
    return {str(k): _text(v, path, f"{key}.{k}") for k, v in value.items()}


def _text(value: Any, path: str, key: str) -> str:
    """A value of Spark's configuration, as Spark writes it."""
    if not isinstance(value, str | int | float):
        raise _refused(path, key, value, "text, a number, or true or false")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(wanted: type, limits: Any, value: Any, path: str, key: str) -> Any:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**63 else float("inf")
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise _refused(
            path, key, value, {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[wanted]
        )
    if "groups" in limits:
        _check_pattern(limits["groups"], str(value), path, key)
    low, high, choices = limits.get("low"), limits.get("high"), limits.get("choices")
    if choices and value not in choices:
        raise _refused(path, key, value, f"one of {', '.join(choices)}")
    if low is not None and not value >= low:
        raise _refused(path, key, value, f"at least {low}")
    if high is not None and not value <= high:
        raise _refused(path, key, value, f"at most {high}")
    return value


def _check_pattern(groups: tuple[str, ...], value: str, path: str, key: str) -> None:
    """Refuse what is no regular expression with these named groups, of which the last may be missing."""
    try:
        named = set(re.compile(value).groupindex)
    except re.error as error:
        raise _refused(path, key, value, f"a regular expression (this is none: {error})") from error
    if not set(groups[:-1]) <= named <= set(groups):
        wanted = ", ".join(f"(?P<{group}>…)" for group in groups[:-1])
        raise _refused(path, key, value, f"the named groups {wanted} and, if there are hours, (?P<{groups[-1]}>…)")


def _refused(path: str, key: str, found: Any, wanted: str) -> UsageError:
    return UsageError(f"configuration {path}: {key} is {found!r}, expected {wanted}")
