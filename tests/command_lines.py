"""Command lines: how they are parsed, and why they are refused."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from driftwell.cli.arguments import parse
from driftwell.errors import UsageError

SNAPSHOT = ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--tables_path", "s3://my-lake/drift-tables"]
BASELINE = ["drift", "--job_type", "BASELINE", "--dataset", "prompts"]
WINDOW = ["--window_start", "2026-03-01", "--window_end", "2026-03-02"]
EXPECTED = {
    "command": "drift",
    "job_type": "SNAPSHOT",
    "dataset": "prompts",
    "tables_path": "s3://my-lake/drift-tables",
    "window_start": datetime(2026, 3, 1, tzinfo=UTC),
    "window_end": datetime(2026, 3, 2, tzinfo=UTC),
}
"""`SNAPSHOT` and `WINDOW`, parsed."""


def refusal(*arguments: str, by_glue: bool | None = False) -> str:
    """Why a command line is refused."""
    with pytest.raises(UsageError) as error:
        parse(arguments, by_glue)
    assert error.value.exit_code == 2
    return str(error.value)


def given(arguments: list[str], by_glue: bool | None = False) -> dict[str, Any]:
    """A parsed command line, without the flags it leaves out."""
    return {name: value for name, value in vars(parse(arguments, by_glue)).items() if value not in (None, False)}


def flags_of(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Flags of a command and its subcommands."""
    for action in command._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from flags_of(below)
