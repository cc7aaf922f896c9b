"""Amazon's services simulated by moto's server, on a free port of this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """The result of a command."""

    code: int
    out: str
    err: str


class Console:
    """Commands in a separate process, with one Spark session for all."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.aws.console"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join([str(ROOT / "lib"), *sys.path[1:]])},
        )

    def run(self, *arguments: str, hadoop: dict[str, str] | None = None) -> Answer:
        """Run one command; `hadoop` are settings to change before."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"arguments": arguments, "hadoop": hadoop or {}}) + "\n")
        self._process.stdin.flush()
        line = "-"
        while line and not line.startswith("{"):  # Spark may say something first
            line = self._process.stdout.readline()
        assert line, f"the console ended with {self._process.wait()}"
        return Answer(**json.loads(line))

    def close(self) -> None:
        """End the process and wait for it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The URL of an empty server of Amazon's services."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def aws_environment(moto_server: str) -> dict[str, str]:
    """Environment variables that point boto3, and driftwell's session, to the server."""
    return {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.fixture
def aws(moto_server: str, aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Clients of the server by service name; the environment points there too, for code that makes its own."""
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    return lambda service: boto3.client(service, endpoint_url=moto_server, region_name="us-east-1")
