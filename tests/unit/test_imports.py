"""Imports go one way, from room to room; and unit tests start no JVM."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from pyspark import SparkContext, java_gateway
from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "lib" / "driftwell"

# A room (a folder, or a file beside the folders) imports from itself and from the rows above it.
ROWS = (
    ("errors",),
    ("times", "config", "packages", "terminal"),
    ("config_file",),
    ("numeric",),
    ("spark",),
    ("archive", "profile"),
    ("coverage",),
    ("tables",),
    ("aws",),
    ("lease",),
    ("runs",),
    ("alerts",),
    ("cli",),
    ("interface",),
)
ROW_OF = {room: row for row, rooms in enumerate(ROWS) for room in rooms}

# Modules that run in a Python worker or need no cluster.
DECODERS = (
    "key_dates",
    "folders",
    "delta_folders",
    "inflate",
    "json_records",
    "embedding",
    "event_time",
    "parquet_records",
    "decode",
)
WITHOUT_SPARK = (
    "driftwell.errors",
    "driftwell.packages",
    "driftwell.times",
    "driftwell.config",
    "driftwell.config_file",
    "driftwell.cli.arguments",
    "driftwell.cli.glue",
    "driftwell.tables.schemas",
    "driftwell.spark.java",
    "driftwell.spark.machine",
    "driftwell.spark.conf",
    "driftwell.interface.verdict",
)
AWS_CLIENTS = {"boto3", "botocore"}


def module_name(file: Path) -> str:
    parts = file.relative_to(LIBRARY.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names that a piece of code imports; for `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


TREES = {module_name(file): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(LIBRARY.rglob("*.py"))}
IMPORTS = {name: set(imported(tree)) - {name} for name, tree in TREES.items()}
modules = pytest.mark.parametrize("module", TREES)


def room_of(module: str) -> str:
    """The room of a module; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def own_imports(module: str) -> set[str]:
    """The modules of driftwell that a module imports; the package itself only holds its version."""
    return {name for name in IMPORTS[module] if name in TREES and name != "driftwell"}


def packages(module: str) -> set[str]:
    """Packages outside driftwell that a module imports, directly or through others."""
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += own_imports(name)
    return {name.split(".")[0] for module in reached for name in IMPORTS[module]} - {"driftwell"}


def test_every_room_has_its_row() -> None:
    assert {room_of(module) for module in TREES if module != "driftwell"} <= set(ROW_OF)
    assert {name.split(".")[0] for name in IMPORTS["driftwell"]} <= {"importlib", "typing"}


@modules
def test_a_module_imports_from_its_own_room_and_from_the_rows_above(module: str) -> None:
    room = room_of(module)
    above = {name for row in ROWS[: ROW_OF.get(room, 0)] for name in row}
    assert {room_of(name) for name in own_imports(module)} <= {room, *above}


def test_no_modules_import_each_other_in_a_circle() -> None:
    order = list(TopologicalSorter({name: own_imports(name) for name in TREES}).static_order())  # raises CycleError
    assert order.index("driftwell.errors") < order.index("driftwell.config") < order.index("driftwell.cli.main")


@modules
def test_imports_are_at_the_top_except_for_the_delta_package_that_platforms_lack(module: str) -> None:
    functions = [node for node in ast.walk(TREES[module]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found = {name for function in functions for name in imported(function)}
    allowed = {"delta", "delta.configure_spark_with_delta_pip"} if module == "driftwell.spark.session" else set()
    assert found == allowed


@pytest.mark.parametrize("module", [name for name in TREES if room_of(name) == "numeric"])
def test_numeric_needs_numpy_and_scipy_only(module: str) -> None:
    assert packages(module) - {"numpy", "scipy"} <= sys.stdlib_module_names


@pytest.mark.parametrize("module", [*(f"driftwell.archive.{name}" for name in DECODERS), *WITHOUT_SPARK])
def test_what_runs_without_spark_imports_no_spark(module: str) -> None:
    assert packages(module) & {"pyspark", "py4j", "delta"} == set()
    assert packages(module) - {"numpy", "scipy", "pyarrow", "yaml"} <= sys.stdlib_module_names


@modules
def test_only_the_room_aws_imports_amazons_clients(module: str) -> None:
    found = {name.split(".")[0] for name in IMPORTS[module]} & AWS_CLIENTS
    assert found == set() or room_of(module) == "aws"


@pytest.mark.parametrize("job", sorted((ROOT / "jobs").glob("*.py")), ids=lambda file: file.stem)
def test_jobs_import_the_commands_and_nothing_else_of_driftwell(job: Path) -> None:
    found = set(imported(ast.parse(job.read_text(encoding="utf-8"))))
    names = {"driftwell.packages", "driftwell.packages.explain_missing"}
    names |= {"driftwell.cli.main", "driftwell.cli.main.main"}
    assert found == {"sys", *names}


def test_a_unit_test_cannot_start_spark() -> None:
    for start in (SparkSession.builder.getOrCreate, SparkContext, java_gateway.launch_gateway):
        with pytest.raises(pytest.fail.Exception, match="starts no JVM"):
            start()
    assert SparkSession.getActiveSession() is None
