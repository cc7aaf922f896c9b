"""When a record happened: its own timestamp, else the date in the object's key, else the object's own time."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from driftwell.archive.key_dates import KeyDates
from driftwell.times import EPOCH

# Seconds or days sent as milliseconds are before this, and so are the defaults of clocks that were never set.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_MS = 253_402_300_799_999  # the end of the year 9999, the last that a datetime can hold
MAX_AHEAD = timedelta(days=1)

_EARLIEST_MS = EARLIEST.timestamp() * 1000


class BadTimestamp(ValueError):
    """The record's timestamp cannot be read, or cannot be true; the message says which and what was expected."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When an object arrived, and the event time of its records that have none of their own.

    Attributes:
        event_time: start of the hour (or day) in the key, else the object's modification time.
        source: where `event_time` is from: `key` or `object`.
        latest: end of that hour (or day), else the modification time: records arrived no later than this.
    """

    event_time: datetime
    source: str
    latest: datetime


def arrival_of(object_key: str, modified_at: datetime, dates: KeyDates) -> Arrival:
    """Arrival by the last plausible date in the key, else `modified_at`.

    A naive `modified_at` is UTC, like the folders.
    """
    found = dates.find(object_key)
    if found is not None:
        start = datetime.combine(found.day, time(found.hour or 0), UTC)
        return Arrival(start, "key", start + (timedelta(days=1) if found.hour is None else timedelta(hours=1)))
    moment = modified_at.replace(tzinfo=UTC) if modified_at.tzinfo is None else modified_at.astimezone(UTC)
    return Arrival(moment, "object", moment)


def record_time(value: Any, arrival: Arrival, max_lateness_days: float | None) -> datetime:
    """The event time of a record's timestamp, in UTC.

    Args:
        value: ISO 8601 text (UTC if it has no zone; a date alone means its midnight), or epoch milliseconds as a
            number or a string of digits.
        arrival: of the object that contains the record.
        max_lateness_days: how many days before arrival an event may be; None for any time since 2000.

    Raises:
        BadTimestamp: unreadable, before 2000, more than a day after arrival, or later than `max_lateness_days`.
    """
    if isinstance(value, str):
        text = value.strip()
        moment = _from_millis(int(text)) if re.fullmatch("[0-9]{1,20}", text) else _from_iso(text)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        moment = _from_millis(value)
    else:
        raise BadTimestamp(f"a {type(value).__name__}; expected ISO 8601 text or epoch milliseconds")
    if moment < EARLIEST:
        raise BadTimestamp(f"{moment:%Y-%m-%d} is before {EARLIEST:%Y-%m-%d}")
    if moment - arrival.latest > MAX_AHEAD:
        raise BadTimestamp(f"{moment.isoformat()} is more than a day after arrival ({arrival.latest.isoformat()})")
    if max_lateness_days is not None and (arrival.latest - moment) / timedelta(days=1) > max_lateness_days:
        arrived = arrival.latest.isoformat()
        raise BadTimestamp(f"{moment.isoformat()} is more than {max_lateness_days} days before arrival ({arrived})")
    return moment


def _from_millis(value: float) -> datetime:
    if not value <= LATEST_MS or value == -math.inf:
        raise BadTimestamp(f"not epoch milliseconds up to the year 9999 (at most {LATEST_MS})")
    if value < _EARLIEST_MS:
        raise BadTimestamp(f"before {EARLIEST:%Y-%m-%d} when read as epoch milliseconds; are these seconds?")
    return EPOCH + timedelta(microseconds=round(value * 1000))


def _from_iso(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.upper())  # RFC 3339 allows t and z
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTimestamp(f"{_shape(text)!r} is neither ISO 8601 nor epoch milliseconds") from None


def _shape(text: str) -> str:
    """The text with 9 for every digit and a for every letter: a wrong field may hold sensitive data."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text[:40])).encode("ascii", "replace").decode("ascii")
