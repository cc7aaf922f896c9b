"""Five weeks of traffic: which questions are asked and which passages are uploaded, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from demo.text import Text

T = TypeVar("T")

DAYS = 35
WINDOWS = {"baseline": (1, 21), "quiet_week": (22, 28), "new_family_week": (29, 35)}  # first and last day
# The internet: mail, the web and its formats, sockets. Some are gone from newer Pythons.
NEW_FAMILY = {
    *("asynchat", "asyncore", "cgi", "cgitb", "email", "ftplib", "html", "http", "imaplib", "ipaddress", "mailbox"),
    *("nntplib", "poplib", "smtpd", "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib", "webbrowser"),
    *("wsgiref", "xml", "xmlrpc"),
}
NEW_FAMILY_SHARE = 0.4

QUESTIONS_PER_DAY = 150
MIN_KNOWN_PER_DAY = 4
MAX_SESSION = 4
FIRST_HOUR = 6  # UTC
HOUR_WEIGHTS = (1, 3, 6, 8, 9, 10, 8, 7, 9, 10, 9, 7, 5, 3, 2, 2, 1)  # sessions that begin in each hour from then on

UPLOAD_SIZE = 400  # passages in one object
UPLOAD_PAUSE = timedelta(minutes=10)
TOP_UP_DAYS = (15, 25)
TOP_UP_SHARE = 0.01  # of the passages, on each of these days


class TooLittleText(ValueError):
    """The sources have too few docstrings for five weeks of traffic."""


def daily_counts(known: int, new: int, generator: Generator) -> tuple[list[int], list[int]]:
    """Return how many questions of the known modules and of the new family are asked on each of the 35 days.

    Poisson around 150 in all; in the last week four in ten of them of the new family, before it none. Where the supply
    (`known` and `new` questions) is smaller than that, all days are reduced by one factor.

    Raises TooLittleText where that leaves a day fewer than 4 of the known modules, or a day of the last week none of
    the new family.
    """
    counts = generator.poisson(QUESTIONS_PER_DAY, DAYS)
    begins = WINDOWS["new_family_week"][0]
    share = np.where(np.arange(1, DAYS + 1) >= begins, NEW_FAMILY_SHARE, 0)
    factor = min(1, known / (counts * (1 - share)).sum(), new / (counts * share).sum())
    staying = np.floor(counts * (1 - share) * factor).astype(int)
    entering = np.floor(counts * share * factor).astype(int)
    if staying.min() < MIN_KNOWN_PER_DAY or entering[begins - 1 :].min() < 1:
        raise TooLittleText(
            f"found {known} questions of known modules and {new} of the new family in the docstrings; needed at least "
            f"{MIN_KNOWN_PER_DAY} and 1 a day: use a Python installed with its sources, or name more modules"
        )
    return staying.tolist(), entering.tolist()


def sessions_of(questions: Sequence[T], generator: Generator) -> list[list[T]]:
    """Cut a day's questions, in random order, into sessions of 1 to 4."""
    left = _shuffled(questions, generator)
    sessions = []
    while left:
        size = int(generator.integers(1, MAX_SESSION + 1))
        sessions.append(left[:size])
        left = left[size:]
    return sessions


def ask(questions: Sequence[Text], start: date, generator: Generator) -> list[tuple[datetime, Text, str]]:
    """Return the traffic in order of time: the moment, the question, and its session.

    Each question is asked once at most. They are drawn in random order, so days of the same mixture differ by chance
    alone, and so do the records of a session: a test may take records as independent.
    """
    known = _shuffled([question for question in questions if question.module not in NEW_FAMILY], generator)
    new = _shuffled([question for question in questions if question.module in NEW_FAMILY], generator)
    shares = np.array(HOUR_WEIGHTS) / sum(HOUR_WEIGHTS)
    traffic = []
    for day, (staying, entering) in enumerate(zip(*daily_counts(len(known), len(new), generator), strict=True), 1):
        asked = known[:staying] + new[:entering]
        known, new = known[staying:], new[entering:]
        for number, session in enumerate(sessions_of(asked, generator)):
            hour = FIRST_HOUR + int(generator.choice(len(shares), p=shares))
            moment = midnight(start, day) + timedelta(hours=hour, milliseconds=int(generator.integers(3_600_000)))
            for question in session:
                traffic.append((moment, question, f"s-{day:02d}-{number:03d}"))
                moment += timedelta(milliseconds=int(generator.integers(15_000, 90_000)))
    return sorted(traffic, key=lambda asked: asked[0])


def upload(passages: Sequence[Text], start: date, generator: Generator) -> list[tuple[datetime, Text]]:
    """Return when each passage is uploaded: in the first hours of day 1, but for one in a hundred on days 15 and 25."""
    size = max(1, round(len(passages) * TOP_UP_SHARE))
    held_back = generator.choice(len(passages), (len(TOP_UP_DAYS), size), replace=False)
    later = {index: day for day, indices in zip(TOP_UP_DAYS, held_back.tolist(), strict=True) for index in indices}
    first = [passage for index, passage in enumerate(passages) if index not in later]
    begin, step = midnight(start, 1) + timedelta(minutes=5), timedelta(milliseconds=20)
    uploads = [(begin + n // UPLOAD_SIZE * UPLOAD_PAUSE + n % UPLOAD_SIZE * step, text) for n, text in enumerate(first)]
    for index, day in later.items():
        uploads.append((midnight(start, day) + timedelta(hours=9), passages[index]))
    return uploads


def midnight(start: date, day: int) -> datetime:
    """Return the beginning of a day in UTC; the first day is 1."""
    return datetime.combine(start + timedelta(days=day - 1), time(), UTC)


def windows_from(start: date) -> dict[str, tuple[datetime, datetime]]:
    """Return the begin and the end of each window of WINDOWS; the end is excluded."""
    return {name: (midnight(start, first), midnight(start, last + 1)) for name, (first, last) in WINDOWS.items()}


def _shuffled(items: Sequence[T], generator: Generator) -> list[T]:
    return [items[index] for index in generator.permutation(len(items))]
