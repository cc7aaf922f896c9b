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
    found = lines(capsys.readouterr().out)
    assert found["driftwell"] == driftwell.__version__
    assert found["Spark"] == version("pyspark") and found["Delta"] == version("delta-spark")
    assert found["Python"].startswith(platform.python_version()) and found["numpy"] == np.__version__
    assert found["Java"].split(".")[0] in ("17", "21")


def test_what_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> str:
        raise PackageNotFoundError

    def no_java() -> str:
        raise JavaNotFound("Spark needs Java 17 or 21. Found: no Java at all.")

    monkeypatch.setattr(versions, "version", none)
    monkeypatch.setattr(versions, "find_java", no_java)
    found = lines(versions.versions())
    assert found["Spark"] == found["Delta"] == versions.PLATFORMS_OWN
    assert found["orjson"] == "not installed" and "no Java at all" in found["Java"]
