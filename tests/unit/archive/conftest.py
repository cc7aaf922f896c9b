"""Results must not depend on whether the fast parser is installed."""

from __future__ import annotations

import orjson
import pytest

from driftwell.archive import json_value


@pytest.fixture(params=[orjson, None], ids=["orjson", "json"])
def each_parser(request, monkeypatch):
    """Run each test with and without orjson."""
    monkeypatch.setattr(json_value, "_orjson", request.param)
