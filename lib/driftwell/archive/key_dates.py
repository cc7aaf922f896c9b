"""Dates in object keys, for listing, ledger and event time alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

FIRST_YEAR = 2000
AHEAD = timedelta(days=1)
"""Folders may be named in any time zone: a date up to a day ahead is accepted, a later one is not."""

_YEAR = r"(?P<year>\d{4})"
_TWO = r"(?:\d\d|(?<==)\d)"  # a single digit only after a label: 2026/1/7 may be anything, month=1 is a month
_DAY_LABEL = r"(?:(?:[\w-]*(?:date|day)|(?:[\w-]*[_-])?(?:dt|ds|datetime|datehour|hour|hr|time|timestamp))=)?"
_HOUR = r"(?P<hour>(?:[01]\d|2[0-3])|(?<==)\d)"
_MINUTES = r"(?:(?::|%3A|[-_.])\d\d){0,2}(?:\.\d+)?Z?"
_HOUR_FOLDER = rf"(?:/(?:(?:hour|hr|hh|h)=)?{_HOUR}{_MINUTES})?/"
_HOUR_HERE = rf"(?:(?:/(?:(?:hour|hr|hh|h)=)?|[T _-]|%20){_HOUR}{_MINUTES})?/"

LAYOUTS: tuple[tuple[str, str], ...] = (
    # (an example, the pattern of its folders); docs/input.md shows the examples.
    (
        "2026/11/01/10/, year=2026/month=11/day=1/hour=3/",
        rf"(?:(?:year|yyyy|y)=)?{_YEAR}/(?:(?:month|mm|m)=)?(?P<month>{_TWO})/(?:(?:day|dd|d)=)?(?P<day>{_TWO})"
        + _HOUR_FOLDER,
    ),
    (
        "2026-11/01/10/, month=202611/day=01/",
        r"(?:(?:[\w-]*month|ym)=)?(?P<year>\d{4})(?:[-_.]|(?<==\d{4}))(?P<month>\d\d)/"
        rf"(?:(?:day|dd|d)=)?(?P<day>{_TWO}){_HOUR_FOLDER}",
    ),
    (
        "2026-11-01/10/, dt=2026-11-01/hr=10/, dt=2026-11-01-10/, 2026-11-01T10/",
        rf"{_DAY_LABEL}{_YEAR}(?P<between>[-_.])(?P<month>\d\d?)(?P=between)(?P<day>\d\d?){_HOUR_HERE}",
    ),
    ("20261101/10/, dt=20261101/", rf"{_DAY_LABEL}{_YEAR}(?P<month>\d\d)(?P<day>\d\d){_HOUR_FOLDER}"),
    (
        "2026110110/, dt=20261101T1030/",
        rf"{_DAY_LABEL}{_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?:[T _-]|%20)?{_HOUR}(?:\d\d){{0,2}}Z?/",
    ),
)
"""Date folders that are recognised: at the start of a folder's name, with or without the hour."""

_COMPILED = tuple(re.compile(pattern, re.ASCII | re.IGNORECASE) for _, pattern in LAYOUTS)
_FOLDER_START = re.compile(r"(?:^|(?<=/))(?=[^/]+/)")
_DIGITS = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True)
class KeyDate:
    """The date in a key.

    Attributes:
        day, hour: of the date; hour is None if the key has none.
        root: the part of the key before the date folders: empty, or ending in `/`.
        layout: those folders, down to the day's, with `#` for numbers: `#/#/#`, `dt=#-#-#`. Empty if the date is in
            the object's name rather than in folders.
        end: where in the key the day's folder ends, after its `/`; 0 if there is none.
    """

    day: date
    hour: int | None
    root: str
    layout: str
    end: int


@dataclass(frozen=True)
class KeyDates:
    """How dates are found in keys.

    Attributes:
        pattern: regular expression with the groups year, month, day and, optionally, hour, instead of `LAYOUTS`.
        latest: later dates are ignored. An object cannot have arrived in the future: such a number is an id, or
            a clock was wrong.
    """

    pattern: str | None = None
    latest: date = date.max

    @classmethod
    def read_at(cls, moment: datetime, pattern: str | None = None) -> "KeyDates":
        """Dates of objects that are read at `moment`."""
        return cls(pattern, (moment + AHEAD).date())

    def find(self, key: str) -> KeyDate | None:
        """The last date in the key of an object or a folder (ending in `/`); None if there is none."""
        return next((found for match in self._matches(key) if (found := self._date(key, match))), None)

    def _matches(self, key: str) -> Iterator[re.Match[str]]:
        """Everything that looks like a date, last first."""
        if self.pattern is not None:
            yield from reversed(list(_compiled(self.pattern).finditer(key)))
            return
        for start in reversed([match.start() for match in _FOLDER_START.finditer(key)]):
            yield from (match for pattern in _COMPILED if (match := pattern.match(key, start)))

    def _date(self, key: str, match: re.Match[str]) -> KeyDate | None:
        """The date of a match; None if there is no such date, or it cannot be a date of arrival."""
        try:
            day = date(*(int(match[part]) for part in ("year", "month", "day")))
            hour = int(text) if (text := match.groupdict().get("hour")) else None
        except (TypeError, ValueError):  # a group without a match, or not a calendar date
            return None
        if day.year < FIRST_YEAR or day > self.latest:
            return None
        root = _without_repeats(
            key[: key.rfind("/", 0, min(match.start(part) for part in ("year", "month", "day"))) + 1], day
        )
        end = key.find("/", max(match.end(part) for part in ("year", "month", "day"))) + 1
        layout = shape(key[len(root) : end - 1]) if end else ""
        return KeyDate(day, hour if hour is not None and hour < 24 else None, root, layout, end)


def _without_repeats(root: str, day: date) -> str:
    """A root without trailing folders that repeat the year and the month: year=2026/month=11/dt=2026-11-01/."""
    if str(day.year) not in root:
        return root
    label = r"(?:[\w-]+=)?"
    month = rf"(?:{label}(?:{day.year}[-_.]?)?0?{day.month}/)?"
    return re.sub(rf"(?:^|(?<=/)){label}{day.year}/{month}$", "", root)


def shape(folders: str) -> str:
    """Folder names with `#` for every number."""
    return _DIGITS.sub("#", folders)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
