"""A command that is asked to stop says so in one line, with the exit code that shells expect."""

from __future__ import annotations

import logging
import sys

import pytest

from driftwell.cli import main as cli
from driftwell.errors import Terminated


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_a_stop_gives_one_line_and_an_exit_code(
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
    assert capsys.readouterr().err == "driftwell: stopped; run the same command again to resume\n"


def _logged(error: BaseException) -> logging.LogRecord:
    """A record of py4j's `logging.exception` for an error with a context."""
    try:
        try:
            raise error
        finally:
            raise OSError("sending failed")
    except OSError:
        return logging.LogRecord("root", logging.ERROR, "java_gateway.py", 1, "while sending", (), sys.exc_info())


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Terminated])
def test_the_trace_of_an_interrupted_call_is_not_shown_and_any_other_is(stop: type[BaseException]) -> None:
    assert not cli._is_no_stop(_logged(stop()))
    assert cli._is_no_stop(_logged(ValueError()))
    assert cli._is_no_stop(logging.LogRecord("driftwell", logging.INFO, "x.py", 1, "a line", (), None))


def test_any_other_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object) -> None:
        raise KeyError("p")

    monkeypatch.setattr(cli, "_run", faulty)
    with pytest.raises(KeyError):
        cli.main(["ingest", "--dataset", "d", "--data_path", "a", "--tables_path", "t"])
