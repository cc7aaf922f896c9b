"""The jobs on a cluster, submitted as docs/standalone.md says: the results of local mode, on any number of workers.

The cluster has another time zone than UTC, on the machine and in the session, and the other ANSI mode than its Spark's
default: none of it may change a number.
"""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyspark
import pytest
from pyspark.sql import SparkSession

from tests.cluster.standalone import SPARK_HOME, standalone
from tests.guides import GUIDES, lines

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import build_zip  # noqa: E402  # the script lies outside the package

NUMBERS = {
    "verdicts": ("n", "p_value", "effect", "effect_lower", "excess_share"),
    "profiles": ("n", "n_fit", "dims95", "inertia", "silhouette", "total_variance", "mean_norm", "duplicate_share"),
    "clusters": ("cluster", "size", "inertia"),
    "drift": ("baseline_value", "snapshot_value", "effect", "p_value"),
    "cluster_drift": ("cluster", "change", "centroid_shift", "p_value"),
    "distance_stats": ("cluster", "n", "mean", "p95", "coverage", "outliers"),
}
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A job of seconds: on two cores a second compiler and a parallel collector cost more than they give."""

IS_3_5 = pyspark.__version__.startswith("3.")

(AS_THE_PAGE_SAYS,) = [line for line in lines("standalone") if "spark-submit --master" in line]
DELTA_4, DELTA_3 = re.findall(r"io\.delta:delta-spark_[\w.]+:[\d.]+", GUIDES["standalone"])
DELTA_OF_LINE = {DELTA_4: DELTA_3} if IS_3_5 else {}
"""The page's command has Delta's package of Spark 4.1; below it stands the other."""

SEVERAL = Path(__file__).parent / "several_commands.py"
"""A program that runs several commands in one application."""

KEYS = {"drift": "metric", "profiles": "kind"}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """driftwell.zip of these sources."""
    archive = tmp_path_factory.mktemp("packed") / "driftwell.zip"
    build_zip.build_zip(ROOT / "lib" / "driftwell", archive)
    return archive


def submit(master: str, packed: Path, program: Path, *arguments: object) -> None:
    """Run a program as the page says, on this cluster and with settings of these tests besides."""
    conf = {"spark.sql.shuffle.partitions": "3", "spark.executor.memory": "900m", "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
            "spark.databricks.delta.snapshotPartitions": "1",
            "spark.driver.extraJavaOptions": SHORT_LIVED, "spark.executor.extraJavaOptions": SHORT_LIVED,
            "spark.sql.session.timeZone": "Asia/Tokyo",
            "spark.sql.ansi.enabled": str(IS_3_5).lower()}  # fmt: skip
    here = {"spark://127.0.0.1:7077": master, "dist/driftwell.zip": str(packed)} | DELTA_OF_LINE
    python, spark_submit, *words = shlex.split(AS_THE_PAGE_SAYS)
    assert (python.partition("=")[0], spark_submit) == ("PYSPARK_PYTHON", "$SPARK_HOME/bin/spark-submit")
    words = [here.get(word, word) for word in words[: words.index("--conf")]]
    done = subprocess.run(
        [spark_submit.replace("$SPARK_HOME", str(SPARK_HOME)), *words,
         *(word for key, value in conf.items() for word in ("--conf", f"{key}={value}")),
         str(program), *map(str, arguments)],
        env={**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_HOME": str(SPARK_HOME), "TZ": "America/New_York"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def numbers(spark: SparkSession, path: Path, table: str, run_ids: set[str]) -> list[list[Any]]:
    """Some columns of a table, of these runs, in an order of their own."""
    frame = spark.read.format("delta").load(str(path / table))
    frame = frame.where(frame["run_id"].isin(*run_ids))
    key = KEYS.get(table)
    rows = frame.select(*([key] if key else []), *NUMBERS[table]).collect()
    return sorted(([*row] for row in rows), key=lambda row: [str(value) for value in row[:2]])


def runs_of(spark: SparkSession, path: Path) -> set[str]:
    """The runs that a deployment completed."""
    done = spark.read.format("delta").load(str(path / "runs")).where("status = 'done'")
    return {row["run_id"] for row in done.select("run_id").collect()}


def assert_equal(found: list[list[Any]], wanted: list[list[Any]]) -> None:
    assert len(found) == len(wanted) > 0
    for here, there in zip(found, wanted, strict=True):
        for a, b in zip(here, there, strict=True):
            same = a == b or (isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, rel_tol=1e-6))
            assert same, (here, there)


@pytest.mark.skipif(IS_3_5, reason="tested on Spark 4.1; a single job is tested on 3.5")
def test_the_whole_flow_on_two_workers_gives_the_numbers_of_local_mode(spark, deployment, packed, tmp_path):
    tables = ["--tables_path", str(tmp_path / "tables"), "--config", str(deployment.config)]
    commands = [
        ["drift", "--job_type", "BASELINE", "--dataset", "reference", "--data_path", str(deployment.reference),
         "--window_end", "2026-03-05"],
        ["drift", "--job_type", "BASELINE", "--dataset", "prompts", "--data-path", str(deployment.prompts),
         "--window_start", "2026-03-01", "--window_end", "2026-03-05"],
        ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_end", "2026-03-07"],
        ["distance", "--window_start", "2026-03-05", "--window_end", "2026-03-07"],
    ]  # fmt: skip
    with standalone(2, tmp_path) as master:
        # In one application: starting one costs as much as what it does here.
        submit(master, packed, SEVERAL, json.dumps([[*command, *tables] for command in commands]))
    runs = runs_of(spark, tmp_path / "tables")
    # The same questions about the same data have the same ids.
    assert len(runs) == 6 and runs <= runs_of(spark, deployment.path)
    for table in NUMBERS:
        assert_equal(numbers(spark, tmp_path / "tables", table, runs), numbers(spark, deployment.path, table, runs))


@pytest.mark.skipif(not IS_3_5, reason="tested on Spark 3.5; the whole flow is tested on 4.1")
def test_a_job_on_another_number_of_workers_changes_no_number(spark, deployment, packed, tmp_path):
    """As the page says, with the flags that schedulers add, on tables of which another cluster has done all but it."""
    copied = tmp_path / "tables"
    for table in ("datasets", "objects", "embeddings", "texts", "quarantine"):
        shutil.copytree(deployment.path / table, copied / table)
    job = ROOT / "jobs" / "embedding_drift_analysis.py"
    with standalone(1, tmp_path) as master:
        submit(master, packed, job, "--job_type", "BASELINE", "--dataset", "prompts", "--window_start", "2026-03-01",
               "--window_end", "2026-03-05", "--JOB_NAME", "nightly", "--enable-metrics", "--tables_path", copied,
               "--config", deployment.config)  # fmt: skip
    runs = runs_of(spark, copied)
    for table in ("profiles", "clusters"):
        assert_equal(numbers(spark, copied, table, runs), numbers(spark, deployment.path, table, runs))
