"""How vectors are written as bytes: little-endian float32 unless a record or the configuration says otherwise.

Bytes do not declare their type. Plausible float32 is taken as float32: a vector is never rejected on suspicion. Only
if it is not plausible (numbers that are not finite or out of range, a length that does not fit float32), or if the
16-bit halves are too regular, are other encodings tried, and the one that gives a plausible vector is named.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sizes = NDArray[np.floating[Any]]

DTYPES = {"float32": "<f4", "float64": "<f8", "float16": "<f2", "int8": "i1"}
"""Encodings that a record or the configuration can name, and their numpy types."""

BIG_ENDIAN, BFLOAT16, HEX = "big-endian float32", "bfloat16", "hexadecimal text"

USUAL = 1e-6, 1e6
"""Range of the largest number of a vector when its bytes are read with the right encoding."""

NARROW = 1e-2
"""Median over maximum of the nonzero numbers is usually above this if the encoding is right."""

WIDE = 1e-3
"""The same ratio is usually below this if the encoding is wrong."""

LEAST_BYTES = 16
"""Fewer bytes are not enough to recognise an encoding."""

LEAST_NUMBERS = 8
"""Fewer nonzero float64 numbers may be float32 at every second place by chance."""

LEAST_PAIRS = 32
"""Minimum number of pairs of 16-bit numbers to rule out chance regularity while the dimension is not known."""

_ORDINARY_BYTES = bytes(byte for byte in range(256) if 0x38 <= byte & 0x7F <= 0x40)
"""Last bytes of bfloat16 of ordinary size (2^-15 to 4)."""

_USUAL_BYTES = bytes(byte for byte in range(256) if 0x36 <= byte & 0x7F <= 0x48)
"""Last bytes of float32 within `USUAL`, but for its limits."""

_HEX_TEXT = re.compile(r"(?:0x|\\x)?(?:[0-9a-f]+|[0-9A-F]+|[0-9a-fA-F]{32,})")


def looks_like_hex(text: str) -> bool:
    """Whether text is hexadecimal digits of whole float32 values; it would also be valid base64, but not plausibly.

    Base64 of 16 characters has only such digits once in 4 billion times (of 32 in mixed case once in 10^15);
    requiring a digit rules out base64 of zeros.
    """
    if len(text) < LEAST_BYTES or not _HEX_TEXT.fullmatch(text):
        return False
    digits = text[2:] if text[1] == "x" else text
    return len(digits) % 8 == 0 and not digits.isalpha()


def disguised(raw: bytes, dimension: int | None) -> str | None:
    """The encoding whose numbers pass for float32 of half or twice the dimension; None for float32.

    Args:
        raw: bytes of a length that fits float32. dimension: of the dataset; None if not known.
    """
    # Most vectors come through here while the dimension is not known: cheap checks that rule most out come first.
    sizes = np.abs(np.frombuffer(raw, dtype="<f4"))
    largest = float(sizes.max(initial=0))  # NaN where any number is
    if not math.isfinite(largest):
        return None
    if len(raw) == 2 * dimension if dimension else len(raw) >= 4 * LEAST_PAIRS:
        if _is_bfloat16(raw):
            return BFLOAT16
        if _is_wide(sizes) and _is_usual(_sizes(raw, "<f2")) and not _is_every_second_zero(raw):
            return "float16"
    if len(raw) == 8 * dimension if dimension else len(raw) >= 4 * LEAST_PAIRS and len(raw) % 8 == 0:
        is_doubtful = _is_wide(sizes[::2]) or _has_no_usual_halves(raw, dimension)
        numbers = _sizes(raw, "<f8") if is_doubtful else None
        if numbers is not None and np.count_nonzero(numbers) >= LEAST_NUMBERS and _is_usual(numbers):
            return "float64"
    return None


def likely_encoding(raw: bytes, dimension: int | None) -> str | None:
    """The likely encoding of bytes that are not float32; None if no known one fits.

    Args:
        raw: at least one byte. dimension: of the dataset; None if not known.
    """
    if len(raw) < LEAST_BYTES:
        return None
    for name, dtype in (("float64", "<f8"), (BIG_ENDIAN, ">f4")):
        if len(raw) % int(dtype[-1]) == 0 and _is_usual(_sizes(raw, dtype)):
            return name
    if dimension in (None, len(raw) // 2) and len(raw) % 2 == 0:
        if _is_bfloat16(raw):
            return BFLOAT16
        if _is_usual(_sizes(raw, "<f2")) and not _is_every_second_zero(raw):
            return "float16"
    return "int8" if dimension in (None, len(raw)) and _is_int8(raw) else None


def _sizes(raw: bytes, dtype: str) -> Sizes:
    with np.errstate(invalid="ignore"):  # signalling NaN
        sizes: Sizes = np.abs(np.frombuffer(raw, dtype=dtype).astype(np.float64))
    return sizes


def _spread(sizes: Sizes) -> float:
    """Median over maximum of finite nonzero sizes; 1 if there are none."""
    there = sizes[sizes != 0]
    return float(np.median(there) / there.max()) if len(there) else 1.0


def _is_wide(sizes: NDArray[np.floating]) -> bool:
    """Whether finite sizes spread wider than a vector's usually do; a cheap check rules most vectors out."""
    largest = float(sizes.max(initial=0))
    few = 2 * int(np.count_nonzero(sizes > largest * WIDE)) <= len(sizes)
    return few and _spread(sizes.astype(np.float64)) < WIDE


def _is_usual(sizes: Sizes) -> bool:
    """Whether sizes look like those of a model's vector: finite, and of one order of magnitude."""
    return bool(np.isfinite(sizes).all()) and USUAL[0] <= sizes.max() <= USUAL[1] and _spread(sizes) > NARROW


def _is_every_second_zero(raw: bytes) -> bool:
    """Whether the lower halves of float32 values are mostly 0: values of few digits, not 16-bit numbers."""
    return bool((np.frombuffer(raw, dtype="<u2")[::2] == 0).mean() >= 0.5)


def _has_no_usual_halves(raw: bytes, dimension: int | None) -> bool:
    """Whether the lower halves of float64 values are not plausible float32, as those of 0.5 and 0.1 are not.

    Lower halves that are all 0 are accepted if the length is that of float64 of the dimension: float32 with a 0 in
    every second place has them too.
    """
    last_bytes = raw[3::8]
    if len(last_bytes.translate(None, _USUAL_BYTES)) < len(last_bytes):
        return False
    return dimension is not None or any(last_bytes)


def _is_bfloat16(raw: bytes) -> bool:
    """Whether both halves of supposed float32 end like numbers of ordinary size, but for one in twenty."""
    other = raw[1::2].translate(None, _ORDINARY_BYTES)
    return 40 * len(other) < len(raw) and len(np.unique(np.frombuffer(raw, dtype="<u2")[::2])) > len(raw) // 32


def _is_int8(raw: bytes) -> bool:
    """Whether bytes are spread around 0, alike at each place of a longer number, and less evenly than random bytes."""
    sizes = np.abs(np.frombuffer(raw, dtype="i1").astype(np.int16))
    medians = [float(np.median(sizes[place::4])) for place in range(4)]
    return min(medians) >= 4 and max(medians) < 3 * min(medians) and float(np.median(sizes)) < 50
