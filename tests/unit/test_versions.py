"""`driftwell --version` says what a bug report needs, even if something is missing."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest

import driftwell
from driftwell.cli import versions
from driftwell.cli.main import main
from driftwell.spark.java import JavaNotFound


def lines(text: str) -> dict[str, str]:
    return {line.split()[0]: line.split(None, 1)[1] for line in text.splitlines()}


def test_it_is_printed_and_the_command_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    told = lines(capsys.readouterr().out)
    assert told["driftwell"] == driftwell.__version__
    assert told["Spark"] == version("pyspark") and told["Delta"] == version("delta-spark")
    assert told["Python"].startswith(platform.python_version()) and told["numpy"] == np.__version__
    assert told["Java"].split(".")[0] in ("17", "21")


def test_what_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> str:
        raise PackageNotFoundError

    def no_java() -> str:
        raise JavaNotFound("Spark needs Java 17 or 21. Found: no Java at all.")

    monkeypatch.setattr(versions, "version", none)
    monkeypatch.setattr(versions, "find_java", no_java)
    told = lines(versions.versions())
    assert told["Spark"] == told["Delta"] == versions.PLATFORMS_OWN
    assert told["orjson"] == "not installed" and "no Java at all" in told["Java"]
