"""A Spark standalone cluster of this machine, from the pip package: a master and its workers, as processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent
START_SECONDS = 60


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def standalone(workers: int, logs: Path, memory: str = "1g") -> Iterator[str]:
    """The URL of a master with so many workers of one core each; all processes have ended when the body has."""
    port, processes = free_port(), []
    environment = {**os.environ, "SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1"}

    def start(name: str, *command: str) -> Path:
        log = logs / f"{name}.log"
        with log.open("w") as out:
            processes.append(
                subprocess.Popen(
                    [str(SPARK_HOME / "bin" / "spark-class"), *command],
                    stdout=out,
                    stderr=out,
                    env=environment,
                    cwd=logs,
                    start_new_session=True,
                )
            )
        return log

    url = f"spark://127.0.0.1:{port}"
    try:
        master = start(
            "master", "org.apache.spark.deploy.master.Master", "-h", "127.0.0.1", "-p", str(port), "--webui-port", "0"
        )
        _wait_for(master, r"I have been elected leader|New state: ALIVE", 1)
        for i in range(workers):
            start(
                f"worker{i}", "org.apache.spark.deploy.worker.Worker", "-h", "127.0.0.1", "-c", "1", "-m", memory,
                "--webui-port", "0", "-d", str(logs / f"work{i}"), url,
            )  # fmt: skip
        _wait_for(master, r"Registering worker", workers)
        yield url
    finally:
        for process in reversed(processes):
            _end(process)


def _wait_for(log: Path, pattern: str, times: int) -> None:
    until = time.monotonic() + START_SECONDS
    while len(re.findall(pattern, log.read_text(errors="replace"))) < times:
        if time.monotonic() > until:
            raise TimeoutError(f"{pattern!r} did not come {times} times:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started (a worker's executors), by its group's id."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait(10)
