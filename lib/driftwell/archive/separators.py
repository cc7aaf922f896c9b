"""Separators between records: bytes that hold no value.

The rule: text without a letter, a digit or a quotation mark, not counting escape sequences for white space and
control characters, cannot have been a record or a meaningful part of one. White space of all kinds, byte order
marks, NUL, commas, bars, stray brackets, and `\\n` written out are such text. Invalid UTF-8, and U+FFFD, are what
remains of lost text, and are not.
"""

import re

# Escape sequences of JSON, C and Python for white space, control characters and characters without width.
_ESCAPE = (
    r"\\(?:[abefnrtv]|0(?:[123][0-7]|0{0,2})|x(?:[01][0-9a-fA-F]|20|7[fF]|85|[aA]0)"
    r"|u(?:00(?:[01][0-9a-fA-F]|20|7[fF]|85|[aA]0)|20[0-6][0-9a-fA-F]|3000|[fF][eE][fF][fF]))"
)
_NO_ESCAPE = r"""\\(?![0-9A-Za-z"'])"""

_NO_VALUE = re.compile(rf"""(?:[^\w"'\\\ufffd]|_|{_ESCAPE}|{_NO_ESCAPE})*+""")
_VALUE_AHEAD = re.compile(rb"""[^0-9A-Za-z"'\\]*+[0-9A-Za-z"']""")

# The most common separators, and the opening bracket of an array of objects: its elements are records.
_USUAL = re.compile(rb"(?:[\x00-\x20,;]|\[(?=[ \t\r\n]*+\{))*+")
# Anything else within a line that may hold no value, up to a possible value.
_UNUSUAL = re.compile(rf"""(?:[^0-9A-Za-z"'\[{{\\\n]|{_ESCAPE}|{_NO_ESCAPE})++(?=[\[{{\n]|\Z)""".encode())
_OPENING = b"[{"


def holds_no_value(raw: bytes) -> bool:
    """Whether bytes that are not a JSON value are only separators."""
    if _VALUE_AHEAD.match(raw):
        return False
    try:
        return _NO_VALUE.fullmatch(raw.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False


def behind_separators(data: bytes, position: int) -> int:
    """Where the next value, or possible value, starts, at or after `position`."""
    while True:
        usual = _USUAL.match(data, position)
        position = usual.end() if usual else position
        if position == len(data) or data[position] in _OPENING:
            return position
        unusual = _UNUSUAL.match(data, position)
        if not unusual or not holds_no_value(unusual[0]):
            return position
        position = unusual.end()
