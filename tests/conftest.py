"""One Spark session for all tests that need one, small in everything, made when the first of them asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from driftwell.config import SparkSettings
from driftwell.spark.session import open_session
from tests.deployment import Deployment, make_deployment

os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable

SMALL = {
    "spark.driver.memory": "2g",
    "spark.sql.shuffle.partitions": "2",  # each is a task; the data are small
    "spark.default.parallelism": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.adaptive.coalescePartitions.initialPartitionNum": "2",
    "spark.sql.maxMetadataStringLength": "1000",  # plans name the tables they scan: passes are counted by them
    "spark.shuffle.compress": "false",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",  # two cores: no threads for collecting beside the tasks
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Seconds by folder, beside the budget in docs/design.md."""
    seconds: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = "/".join(report.nodeid.split("/")[:2])
                seconds[folder] = seconds.get(folder, 0.0) + report.duration
    terminalreporter.section("seconds by folder")
    for folder, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{spent:7.0f} s  {folder}")


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A local session opened as the commands open it."""
    session = open_session(SparkSettings(master="local[2]", conf=SMALL))
    session.conf.set("spark.databricks.delta.snapshotPartitions", "1")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def deployment(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A small product that every command has run on once; tests read what it left.

    Its folder is one that patterns, URLs and shells would take for something else.
    """
    return make_deployment(spark, tmp_path_factory.mktemp("[of] {any} *name? 100%20, #1 \\x"))
