"""The command line: flags, commands, and what they print."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """`console`, the entry point, imported when it is asked for: to read flags needs no Spark."""
    if name == "console":
        return import_module("driftwell.cli.main").console
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
