"""One small deployment, carried through every command once; tests read what it left."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from driftwell.cli.main import main
from driftwell.tables.schemas import TABLES
from driftwell.tables.store import Tables
from tests.archives import cloud, records, with_base64, write_objects

Command = Callable[..., int]

READS_VECTORS = re.compile(r"^FileScan parquet .*Location: .*/embeddings\]?, .*ReadSchema: .*embedding:array")
"""A scan of the table's vector column in a query plan."""

BASELINE_DAYS, WEEK = 4, 1
START, MIDDLE, END = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 5, 7))


@dataclass(frozen=True)
class Deployment:
    """Archives and tables of a small product.

    Attributes:
        prompts, reference: archive folders. tables: reader of its tables.
        config: settings of every command.
        jobs: Spark jobs of each command, by command line. passes: how often each read the vectors of `embeddings`.
        commits: to each table, by all of them together.
    """

    prompts: Path
    reference: Path
    path: Path
    tables: Tables
    config: Path | None = None
    jobs: dict[str, int] = field(default_factory=dict)
    passes: dict[str, int] = field(default_factory=dict)
    commits: dict[str, int] = field(default_factory=dict)

    def only(self, name: str, **values: object) -> DataFrame:
        """Rows of a table with these values."""
        frame = self.tables.read(name)
        for column, value in values.items():
            frame = frame.where(F.col(column) == F.lit(value))
        return frame

    def vectors(self, dataset: str) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Ids, event times in microseconds, and (n, d) embeddings of a dataset, by id."""
        rows = self.only("embeddings", dataset=dataset).orderBy("record_id")
        chosen = rows.select("record_id", F.unix_micros("event_time").alias("time"), "embedding").toPandas()
        matrix = np.stack([np.asarray(v, dtype=np.float32) for v in chosen["embedding"]])
        return chosen["record_id"].tolist(), chosen["time"].to_numpy(), matrix


def command(spark: SparkSession, deployment: Deployment, *arguments: str) -> int:
    """Run a command as the console would, in the session of the tests."""
    settings = ["--config", str(deployment.config)] if deployment.config else []
    return main([*arguments, *settings, "--tables_path", str(deployment.path)], spark)


def make_deployment(spark: SparkSession, root: Path) -> Deployment:
    """Prompts of six days and a reference, ingested, profiled and compared."""
    topics = cloud(4, 12)
    prompts = records(topics.draw(480, 1), START, 4, "p") + records(
        topics.draw(240, 2, [0.4, 0.3, 0.2, 0.1]), MIDDLE, 2, "q"
    )
    for i, record in enumerate(prompts):
        record["metadata"] = {"similarity": None if i % 7 == 0 else "none" if i % 11 == 0 else i / 1_000}
    prompts[500]["text"] = prompts[501]["text"] = prompts[502]["text"] = "the same question"
    prompts[510]["embedding"] = prompts[511]["embedding"]
    write_objects(root / "prompts", prompts[:360], 60)
    write_objects(root / "prompts", with_base64(prompts[360:]), 60, "\n")
    write_objects(root / "reference", records(topics.draw(300, 3), START, 0.5, "doc"), 100, "\n")
    tables, config = root / "tables", root / "settings.yaml"
    config.write_text("datasets: {prompts: {measures: [similarity, absent]}}")
    leave_as_killed(tables)
    made = Deployment(root / "prompts", root / "reference", tables, Tables(spark, str(tables)), config)
    for arguments in (
        ["ingest", "--dataset", "reference", "--data_path", str(made.reference)],
        ["ingest", "--dataset", "prompts", "--data_path", str(made.prompts)],
        ["drift", "--job_type", "BASELINE", "--dataset", "reference", "--window_end", "2026-03-05"],
        [
            "drift",
            "--job_type",
            "BASELINE",
            "--dataset",
            "prompts",
            "--window_start",
            "2026-03-01",
            "--window_end",
            "2026-03-05",
        ],
        ["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", "--window_end", "2026-03-07"],
        ["distance", "--window_start", "2026-03-05", "--window_end", "2026-03-07"],
    ):
        jobs, queries = jobs_so_far(spark), queries_so_far(spark)
        assert command(spark, made, *arguments) == 0, arguments
        words = " ".join(arguments[:5])
        made.jobs[words] = jobs_so_far(spark) - jobs
        made.passes[words] = passes_of(spark, queries_so_far(spark) - queries)
    for log in tables.glob("*/_delta_log"):
        made.commits[log.parent.name] = len(list(log.glob("*.json")))
    return made


def leave_as_killed(tables: Path) -> None:
    """Leave below a tables_path what runs leave that end before a table's first commit: some tables in each state."""
    first = "00000000000000000000"
    states = (
        (),
        ("_delta_log/",),
        ("_delta_log/", f"_delta_log/.{first}.json.0c1d.tmp", f"_delta_log/..{first}.json.0c1d.tmp.crc"),
        ("_delta_log/_staged_commits/", "_delta_log/_commits/", f"_delta_log/{first}.crc"),
        ("part-00000-1f.c000.snappy.parquet", "_temporary/0/"),
        ("part-00000-1f.c000.snappy.parquet", "_delta_log/"),
    )
    for name, state in zip(sorted(TABLES), itertools.cycle(states)):
        (tables / name).mkdir(parents=True)
        for left in state:
            path = tables / name / left
            path.mkdir(parents=True) if left.endswith("/") else path.write_bytes(b"half of it")


def passes_of(spark: SparkSession, queries: Iterable[int]) -> int:
    """How often these queries scanned the vectors of `embeddings`.

    A plan also shows the scans below what it takes from the cache; those give no row.
    """
    store, scans = spark._jsparkSession.sharedState().statusStore(), 0
    for query in queries:
        values = store.executionMetrics(query)
        for node in in_scala(store.planGraph(query).allNodes()):
            if READS_VECTORS.search(node.desc()):
                (rows,) = (m for m in in_scala(node.metrics()) if m.name() == "number of output rows")
                found = values.get(rows.accumulatorId())
                scans += found.isDefined() and found.get() != "0"
    return scans


def queries_so_far(spark: SparkSession) -> set[int]:
    """Ids of the queries that this session has run."""
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    return {
        query.executionId() for query in in_scala(spark._jsparkSession.sharedState().statusStore().executionsList())
    }


def in_scala(sequence: Any) -> list[Any]:
    """Members of a Scala Seq."""
    return [sequence.apply(i) for i in range(sequence.size())]


def jobs_so_far(spark: SparkSession) -> int:
    """Spark jobs that this session has started."""
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())
