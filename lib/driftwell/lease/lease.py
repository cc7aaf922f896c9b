"""One writer at a time: a lease on a `tables_path`, held by every command that writes, while it runs.

A lease is a sequence of small files, `_lease/000000000001.json` and so on: the run that creates the next number holds
it. Storage must offer only exclusive file creation, which S3 (`If-None-Match: *`), HDFS and local disks all do.
The holder rewrites its file every few seconds; once a file has not been written for `silence_seconds`, by the clock
of the storage, or says `released`, another run may create the next number.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Protocol
from uuid import uuid4

from driftwell.config import LeaseSettings
from driftwell.errors import DriftwellError, StorageError
from driftwell.times import now

logger = logging.getLogger(__name__)

FOLDER = "_lease"
NAME = re.compile(r"\d{12}\.json")
BEATS = 6
"""Heartbeats within `silence_seconds`: all of them must fail before another run takes over."""
LONGEST_POLL = 5.0


class LeaseFiles(Protocol):
    """The files of one lease, on any storage. Each method raises StorageError if storage fails."""

    def names(self) -> list[str]:
        """Names of the existing files."""

    def create(self, name: str, text: str) -> bool:
        """Create a file; False, without a change, if it exists: of two callers one gets True."""

    def read(self, name: str) -> tuple[str, float] | None:
        """A file's text, and the seconds since it was written by the storage's clock; None if it does not exist."""

    def write(self, name: str, text: str) -> None:
        """Write a file, replacing an existing one."""

    def remove(self, name: str) -> None:
        """Delete a file, if it exists."""


@dataclass(frozen=True)
class Holder:
    """The holder of a lease, as in its file."""

    id: str
    command: str
    host: str
    process: int
    since: str
    released: bool = False

    def text(self) -> str:
        """The content of the file."""
        return json.dumps(asdict(self))


UNKNOWN = Holder("", "another run", "an unknown host", 0, "an unknown time")


def this_process(command: str) -> Holder:
    """A new holder: this process, which runs `command`."""
    return Holder(uuid4().hex, command, socket.gethostname(), os.getpid(), now().isoformat(timespec="seconds"))


@dataclass(frozen=True)
class _Found:
    number: int
    holder: Holder
    age: float


class Lease:
    """A lease that is held. `check` is called before each commit."""

    def __init__(self, files: LeaseFiles, number: int, holder: Holder, place: str, settings: LeaseSettings) -> None:
        self._files, self._number, self._holder, self._place = files, number, holder, place
        self._silence = settings.silence_seconds
        self._writing = threading.Lock()
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat_on, name="lease", daemon=True)
        self._heart.start()

    def check(self) -> None:
        """Send a heartbeat, and check that no other run has taken over.

        Raises:
            StorageError: if another run has taken over, or storage does not respond: nothing may be written then.
        """
        with self._writing:
            if _newest_number(self._files) > self._number:
                raise StorageError(
                    f"another run has taken over {self._place}: this one had no heartbeat for {self._silence:g} s "
                    "(lease.silence_seconds) and has stopped writing; run it again"
                )
            self._files.write(_name(self._number), self._holder.text())

    def release(self) -> None:
        """Release the lease; if that fails, the next run can take over after `silence_seconds`."""
        self._ended.set()
        self._heart.join()
        with self._writing:
            try:
                if _newest_number(self._files) == self._number:
                    self._files.write(_name(self._number), replace(self._holder, released=True).text())
            except DriftwellError as error:
                logger.warning("the lease of %s was not released: %s", self._place, error)

    def _beat_on(self) -> None:
        while not self._ended.wait(self._silence / BEATS):
            try:
                self.check()
            except DriftwellError as error:
                # The check before the next commit stops the run; storage may have recovered by then.
                logger.debug("heartbeat failed: %s", error)


@contextmanager
def held(
    files: LeaseFiles, place: str, command: str, settings: LeaseSettings, say: Callable[[str], None]
) -> Iterator[Lease]:
    """Hold the lease of `place` while the body runs.

    Args:
        command: shown to runs that wait for this one. say: shows the user that this run waits.

    Raises:
        StorageError: if another run holds it for longer than `wait_seconds`.
    """
    lease = _taken(files, place, this_process(command), settings, say)
    try:
        yield lease
    finally:
        lease.release()


def _taken(files: LeaseFiles, place: str, me: Holder, settings: LeaseSettings, say: Callable[[str], None]) -> Lease:
    deadline, named = time.monotonic() + settings.wait_seconds, ""
    while True:
        found = _newest(files)
        if found is None or found.holder.released or found.age > settings.silence_seconds:
            number = found.number + 1 if found else 1
            if _created(files, number, me):
                _tidy(files, number)
                return Lease(files, number, me, place, settings)
            time.sleep(0.01)  # another run was faster
            continue
        left = deadline - time.monotonic()
        if left <= 0:
            raise StorageError(_busy(place, found, settings))
        if named != found.holder.id:
            named = found.holder.id
            say(f"{_who(found.holder)} is writing {place}: waiting at most {left:.0f} s")
        time.sleep(min(LONGEST_POLL, settings.silence_seconds / BEATS, left))


def _created(files: LeaseFiles, number: int, me: Holder) -> bool:
    if files.create(_name(number), me.text()):
        return True
    # If the response is lost, the client retries the request, which then fails because of the first.
    found = files.read(_name(number))
    return found is not None and _holder(found[0]).id == me.id


def _tidy(files: LeaseFiles, number: int) -> None:
    """Delete the files of earlier holders. The newest file always stays: numbers must never restart."""
    for name in files.names():
        if NAME.fullmatch(name) and name < _name(number):
            files.remove(name)


def _newest(files: LeaseFiles) -> _Found | None:
    while number := _newest_number(files):
        found = files.read(_name(number))
        if found is not None:
            return _Found(number, _holder(found[0]), found[1])
        # Deleted since it was listed: its successor exists and is listed next time.
    return None


def _newest_number(files: LeaseFiles) -> int:
    return max((int(name.partition(".")[0]) for name in files.names() if NAME.fullmatch(name)), default=0)


def _name(number: int) -> str:
    return f"{number:012d}.json"


def _holder(text: str) -> Holder:
    """The holder in a file; unknown if the file is just being written, or is damaged."""
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return UNKNOWN


def _who(holder: Holder) -> str:
    return f"{holder.command} (process {holder.process} on {holder.host}, since {holder.since})"


def _busy(place: str, found: _Found, settings: LeaseSettings) -> str:
    return (
        f"{_who(found.holder)} is writing {place}, last heartbeat {max(found.age, 0):.0f} s ago; only one run at a "
        f"time may write the same tables: run this one later, or let it wait longer (lease.wait_seconds is "
        f"{settings.wait_seconds:g}; a dead run is taken over after {settings.silence_seconds:g} s without heartbeat)"
    )
