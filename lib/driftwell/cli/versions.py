"""`driftwell --version`: the versions that a bug report needs, without starting Spark."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

import driftwell
from driftwell.spark.java import JavaNotFound, find_java, version_of

PLATFORMS_OWN = "not installed for this Python; a cluster brings its own"
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "boto3", "orjson")


def versions() -> str:
    """One line each for driftwell, Spark, Delta, Java, Python, and the packages that numbers and files depend on."""
    return "\n".join(f"{name:<10} {version}" for name, version in _lines())


def _lines() -> Iterator[tuple[str, str]]:
    yield "driftwell", driftwell.__version__
    yield "Spark", _installed("pyspark") or PLATFORMS_OWN
    yield "Delta", _installed("delta-spark") or PLATFORMS_OWN
    yield "Java", _java()
    yield "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    for package in PACKAGES:
        yield package, _installed(package) or "not installed"


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _java() -> str:
    try:
        home = find_java()
    except JavaNotFound as error:
        return str(error)
    return f"{version_of(home) or 'unknown'} in {home}"
