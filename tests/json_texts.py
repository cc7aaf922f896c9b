"""Three records as JSON, and what the JSON reader finds in bytes."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from driftwell.archive.json_records import Fragment, json_values

X, Y, Z = '{"id":"x","embedding":[1,2]}', '{"id":"y","embedding":[3,4]}', '{"id":"z","embedding":[5,6]}'


def is_record(value: Any) -> bool:
    """Whether a value counts as a record."""
    return isinstance(value, dict) and isinstance(value.get("embedding"), list)


def items(data: str | bytes) -> list[Any]:
    """What was found: JSON values, and fragments as bytes."""
    data = data.encode() if isinstance(data, str) else data
    found = list(json_values(data, is_record))
    assert all(one.end <= other.start for one, other in pairwise(found))
    return [data[item.start : item.end] if isinstance(item, Fragment) else item.value for item in found]


def values(*texts: str) -> list[Any]:
    """The values of JSON texts."""
    return [json.loads(text) for text in texts]


def pretty(text: str, indent: int = 2) -> str:
    """The same JSON over several lines."""
    return json.dumps(json.loads(text), indent=indent)
