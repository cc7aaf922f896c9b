"""Unit tests need no JVM: one that starts Spark, or uses a session left by another test, fails."""

from __future__ import annotations

from typing import NoReturn

import pytest
from pyspark import SparkContext, java_gateway
from pyspark.sql import SparkSession


@pytest.fixture(autouse=True)
def no_jvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to start a JVM, and hide one that runs for other tests of the process."""

    def refuse(*_arguments: object, **_named: object) -> NoReturn:
        pytest.fail("tests/unit starts no JVM: try the code on plain values, or move the test to tests/spark")

    monkeypatch.setattr(SparkContext, "_ensure_initialized", refuse)
    monkeypatch.setattr(java_gateway, "launch_gateway", refuse)
    monkeypatch.setattr(SparkContext, "_active_spark_context", None)
    monkeypatch.setattr(SparkSession, "_instantiatedSession", None)
