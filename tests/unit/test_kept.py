"""Persisted frames are released at the end, whatever happens; and nothing persists frames in another way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from driftwell.spark.kept import IN_MEMORY, ON_DISK, kept

ROOT = Path(__file__).parents[2]
FILES = [file for folder in ("lib", "scripts", "jobs") for file in sorted((ROOT / folder).rglob("*.py"))]


class Frame:
    """Records the calls."""

    def __init__(self, refuses: bool = False) -> None:
        self.asked: list[object] = []
        self._refuses = refuses

    def persist(self, level: object) -> Frame:
        self.asked.append(level)
        return self

    def unpersist(self) -> None:
        self.asked.append("unpersist")
        if self._refuses:
            raise ConnectionError("the JVM is gone")


@pytest.mark.parametrize("level", [IN_MEMORY, ON_DISK])
def test_a_frame_is_kept_while_the_body_runs(level: object) -> None:
    frame = Frame()
    with kept(frame, level) as same:  # type: ignore[arg-type]
        assert same is frame
        assert frame.asked == [level]
    assert frame.asked == [level, "unpersist"]


@pytest.mark.parametrize("fault", [ValueError("a fault"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
@pytest.mark.parametrize("refuses", [False, True])
def test_a_failing_body_releases_too_and_its_own_error_is_raised(fault: BaseException, refuses: bool) -> None:
    frame = Frame(refuses)
    with pytest.raises(type(fault)) as raised, kept(frame):  # type: ignore[arg-type]
        raise fault
    assert raised.value is fault
    assert frame.asked[-1] == "unpersist"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_other_code_persists_frames(file: Path) -> None:
    names = {node.attr for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    found = names & {"persist", "cache", "unpersist", "cacheTable", "checkpoint", "localCheckpoint"}
    assert found <= ({"persist", "unpersist"} if file.name == "kept.py" else set())
