"""One writer at a time: a second one waits or stops; a silent one is taken over and writes no more."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from driftwell.config import LeaseSettings
from driftwell.errors import StorageError
from driftwell.lease.files import LocalFiles
from driftwell.lease.lease import held, this_process

AT_ONCE = LeaseSettings(wait_seconds=0, silence_seconds=30)
PATIENT = LeaseSettings(wait_seconds=20, silence_seconds=30)


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "tables = mine" / "_lease")


def hold(files: LocalFiles, settings: LeaseSettings = AT_ONCE, said: list[str] | None = None):
    return held(files, "s3://b/tables", "driftwell drift", settings, (said if said is not None else []).append)


def grow_old(files: LocalFiles, seconds: float) -> None:
    """Make the newest file look as if it was written some time ago."""
    path = files._folder / max(files.names())
    then = time.time() - seconds
    os.utime(path, (then, then))


def left_by_a_dead_run(files: LocalFiles, age: float) -> None:
    files.create("000000000001.json", this_process("driftwell ingest").text())
    grow_old(files, age)


def test_a_second_run_that_may_not_wait_learns_who_is_writing(files):
    with hold(files), pytest.raises(StorageError) as refused, hold(files):
        pass
    assert refused.value.exit_code == 5
    message = str(refused.value)
    assert f"driftwell drift (process {os.getpid()} on" in message and "lease.wait_seconds is 0" in message
    assert "\n" not in message


def test_the_next_run_starts_as_soon_as_the_first_has_ended(files):
    with hold(files):
        pass
    with hold(files):
        assert files.names() == ["000000000002.json"]


def test_a_run_that_fails_releases_its_lease(files):
    with pytest.raises(ZeroDivisionError), hold(files):
        raise ZeroDivisionError
    with hold(files):
        pass


def test_a_waiting_run_says_so_once_and_starts_when_the_other_ends(files):
    said: list[str] = []
    entered, order = threading.Event(), []

    def first() -> None:
        with hold(files):
            entered.set()
            time.sleep(0.6)
            order.append("first ended")

    other = threading.Thread(target=first)
    other.start()
    entered.wait(5)
    with hold(files, LeaseSettings(wait_seconds=20, silence_seconds=1), said):
        order.append("second began")
    other.join()
    assert order == ["first ended", "second began"]
    assert len(said) == 1 and "waiting at most" in said[0]


def test_a_run_that_is_silent_for_the_stated_time_is_taken_over_and_not_before(files):
    left_by_a_dead_run(files, age=29)
    with pytest.raises(StorageError, match=r"driftwell ingest .*last heartbeat 29 s ago"), hold(files):
        pass
    grow_old(files, 31)
    with hold(files) as lease:
        lease.check()


def test_a_run_that_was_taken_over_writes_no_more(files):
    with hold(files) as sleeper:
        grow_old(files, 31)
        with hold(files) as follower:
            with pytest.raises(StorageError, match=r"has taken over s3://b/tables.*run it again"):
                sleeper.check()
            follower.check()
        # The end of the sleeper takes nothing from its successor.
    with hold(files) as third:
        third.check()


def test_a_run_that_works_longer_than_the_silence_keeps_its_lease(files):
    brief = LeaseSettings(wait_seconds=0, silence_seconds=1)
    with hold(files, brief) as lease:
        time.sleep(1.5)
        with pytest.raises(StorageError, match="is writing s3://b/tables"), hold(files, brief):
            pass
        lease.check()


def test_of_many_concurrent_runs_one_holds_the_lease_at_any_time(files):
    inside, most, done = [0], [0], [0]

    def work() -> None:
        for _ in range(3):
            with hold(files, LeaseSettings(wait_seconds=30, silence_seconds=1)):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.002)
                inside[0] -= 1
                done[0] += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most[0], done[0]) == (1, 12)


def test_a_lease_file_that_is_being_written_is_held(files):
    files.create("000000000001.json", "")
    with pytest.raises(StorageError, match="another run"), hold(files):
        pass


def test_a_create_that_was_refused_because_of_its_own_first_request_counts(files, monkeypatch):
    create = files.create

    def answer_lost(name: str, text: str) -> bool:
        create(name, text)
        return False

    monkeypatch.setattr(files, "create", answer_lost)
    with hold(files) as lease:
        lease.check()
        assert files.names() == ["000000000001.json"]


def test_a_killed_process_is_taken_over_after_its_silence(files):
    program = (
        "import sys, time; from pathlib import Path\n"
        "from driftwell.config import LeaseSettings\n"
        "from driftwell.lease.lease import held\n"
        "from driftwell.lease.files import LocalFiles\n"
        "with held(LocalFiles(Path(sys.argv[1])), 'there', 'driftwell x', LeaseSettings(0, 1), print):\n"
        "    print('in', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program, str(files._folder)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "in\n"
    other.kill()
    other.wait()
    began = time.monotonic()
    with hold(files, LeaseSettings(wait_seconds=20, silence_seconds=1)):
        assert 0 < time.monotonic() - began < 10


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "tables").write_text("a file")
    with (
        pytest.raises(StorageError, match=r"tables/_lease.* cannot be used: .*check --tables_path"),
        hold(LocalFiles(tmp_path / "tables" / "_lease")),
    ):
        pass
