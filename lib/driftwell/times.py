"""Moments: always aware, always UTC, never through the driver's local time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from driftwell.errors import UsageError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""No archive of embeddings is older: an earlier time is a mistake."""


def parse_moment(value: str, flag: str) -> datetime:
    """A UTC moment from ISO 8601 text; without a zone it is UTC, a date alone is its midnight.

    Raises:
        UsageError: when it is neither.
    """
    try:
        parsed = datetime.fromisoformat(re.sub("z$", "Z", value))
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # OverflowError: not in the years 1 to 9999 once it is UTC
        raise UsageError(
            f"{flag} is {value!r}, expected a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from error


def plausible(time: datetime, what: str) -> datetime:
    """A moment as it is, when data can be of it: from FIRST to the end of next year.

    Raises:
        UsageError: for another, such as 9999-12-31 for "without end".
    """
    after = datetime(now().year + 2, 1, 1, tzinfo=UTC)
    if not FIRST <= time <= after:
        raise UsageError(
            f"{what} is {iso(time)}, expected {iso(FIRST)} to {iso(after)}; leave it out for an open window"
        )
    return time


def midnight(time: datetime, what: str) -> datetime:
    """A moment as it is, when it is a midnight.

    Raises:
        UsageError: for another, with the midnights before and after it.
    """
    before = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if time != before:
        after = before + timedelta(days=1)
        raise UsageError(f"{what} is {iso(time)}, expected a midnight UTC: {iso(before)} or {iso(after)}")
    return time


def micros(time: datetime) -> int:
    """Microseconds since 1970 of an aware datetime."""
    return (time - EPOCH) // timedelta(microseconds=1)


def from_micros(value: int | None) -> datetime | None:
    """The UTC datetime of microseconds since 1970; None for None."""
    return None if value is None else EPOCH + timedelta(microseconds=value)


def iso(time: datetime | None) -> str | None:
    """A UTC moment as text: the date alone at midnight; None for None."""
    if time is None:
        return None
    if time == time.replace(hour=0, minute=0, second=0, microsecond=0):
        return time.date().isoformat()
    return time.isoformat(timespec="auto").replace("+00:00", "Z")


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)
