"""The resources that a run held and used on a cluster: cores, task time, memory of the executors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

logger = logging.getLogger(__name__)

MIB = 1 << 20
_task_seconds_before: dict[str, float] = {}
"""Per application: task time up to its last recorded run, because Spark counts from the start of the application."""


def resources_used(spark: SparkSession) -> dict[str, float] | None:
    """Cores and memory of the executors, and their use since the application's previous run.

    Returns:
        cores: of all executors at this moment. task_seconds: time in tasks, over all cores. executor_heap_mb: heap of
        one executor in MiB (in local mode the driver's). executor_peak_heap_mb: the largest use by one executor since
        it started; missing before its first heartbeat. None if Spark does not report them.
    """
    context = spark.sparkContext
    try:
        executors = list(_executors(context._jsc.sc().statusStore()))
        heap = _heap_mb(spark)
    except (Py4JError, AttributeError, TypeError) as error:
        # Not a stable interface of Spark: a run must not fail because a platform's version differs.
        logger.debug("resources are unknown: %s", error)
        return None
    seconds = sum(executor["task_ms"] for executor in executors) / 1_000
    found = {
        "cores": float(sum(executor["cores"] for executor in executors if executor["active"])),
        "task_seconds": round(seconds - _task_seconds_before.get(context.applicationId, 0.0), 3),
        "executor_heap_mb": heap,
    }
    _task_seconds_before[context.applicationId] = seconds
    peak = max((executor["peak"] for executor in executors), default=0.0)
    return found | ({"executor_peak_heap_mb": round(peak / MIB, 1)} if peak else {})


def _executors(store: Any) -> Iterator[dict[str, float]]:
    summaries = store.executorList(False)
    for index in range(summaries.size()):
        summary = summaries.apply(index)
        peaks = summary.peakMemoryMetrics()
        yield {
            "cores": summary.totalCores(),
            "active": summary.isActive(),
            "task_ms": summary.totalDuration(),
            "peak": float(peaks.get().getMetricValue("JVMHeapMemory")) if peaks.isDefined() else 0.0,
        }


def _heap_mb(spark: SparkSession) -> float:
    conf, jvm = spark.sparkContext.getConf(), spark._jvm
    name = "spark.driver.memory" if str(spark.sparkContext.master).startswith("local") else "spark.executor.memory"
    return float(jvm.org.apache.spark.network.util.JavaUtils.byteStringAsMb(conf.get(name, "1g")))  # type: ignore[union-attr]
