"""The Spark session of a command: opened only here, with a reason for each setting.

Under spark-submit (EMR, Glue, standalone) the platform's settings and jars are kept and only the settings that results
depend on are set. Otherwise a local session is opened, with Delta's jars from Ivy.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path

import pyspark
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from driftwell.config import SparkSettings
from driftwell.errors import UsageError
from driftwell.spark.arrow import BATCH_ROWS, restore
from driftwell.spark.conf import DELTA, EXTENSIONS, local_conf, submitted_conf
from driftwell.spark.java import JavaNotFound, find_java
from driftwell.spark.machine import usable_bytes, usable_cores

logger = logging.getLogger(__name__)

RESULT = {
    "spark.sql.session.timeZone": "UTC",  # event times are UTC everywhere; the JVM's zone must not move a window
    "spark.sql.execution.arrow.pyspark.enabled": "true",  # bounded samples are collected as arrays, not as rows
}

SNAPSHOT_PARTITIONS = "spark.databricks.delta.snapshotPartitions"
"""Tasks that reread a table's log after each commit; the default of 50 takes most of the time of a small commit."""

UNCOMPILED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""Compiling queries takes a sixth of a small snapshot's time, without measurable gain up to 25,000 records a day."""

S3A = {
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",  # s3:// as on EMR and Glue
    "spark.hadoop.fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
    # Two nested layers of retries; with their defaults a wrong endpoint is reported only after ten minutes.
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
    "spark.hadoop.fs.s3a.retry.limit": "3",
}


def open_session(settings: SparkSettings, verbose: bool = False, s3: bool = False) -> SparkSession:
    """A Spark session with Delta, ready for driftwell.

    Args:
        s3: whether paths in S3 are used: a local session then needs another 600 MB of jars.

    Raises:
        UsageError: if Java or Delta is missing, with the argument or command that adds it.
    """
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    spark = _submitted(settings) if submitted else _local(settings, verbose, s3)
    if not verbose:
        spark.sparkContext.setLogLevel("ERROR")
    for key, value in RESULT.items():
        spark.conf.set(key, value)
    _check_delta(spark)
    return spark


@contextmanager
def lent_session(spark: SparkSession) -> Iterator[SparkSession]:
    """An existing session with the settings that results depend on; they are restored at the end.

    Raises:
        UsageError: if it lacks Delta, with the argument that adds it.
    """
    _check_delta(spark)
    before = {key: spark.conf.get(key, None) for key in (*RESULT, BATCH_ROWS)}
    try:
        for key, value in RESULT.items():
            spark.conf.set(key, value)
        yield spark
    finally:
        restore(spark, before)


def _submitted(settings: SparkSettings) -> SparkSession:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    SparkContext._ensure_initialized()  # before that, Spark's own settings are not visible
    given = dict(SparkConf().getAll())
    if SparkContext._active_spark_context is not None:
        given |= dict(SparkContext._active_spark_context.getConf().getAll())
    chosen, notes = submitted_conf(given, settings.conf, {**DELTA, SNAPSHOT_PARTITIONS: "4"})
    for line in notes:
        logger.warning("%s", line)
    builder = SparkSession.builder
    for key, value in chosen.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


OTHER_SPARK = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS")
"""Shell variables that select another Spark, or start it differently, than a local session."""


def own_environment(environment: MutableMapping[str, str]) -> list[str]:
    """Change an environment to that of a local session: this Python, the pyspark package's Spark, UTF-8 file names.

    Returns:
        A line for each variable that is ignored.
    """
    notes = []
    for name in OTHER_SPARK:
        value = environment.pop(name, "")
        if value and not (name == "SPARK_HOME" and Path(value).resolve() == Path(pyspark.__file__).resolve().parent):
            notes.append(f"{name}={value} is ignored: a local session runs the Spark of the pyspark package")
    for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"):
        value = environment.get(name, "")
        if value and not _is_this_python(value):
            notes.append(f"{name}={value} is ignored: a local session runs on {sys.executable}")
        environment[name] = sys.executable
    language = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    if not re.search(r"utf-?8", language, re.IGNORECASE):
        environment["LC_ALL"] = "C.UTF-8"  # otherwise Java reads non-ASCII names as question marks and finds no file
    return notes


def _is_this_python(command: str) -> bool:
    found = shutil.which(command)
    return found is not None and Path(found).absolute() == Path(sys.executable).absolute()


def _local(settings: SparkSettings, verbose: bool, s3: bool) -> SparkSession:
    for line in own_environment(os.environ):
        logger.warning("%s", line)
    # Arrow in Spark 3.5 fails on Java 21.
    majors = (17,) if pyspark.__version__.startswith("3.") else (17, 21)
    try:
        os.environ["JAVA_HOME"] = str(find_java(majors))
    except JavaNotFound as error:
        raise UsageError(str(error)) from error
    cores = usable_cores()
    own = {
        **DELTA,
        SNAPSHOT_PARTITIONS: "1",
        "spark.driver.memory": f"{_driver_gigabytes()}g",  # local mode: tasks run inside the driver
        "spark.sql.shuffle.partitions": str(2 * cores),  # 200 by default: an empty task each on small data
        # 10,000 by default: one task per object
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(2 * cores),
        **UNCOMPILED,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": str(verbose).lower(),
        **(_s3a() if s3 else {}),
    }
    conf = local_conf(own, settings.conf)
    packages = [settings.conf.get("spark.jars.packages"), _hadoop_aws() if s3 else None]
    builder = SparkSession.builder.appName("driftwell").master(settings.master or f"local[{cores}]")
    for key, value in conf.items():
        builder = builder.config(key, value)
    with _jvm_output(verbose):
        return _with_delta_jars(builder, [name for name in packages if name]).getOrCreate()


def _s3a() -> dict[str, str]:
    """Settings of S3A, with the endpoint and region that boto3 also takes from the environment."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    conf = dict(S3A)
    if endpoint:
        # Servers other than Amazon's rarely have a host name for each bucket.
        conf |= {"spark.hadoop.fs.s3a.endpoint": endpoint, "spark.hadoop.fs.s3a.path.style.access": "true"}
    if region:
        conf["spark.hadoop.fs.s3a.endpoint.region"] = region
    return conf


def _hadoop_aws() -> str:
    """The S3A package for the Hadoop version of this Spark."""
    jars = Path(pyspark.__file__).parent / "jars"
    (client,) = jars.glob("hadoop-client-api-*.jar")
    return f"org.apache.hadoop:hadoop-aws:{client.stem.removeprefix('hadoop-client-api-')}"


def _with_delta_jars(builder: SparkSession.Builder, packages: list[str]) -> SparkSession.Builder:
    try:
        from delta import configure_spark_with_delta_pip
    except ImportError as error:
        raise UsageError("delta-spark is not installed: pip install 'driftwell[local]', or use spark-submit") from error
    return configure_spark_with_delta_pip(builder, [name for some in packages for name in some.split(",")])


def _driver_gigabytes() -> int:
    """Half of the memory that this process may use, in GiB, from 1 to 8."""
    return max(1, min(8, usable_bytes() // (2 << 30)))


@contextmanager
def _jvm_output(verbose: bool) -> Iterator[None]:
    """Redirect the output of a JVM that starts in the body to a file; show the file's end if the start fails.

    This includes stdout, where Ivy in Spark 3.5 writes and results belong.
    """
    if verbose:
        yield
        return
    descriptor, name = tempfile.mkstemp(prefix="driftwell-spark-", suffix=".log")
    log, kept = Path(name), {stream: os.dup(stream) for stream in (1, 2)}
    sys.stdout.flush()
    sys.stderr.flush()
    for stream in kept:
        os.dup2(descriptor, stream)
    try:
        yield
    except BaseException:
        os.dup2(kept[2], 2)
        sys.stderr.write(f"Spark did not start; the end of its log:\n{log.read_text(errors='replace')[-2000:]}\n")
        raise
    finally:
        for stream, before in kept.items():
            os.dup2(before, stream)
            os.close(before)
        os.close(descriptor)
        log.unlink()


def _check_delta(spark: SparkSession) -> None:
    extensions = spark.conf.get(EXTENSIONS, "") or ""
    if not spark._jvm.org.apache.spark.util.Utils.classIsLoadable(DELTA[EXTENSIONS]):  # type: ignore[union-attr]
        raise UsageError(
            "Delta Lake is not on Spark's class path: on Glue pass --datalake-formats delta, on EMR the classification "
            "delta-defaults {'delta.enabled':'true'}, elsewhere spark-submit --packages io.delta:delta-spark_…"
        )
    if DELTA[EXTENSIONS] not in extensions:
        conf = " ".join(f"--conf {key}={value}" for key, value in DELTA.items())
        raise UsageError(f"this Spark session was started without Delta's extension: pass {conf}")
