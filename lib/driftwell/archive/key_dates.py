"""What is a date in an object key: decided here, for listing, ledger and event time alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

FIRST_YEAR = 2000
AHEAD = timedelta(days=1)
"""Folders may be named in any time zone: a date up to a day ahead is one, a later one is not."""

_YEAR = r"(?P<year>\d{4})"
_TWO = r"(?:\d\d|(?<==)\d)"  # one digit alone only after a label: 2026/1/7 may be anything, month=1 is a month
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
"""Date folders that are recognised: at the beginning of a folder's name, with the hour or without."""

_COMPILED = tuple(re.compile(pattern, re.ASCII | re.IGNORECASE) for _, pattern in LAYOUTS)
_FOLDER_START = re.compile(r"(?:^|(?<=/))(?=[^/]+/)")
_DIGITS = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True)
class KeyDate:
    """The date that a key names.

    Attributes:
        day, hour: of the date; hour None where the key names none.
        root: what the key holds before the folders of the date: empty, or ending in `/`.
        layout: those folders, down to the day's, `#` for numbers: `#/#/#`, `dt=#-#-#`. Empty where the date is not one
            of folders, but of the object's name.
        end: where in the key the day's folder ends, after its `/`; 0 where there is none.
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
        pattern: regular expression with the groups year, month, day and, if it likes, hour, in place of `LAYOUTS`.
        latest: a later date is none. A key cannot name the arrival of what has not arrived: such a number is an id, or
            a clock was wrong.
    """

    pattern: str | None = None
    latest: date = date.max

    @classmethod
    def read_at(cls, moment: datetime, pattern: str | None = None) -> "KeyDates":
        """Dates of objects that are read at a moment."""
        return cls(pattern, (moment + AHEAD).date())

    def find(self, key: str) -> KeyDate | None:
        """The last date in a key, of a folder's path (ending in `/`) or an object's; None where there is none."""
        return next((found for match in self._matches(key) if (found := self._date(key, match))), None)

    def _matches(self, key: str) -> Iterator[re.Match[str]]:
        """What looks like a date, the last first."""
        if self.pattern is not None:
            yield from reversed(list(_compiled(self.pattern).finditer(key)))
            return
        for start in reversed([match.start() for match in _FOLDER_START.finditer(key)]):
            yield from (match for pattern in _COMPILED if (match := pattern.match(key, start)))

    def _date(self, key: str, match: re.Match[str]) -> KeyDate | None:
        """The date of a match; None where there is no such date, or it cannot be one of arrival."""
        try:
            day = date(*(int(match[part]) for part in ("year", "month", "day")))
            hour = int(text) if (text := match.groupdict().get("hour")) else None
        except (TypeError, ValueError):  # a group without a match, or no date of the calendar
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
    """A root without folders at its end that name the year and the month too: year=2026/month=11/dt=2026-11-01/."""
    if str(day.year) not in root:
        return root
    label = r"(?:[\w-]+=)?"
    month = rf"(?:{label}(?:{day.year}[-_.]?)?0?{day.month}/)?"
    return re.sub(rf"(?:^|(?<=/)){label}{day.year}/{month}$", "", root)


def shape(folders: str) -> str:
    """Names of folders with `#` for every number."""
    return _DIGITS.sub("#", folders)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)
