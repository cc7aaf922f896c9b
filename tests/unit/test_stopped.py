"""A command that is asked to end says so in a line, with the exit code that shells expect."""

from __future__ import annotations

import pytest

from driftwell import cli
from driftwell.errors import Terminated


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_a_stop_is_a_line_and_a_code(
    stop: type[BaseException],
    code: int,
    broken: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped(*_: object) -> None:
        try:
            raise stop
        finally:  # the connection to Java was interrupted, too
            if broken:
                raise KeyError("p")

    monkeypatch.setattr(cli, "_run", stopped)
    assert cli.main(["ingest", "--dataset", "d", "--data_path", "a", "--tables_path", "t"]) == code
    assert capsys.readouterr().err == "driftwell: stopped; the same command goes on where this one ended\n"


def test_any_other_fault_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> None:
        raise KeyError("p")

    monkeypatch.setattr(cli, "_run", faulty)
    with pytest.raises(KeyError):
        cli.main(["ingest", "--dataset", "d", "--data_path", "a", "--tables_path", "t"])
