"""Bytes of one object -> its JSON values in order, and the fragments between them that are not JSON.

Usually a line is one value, and `parse_json` does all the work. If not (records without newlines between them,
records over several lines, damage), the extent of the next value is found by its structure, and then parsed.

After damage, reading resumes at the next line, or earlier, at an object on the same line that `is_record` recognises.
A record truncated where a value was due (`…,"embedding":[1,2,{"id":…`) makes the next one look nested in it:
reading fails right after that one, which distinguishes it from an object that really is nested.
All work is linear in the size of the object, whatever its bytes: where reading failed once, no later attempt scans
the same bytes.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from driftwell.archive.json_value import MAX_DEPTH, STRING, NotJson, parse_json
from driftwell.archive.separators import behind_separators, holds_no_value

_LONGEST_FAST_LINE = 1 << 20  # Firehose takes no larger record, so a longer line holds several

_WS = rb"[ \t\r\n]*+"
_NUMBER = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
_SCALAR = rb"(?:" + _NUMBER + rb"|true|false|null|NaN|-?Infinity)"
_VALUE = (
    rb"(?P<flat>\[[-+.,0-9eE \t\r\n]*+\])|(?P<open>[\[{])|(?P<string>" + STRING + rb")|(?P<scalar>" + _SCALAR + rb")"
)
# Many scalars and their commas as one token: an array that is damaged or contains a null is not flat.
_ITEM = rb"(?P<items>(?:" + _WS + _SCALAR + _WS + rb",)++)|" + _WS + rb"(?:" + _VALUE
_KEY = rb"(?P<key>" + STRING + _WS + rb":)"

# What may come next at each point inside a value. An array of only numbers is one token, loosely checked.
_A_VALUE = re.compile(_WS + rb"(?:" + _VALUE + rb")")
_AN_ITEM = re.compile(_ITEM + rb")")
_FIRST_ITEM = re.compile(_ITEM + rb"|(?P<close>\]))")
_A_KEY = re.compile(_WS + _KEY)
_FIRST_KEY = re.compile(_WS + rb"(?:" + _KEY + rb"|(?P<close>\}))")
_AFTER_ITEM = re.compile(_WS + rb"(?:(?P<comma>,)|(?P<close>\]))")
_AFTER_MEMBER = re.compile(_WS + rb"(?:(?P<comma>,)|(?P<close>\}))")

_WHITE_SPACE = re.compile(_WS)
# An object that may be a record: it has a first key, or continues on the next line.
_CANDIDATE = re.compile(rb"\{(?=" + _WS + rb"(?:" + STRING + _WS + rb":|\Z))")
_MEMBER_FOLLOWS = re.compile(_WS + rb"," + _WS + STRING + _WS + rb":")
_LONE_BRACKET = re.compile(rb"[\[{][ \t\r]*+(?=\n|\Z)")
_BRACKET_AT_LINE_START = re.compile(rb"\n(?=[\[{])")
_OBJECT = ord("{")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, found at `data[start:end]`."""

    start: int
    end: int
    value: Any


@dataclass(frozen=True, slots=True)
class Fragment:
    """Bytes that are not a JSON value, at `data[start:end]`, and why."""

    start: int
    end: int
    detail: str


def json_values(data: bytes, is_record: Callable[[Any], bool]) -> Iterator[Parsed | Fragment]:
    """All of `data` in order: every JSON value, and one fragment for unreadable bytes before the next.

    A line that is not a JSON value is one fragment; so is a damaged record over several lines, if its first line is
    only its opening bracket. Values nested in a value, well-formed or damaged, are not values of their own; but
    each element of an array whose first element is an object is one. Separators are left out.

    Args:
        data: text, one JSON value after another, with or without newlines; byte order marks and CRLF are allowed.
        is_record: whether a value found inside a damaged line is a record; only used to resume reading there.
    """
    return _Reader(data, is_record).values()


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far an array or object extends, or how far it could be read."""

    start: int
    end: int  # after its closing bracket; if it is not complete, where reading failed
    complete: bool
    resume: int = 0  # where to look for the next record after a failure
    last: tuple[int, int] = (-1, -1)  # the array or object closed right before the failure


def _extent(data: bytes, start: int, limit: int) -> _Extent:
    """Follow the structure of the value at `data[start]` to its end, at most to `limit`."""
    opened: list[int] = []
    position, expected, resume, last = start, _A_VALUE, -1, (-1, -1)
    while match := expected.match(data, position, limit):
        kind = match.lastgroup
        resume, last = -1, (-1, -1)
        if kind == "open":
            if len(opened) == MAX_DEPTH:
                break
            opened.append(match.end() - 1)
            expected = _FIRST_KEY if data[opened[-1]] == _OBJECT else _FIRST_ITEM
        elif kind == "key":
            expected = _A_VALUE
        elif kind == "comma":
            expected = _A_KEY if data[opened[-1]] == _OBJECT else _AN_ITEM
        elif kind == "items":
            expected = _AN_ITEM
        else:
            if kind == "close":
                last = (opened.pop(), match.end())
            elif kind == "flat":
                last = match.span("flat")
            elif kind == "string":
                # The string of a truncated record ends at the first quote of the next one: …wor{"id":…
                resume = match.start("string")
            if not opened:
                return _Extent(start, match.end(), complete=True)
            expected = _AFTER_MEMBER if data[opened[-1]] == _OBJECT else _AFTER_ITEM
        position = match.end()
    white_space = _WHITE_SPACE.match(data, position, limit)
    failed_at = white_space.end() if white_space else position
    return _Extent(start, failed_at, complete=False, resume=failed_at if resume < 0 else resume, last=last)


class _Reader:
    """One pass over the bytes of an object."""

    def __init__(self, data: bytes, is_record: Callable[[Any], bool]) -> None:
        self._data = data
        self._is_record = is_record
        # The last failure. Anything that starts inside its extent fails at the same place, or is nested in it.
        self._failed = _Extent(-1, -1, complete=False)
        self._bracket_line = -1  # the last newline found before an opening bracket

    def values(self) -> Iterator[Parsed | Fragment]:
        data = self._data
        start, line_end = behind_separators(data, 0), -1
        while start < len(data):
            tried: Parsed | Fragment | None = None
            if start > line_end:
                line_end = self._line_end(start)
                if line_end - start <= _LONGEST_FAST_LINE:
                    tried = self._parsed(start, line_end)
            item = tried if isinstance(tried, Parsed) else self._next(start, line_end, tried)
            if isinstance(item, Parsed) or not holds_no_value(data[item.start : item.end]):
                yield item
            start = behind_separators(data, item.end)

    def _next(self, start: int, line_end: int, tried: Fragment | None) -> Parsed | Fragment:
        """The value at `start`, or the fragment up to the next; `tried` is the result for the whole line."""
        if self._data[start] in b"[{":
            restarts = start >= self._failed.end or start == self._failed.last[0]
            extent = _extent(self._data, start, len(self._data) if restarts else line_end)
            if extent.complete:
                return self._parsed(start, extent.end)
            if restarts:
                self._failed = extent
        end = self._resume(start, line_end)
        return tried if tried and tried.end == end else self._parsed(start, end)

    def _resume(self, start: int, line_end: int) -> int:
        """Where the fragment at `start` ends: at the next record in it, else where the next line may start one."""
        data = self._data
        stop = self._next_bracket_line(line_end) if _LONE_BRACKET.match(data, start) else line_end
        if self._spliced_record(start, stop):
            return self._failed.last[0]
        position = max(start + 1, self._failed.resume)
        while candidate := _CANDIDATE.search(data, position, stop):
            extent = _extent(data, candidate.start(), len(data))
            if extent.complete:
                # If another member follows, it is a member itself.
                if self._record_at(extent.start, extent.end) and not _MEMBER_FOLLOWS.match(data, extent.end):
                    return extent.start
                position = extent.end
            else:
                self._failed = extent
                if self._spliced_record(extent.start, stop):
                    return extent.last[0]
                position = extent.resume
        return stop

    def _spliced_record(self, start: int, stop: int) -> bool:
        """Whether reading failed right after a record between `start` and `stop`."""
        first, end = self._failed.last
        return start < first < stop and self._record_at(first, end)

    def _record_at(self, start: int, end: int) -> bool:
        try:
            return self._is_record(parse_json(self._data[start:end]))
        except NotJson:
            return False

    def _parsed(self, start: int, end: int) -> Parsed | Fragment:
        try:
            return Parsed(start, end, parse_json(self._data[start:end]))
        except NotJson as error:
            return Fragment(start, end, str(error))

    def _next_bracket_line(self, line_end: int) -> int:
        if self._bracket_line < line_end:
            newline = _BRACKET_AT_LINE_START.search(self._data, line_end)
            self._bracket_line = newline.start() if newline else len(self._data)
        return self._bracket_line

    def _line_end(self, position: int) -> int:
        newline = self._data.find(b"\n", position)
        return len(self._data) if newline < 0 else newline
