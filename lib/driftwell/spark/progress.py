"""Progress of a run: the stage, how far it is, and at the end where the time went.

On a terminal one line is redrawn; elsewhere each stage is one line, of the log or, in a notebook, of its output.
Everything goes to stderr.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from pyspark import SparkContext

from driftwell.terminal import harmless
from driftwell.times import now

logger = logging.getLogger(__name__)

REDRAW_SECONDS = 0.2


class Progress:
    """Times the stages of a run and shows them.

    Args:
        context: to count the tasks of Spark. stream: to write to, by default stderr.
        always: write lines to the stream where it is no terminal, too; by default they go to the log.

    Attributes:
        seconds: stage -> seconds spent in it so far.
        started_at: when the run began.
    """

    def __init__(self, context: SparkContext | None = None, stream: TextIO | None = None, always: bool = False) -> None:
        self._context, self._always = context, always
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self.begin()

    def begin(self) -> None:
        """Start a new run, with all times at zero."""
        self.seconds: dict[str, float] = {}
        self.started_at = now()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Show `name` while the body runs, then how long it took. Stages are not nested."""
        started = time.monotonic()
        done = threading.Event()
        painter = threading.Thread(target=self._paint, args=(name, started, done), daemon=True) if self._live else None
        if painter:
            painter.start()
        finished = "failed after"
        try:
            yield
            finished = "took"
        finally:
            took = time.monotonic() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + took
            done.set()
            if painter:
                painter.join()
                self._stream.write(f"\r\033[K  {name}  {finished} {took:.1f} s\n")
                self._stream.flush()
            else:
                self._line(f"{name}: {finished} {took:.1f} s")

    def say(self, text: str) -> None:
        """Show a line between stages."""
        self._line(text)

    def _line(self, text: str) -> None:
        if self._live or self._always:
            print(harmless(text), file=self._stream, flush=True)
        else:
            logger.info("%s", text)

    def summary(self) -> str:
        """One line: where the time went, longest first."""
        parts = sorted(self.seconds.items(), key=lambda item: -item[1])
        total = sum(self.seconds.values())
        return f"{total:.1f} s: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts if seconds >= 0.05)

    def _paint(self, name: str, started: float, done: threading.Event) -> None:
        while not done.wait(REDRAW_SECONDS):
            self._stream.write(f"\r\033[K  {name} … {time.monotonic() - started:.0f} s{self._tasks()}")
            self._stream.flush()

    def _tasks(self) -> str:
        """Completed tasks of the active Spark stages."""
        if self._context is None:
            return ""
        tracker = self._context.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        total = sum(stage.numTasks for stage in stages if stage)
        done = sum(stage.numCompletedTasks for stage in stages if stage)
        return f", {done} of {total} Spark tasks" if total else ""
