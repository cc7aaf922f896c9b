"""Bytes of exactly one JSON value -> the value, by the fastest parser that agrees with the standard one.

orjson, if installed, is four times as fast as Python's parser and differs in three ways: it rejects NaN and Infinity
and unpaired surrogates, and turns integers beyond 64 bits into floats. Where one of these may apply, and wherever
orjson fails, Python's parser decides, so that the result never depends on what is installed.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from types import ModuleType
from typing import Any

MAX_DEPTH = 100  # of nested arrays and objects; far below what would exhaust Python's stack

STRING = rb'"(?>[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
"""A JSON string, as a pattern."""

_LONGEST_FAST = 1 << 20  # bytes; orjson takes twelve times as much memory
_LONGEST_INTEGER = 400  # digits; more are beyond float64 and slow to convert
_BRACKET_OR_STRING = re.compile(rb"[\[\]{}]|" + STRING)
_OPENING, _CLOSING = b"[{", b"]}"

_BEYOND_64_BITS = 2.0**63
_LONG_ARRAY = 32


class NotJson(ValueError):
    """The bytes are not exactly one JSON value; the message says why and does not quote them."""


def parse_json(raw: bytes) -> Any:
    """The JSON value (RFC 8259, plus NaN and Infinity) in `raw`; white space around it is allowed.

    Every JSON value that driftwell reads from an object is parsed here. The last of repeated keys wins. Integers of
    more than 400 digits may become infinite floats.

    Raises:
        NotJson: for anything else, including invalid UTF-8 and more than `MAX_DEPTH` nested levels.
    """
    try:
        value = _parse_fast(raw) if _orjson and len(raw) <= _LONGEST_FAST else _parse_exactly(raw)
    except UnicodeDecodeError as error:
        raise NotJson(f"invalid UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} (character {error.pos})") from None
    except RecursionError:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels") from None
    except MemoryError:
        raise NotJson(f"not enough memory to parse {len(raw)} bytes") from None
    if _may_be_deep(raw) and _depth(raw) > MAX_DEPTH:
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _parse_exactly(raw: bytes) -> Any:
    text = raw.decode("utf-8")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python refuses to convert integers of very many digits
        return _LONG_INTEGER_DECODER.decode(text)


def _parse_fast(raw: bytes) -> Any:
    assert _orjson is not None
    try:
        value = _orjson.loads(raw)
    except ValueError:
        return _parse_exactly(raw)
    return _parse_exactly(raw) if _holds_large_float(value) else value


def _holds_large_float(value: Any) -> bool:
    """Whether any float may have been an integer beyond 64 bits.

    Long arrays of numbers are skipped: they are embeddings, whose numbers become floats anyway.
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, float):
            if abs(one) >= _BEYOND_64_BITS:
                return True
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list) and (len(one) < _LONG_ARRAY or not isinstance(one[0], int | float)):
            waiting.extend(one)
    return False


def _may_be_deep(raw: bytes) -> bool:
    """Whether there are enough brackets; finding the usual two or three takes a microsecond, counting all takes ten."""
    for bracket in (b"[", b"{"):
        position = -1
        for _ in range(MAX_DEPTH // 2 + 1):
            position = raw.find(bracket, position + 1)
            if position < 0:
                break
        else:
            return True
    return False


def _depth(raw: bytes) -> int:
    """Nesting depth of a well-formed JSON value."""
    depth = deepest = 0
    for match in _BRACKET_OR_STRING.finditer(raw):
        first = raw[match.start()]
        if first in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif first in _CLOSING:
            depth -= 1
    return deepest


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _installed(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None


_DECODER = json.JSONDecoder()
_LONG_INTEGER_DECODER = json.JSONDecoder(parse_int=_integer)
_orjson = _installed("orjson")
