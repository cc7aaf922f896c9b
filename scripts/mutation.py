"""Mutation testing: does a unit test fail for each small change of a module?

    .venv/bin/python scripts/mutation.py lib/driftwell/numeric/gram.py tests/unit/numeric/test_gram.py

Mutants that no test notices are printed with their line. Each runs in a forked process that has numpy, scipy,
scikit-learn and pytest in memory already, one at a time; no file is changed. Name tests that do not hang on fixtures of
a conftest.py (it is not read), quick ones first: a mutant is done with at the first failure, or after a minute.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 60
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "--noconftest", "--assert=plain"]
PRELOADED = ("pandas", "pyspark.sql", "scipy.optimize", "scipy.stats", "sklearn.cluster", "sklearn.metrics")


OPERATORS = {
    **{"Add": "Sub", "Sub": "Add", "Mult": "Div", "Div": "Mult", "Pow": "Mult", "FloorDiv": "Mult", "Mod": "Mult"},
    **{"BitAnd": "BitOr", "BitOr": "BitAnd", "And": "Or", "Or": "And", "Eq": "NotEq", "NotEq": "Eq"},
    **{"Is": "IsNot", "IsNot": "Is", "In": "NotIn", "NotIn": "In"},
    **{"Lt": "LtE GtE", "LtE": "Lt Gt", "Gt": "GtE LtE", "GtE": "Gt Lt"},
}
FUNCTIONS = {
    **{"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "argmin": "argmax", "argmax": "argmin"},
    **{"any": "all", "all": "any", "sum": "mean", "mean": "sum", "zeros": "ones", "sf": "cdf", "cdf": "sf"},
}
Code = ast.expr | ast.stmt


def exchanged(op: ast.AST) -> list[Any]:
    """Other operators for one."""
    return [getattr(ast, name)() for name in OPERATORS.get(type(op).__name__, "").split()]


def variants(node: Code) -> Iterator[Code]:
    """What may stand in a node's place: another operator, constant or name, or its parts with something left out."""
    match node:
        case ast.BinOp(left, op, right):
            yield from (ast.BinOp(left, new, right) for new in exchanged(op))
        case ast.BoolOp(word, values):
            yield from (ast.BoolOp(new, values) for new in exchanged(word))
        case ast.Compare(left, [sign], right):
            yield from (ast.Compare(left, [new], right) for new in exchanged(sign))
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(float() as value):
            yield from (ast.Constant(new) for new in ([value * 2, value / 2] if value else [1.0]))
        case ast.Constant(str() as value):
            yield ast.Constant(f"other {value}")
        case ast.Call(function, arguments, keywords):
            yield from (ast.Call(function, arguments, [k for k in keywords if k is not left]) for left in keywords)
            of, dot, name = ast.unparse(function).rpartition(".")
            if name in FUNCTIONS:
                yield ast.Call(ast.Name(of + dot + FUNCTIONS[name]), arguments, keywords)
        case ast.Expr() | ast.AugAssign() | ast.Assign(targets=[ast.Subscript()]):
            yield ast.Pass()


def places(node: ast.AST) -> Iterator[Code]:
    """What can be changed in a tree: no docstrings, annotations, decorators, imports or formatted messages."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            skipped = name in ("annotation", "returns", "decorator_list", "names") or isinstance(child, ast.JoinedStr)
            if isinstance(child, ast.AST) and not docstring and not skipped:
                if isinstance(child, Code):
                    yield child
                yield from places(child)


def mutants(source: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Line, description and source of each mutant."""
    starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    for node in places(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
        for new in variants(node):
            text = ast.unparse(new) if isinstance(new, ast.Pass) else f"({ast.unparse(new)})"
            change = " ".join(f"{source[start:end].decode()} -> {text}".split())
            yield node.lineno, change, source[:start] + text.encode() + source[end:]


def passes(name: str, source: bytes, tests: list[str]) -> bool:
    """Whether the tests pass with this source of the module; what hangs does not."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.alarm(LIMIT_S)
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            sys.modules[name] = module = ModuleType(name)
            exec(compile(source, name, "exec"), module.__dict__)
            status = pytest.main([*OPTIONS, *tests])
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def main(path: str, tests: list[str], every: int) -> None:
    """Try mutants of a module, all or every so manieth; print those that survive, and how many there are."""
    os.chdir(ROOT)
    sys.path[:0] = ["lib", "."]
    for preloaded in PRELOADED:
        importlib.import_module(preloaded)
    # A failure need not be made small.
    settings.register_profile("mutation", phases=[Phase.explicit, Phase.generate], database=None)
    settings.load_profile("mutation")
    name, source = ".".join(Path(path).with_suffix("").parts[1:]), Path(path).read_bytes()
    if not passes(name, source, tests):
        sys.exit("the tests fail without a mutant")
    tried = survived = 0
    for line, change, mutant in islice(mutants(source), every - 1, None, every):
        tried += 1
        if passes(name, mutant, tests):
            survived += 1
            print(f"{path}:{line}: {change}", flush=True)
    print(f"{path}: {survived} of {tried} mutants survived {' '.join(tests)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--every", type=int, default=1, help="a sample: every second mutant, every third, ...")
    asked = parser.parse_args()
    main(asked.module, asked.tests, asked.every)
