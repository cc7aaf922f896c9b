"""Small Spark actions and commits in parallel: each is mostly waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def side_by_side(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run independent actions in threads and return their results in order.

    The first failure is raised when all have finished.
    """
    if not actions:
        return []
    with ThreadPoolExecutor(len(actions)) as pool:
        return [future.result() for future in [pool.submit(action) for action in actions]]
