"""Peak memory of the driver and of the executors while vectors are profiled, in separate processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.profile import ours, vectors_of
from driftwell.config import SparkSettings
from driftwell.spark.session import open_session

EXECUTORS, MEGABYTES = 2, 2_048


def peak_memory(folder: Path, n: int, d: int) -> dict[str, float]:
    """MiB: the driver's JVM and Python, the largest executor JVM and Python worker; each JVM has 2 GiB of heap.

    Runs `ours` in a new process, on a cluster of two executors of one core each on this machine.
    """
    command = [sys.executable, __file__, str(folder), str(n), str(d)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _main(folder: str, n: int, d: int) -> None:
    heap = f"{MEGABYTES}m"
    conf = {"spark.driver.memory": heap, "spark.executor.memory": heap, "spark.sql.shuffle.partitions": "4"}
    master = f"local-cluster[{EXECUTORS},1,{MEGABYTES}]"
    spark = open_session(SparkSettings(master=master, conf=conf))
    seconds, _ = ours(vectors_of(spark, Path(folder)), n, d)
    driver = spark._jvm.java.lang.ProcessHandle.current().pid()
    peaks = {pid: (_peak_mib(pid), _command(pid)) for pid in _descendants(driver)}
    executors = [mib for mib, command in peaks.values() if "CoarseGrained" in command or "Executor" in command]
    workers = [mib for mib, command in peaks.values() if "pyspark" in command and "java" not in command]
    print(
        json.dumps(
            {
                "driver_jvm": _peak_mib(driver),
                "driver_python": _peak_mib("self"),
                "executor_jvm": max(executors, default=0),
                "python_worker": max(workers, default=0),
                "seconds": sum(seconds.values()),
            }
        )
    )
    spark.stop()


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _peak_mib(pid: int | str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0")
    return int(line.split()[1]) / 1024


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
