"""A Trino server, the engine that Athena is built on, and statements run on it over HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

START_SECONDS = 180

JVM = """-server
-Xmx1200m
-XX:+ExitOnOutOfMemoryError
-Djdk.attach.allowAttachSelf=true
-Dfile.encoding=UTF-8
--add-modules=jdk.incubator.vector
"""
CONFIG = """coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://127.0.0.1:{port}
node.internal-address=127.0.0.1
query.max-memory=400MB
query.max-memory-per-node=400MB
memory.heap-headroom-per-node=200MB
catalog.management=static
"""
NODE = "node.environment=test\nnode.id=driftwell\nnode.data-dir={data}\n"
DELTA = """connector.name=delta_lake
hive.metastore=file
hive.metastore.catalog.dir=local:///{metastore}
fs.native-local.enabled=true
local.location={tables}
delta.register-table-procedure.enabled=true
delta.security=allow_all
"""


class Failed(Exception):
    """A statement that Trino refused, with its message and error name."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class Trino:
    """A server on this machine, over the tables below one folder.

    Args:
        home: Trino's program folder. tables: root of `local:///`. work: its own files. metastore: below `tables`.
    """

    def __init__(self, home: Path, tables: Path, work: Path, metastore: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        etc = work / "etc"
        (etc / "catalog").mkdir(parents=True)
        (etc / "jvm.config").write_text(JVM)
        (etc / "config.properties").write_text(CONFIG.format(port=port))
        (etc / "node.properties").write_text(NODE.format(data=work / "data"))
        (etc / "catalog" / "delta.properties").write_text(DELTA.format(tables=tables, metastore=metastore))
        self._log = work / "log"
        java = Path(os.environ["JAVA_HOME"]) / "bin" / "java"
        arguments = [f"-Dnode.data-dir={work / 'data'}", f"-Dconfig={etc / 'config.properties'}"]
        arguments += [f"-Dcatalog.config-dir={etc / 'catalog'}", "-Dnode.environment=test", "-Dnode.id=driftwell"]
        arguments += [f"-Dplugin.dir={home / 'plugin'}"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [str(java), *JVM.split(), *arguments, "-cp", f"{home / 'lib'}/*", "io.trino.server.TrinoServer"],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=work,
            )
        self._wait()

    def run(self, statement: str, schema: str = "information_schema") -> list[dict[str, Any]]:
        """Run a statement and return its rows; retry while the server, just started or slow, knows no node.

        Raises:
            Failed: if Trino refuses it.
        """
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self._run(statement, schema)
            except Failed as error:
                if error.name != "NO_NODES_AVAILABLE" or time.monotonic() > deadline:
                    raise
            time.sleep(0.3)

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(30)

    def _run(self, statement: str, schema: str) -> list[dict[str, Any]]:
        headers = {"X-Trino-User": "test", "X-Trino-Catalog": "delta", "X-Trino-Schema": schema}
        headers |= {"X-Trino-Time-Zone": "UTC"}
        answer = self._ask(urllib.request.Request(f"{self._url}/v1/statement", statement.encode(), headers))
        rows: list[dict[str, Any]] = []
        while True:
            if "error" in answer:
                raise Failed(answer["error"]["message"], answer["error"]["errorName"])
            names = [column["name"] for column in answer.get("columns", [])]
            rows += [dict(zip(names, values, strict=True)) for values in answer.get("data", [])]
            if "nextUri" not in answer:
                return rows
            answer = self._ask(urllib.request.Request(answer["nextUri"], headers=headers))

    def _wait(self) -> None:
        """Wait until the server accepts statements."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if not self._ask(urllib.request.Request(f"{self._url}/v1/info"))["starting"]:
                    return
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.3)
        self._process.kill()
        raise RuntimeError(f"Trino did not start; the end of its log:\n{self._log.read_text()[-3000:]}")

    @staticmethod
    def _ask(request: urllib.request.Request) -> dict[str, Any]:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))
