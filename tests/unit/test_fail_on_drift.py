"""`--fail_on_drift`: exit code 3 for DRIFT alone."""

from __future__ import annotations

import pytest

from driftwell.cli.main import _fail_on_drift
from driftwell.errors import DriftFound


def verdicts(*words: str) -> list[dict[str, str]]:
    return [{"dataset": f"d{i}", "verdict": word, "explanation": f"why {i}"} for i, word in enumerate(words)]


def test_drift_ends_with_exit_code_3_and_says_why() -> None:
    with pytest.raises(DriftFound, match=r"drift in d1 .*why 1") as found:
        _fail_on_drift(verdicts("NO_DRIFT", "DRIFT"))
    assert found.value.exit_code == 3


def test_nothing_else_is_a_failure() -> None:
    _fail_on_drift(verdicts("NO_DRIFT", "INSUFFICIENT_DATA"))
    _fail_on_drift([])
