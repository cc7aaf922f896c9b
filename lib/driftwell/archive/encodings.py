"""How vectors are written as bytes: little-endian float32 unless a record or the configuration says otherwise.

Bytes do not tell what they are. Read as float32, those of another encoding give numbers that no embedding model does:
far too large, or spread over far too many powers of ten. Such bytes are refused, with the encoding they look like.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

DTYPES = {"float32": "<f4", "float64": "<f8", "float16": "<f2", "int8": "i1"}
"""Encodings that a record or the configuration can name, and how numpy calls them."""

BIG_ENDIAN, HEX = "big-endian float32", "hexadecimal text"

LARGEST = 1e15
"""No model gives a larger number."""

USUAL = 1e-6, 1e6
"""Where the largest number of a vector lies when its bytes are read as what they are."""

NARROW, WIDE = 1e-2, 1e-3
"""Median over maximum of the numbers that are not 0: usually above the first; below the second no model's."""

LEAST_BYTES = 16
"""Fewer bytes are taken for float32 unless their numbers cannot be true."""

_HEX_TEXT = re.compile("[0-9a-f]+|[0-9A-F]+")
_FROM_FLOAT32 = 0x1FFF_FFFF  # the bits that are 0 in the lower half of a float64 that was a float32


def looks_like_hex(text: str) -> bool:
    """Whether text is hexadecimal digits of whole float32 values, which is base64 too, but of nothing anybody sends.

    Base64 of 16 characters has only such digits once in 4 billion times; a digit among them rules out that of zeros.
    """
    return len(text) >= LEAST_BYTES and len(text) % 8 == 0 and bool(_HEX_TEXT.fullmatch(text)) and not text.isalpha()


def other_encoding(raw: bytes, dimension: int | None) -> str | None:
    """The encoding that bytes look like, where that is not little-endian float32; None where it may well be.

    Args:
        raw: at least one byte. dimension: of the dataset; None where it is not known.
    """
    if dimension is not None and len(raw) != 4 * dimension:
        for name, size in (("float64", 8), ("float16", 2), ("int8", 1)):
            if len(raw) == size * dimension:
                return name
    if len(raw) % 4 == 0 and not _implausible(raw, len(raw) == 4 * (dimension or 0)):
        return None
    return _best_guess(raw)


def _implausible(raw: bytes, right_length: bool) -> bool:
    """Whether bytes, read as float32, hold numbers that no model gives."""
    words = np.frombuffer(raw, dtype="<u4")
    with np.errstate(invalid="ignore"):
        sizes = np.abs(np.frombuffer(raw, dtype="<f4"))
        if not (np.isfinite(sizes).all() and sizes.max() <= LARGEST):
            return True
    if len(raw) < LEAST_BYTES:
        return False
    if not right_length and len(words) % 2 == 0 and words[::2].any() and not (words[::2] & _FROM_FLOAT32).any():
        # Halves of float64 values that were float32: 0, ±2, and numbers that nothing else gives.
        return bool(np.isin(words[::2], (0x2000_0000, 0x6000_0000, 0xA000_0000, 0xE000_0000)).any())
    others = (">f4",) if right_length else (">f4", "<f2")
    return _spread(sizes) < WIDE and any(_is_usual(np.frombuffer(raw, dtype=dtype)) for dtype in others)


def _best_guess(raw: bytes) -> str | None:
    readings: list[tuple[str, str]] = [(name, DTYPES[name]) for name in ("float64", "float16")]
    readings.insert(0, (BIG_ENDIAN, ">f4"))
    for name, dtype in readings:
        if len(raw) % np.dtype(dtype).itemsize == 0 and _is_usual(np.frombuffer(raw, dtype=dtype)):
            return name
    # Any bytes are int8; what is left over, and is not just a strange number or two, is called that.
    if len(raw) >= LEAST_BYTES and (len(raw) % 4 or _share_of_strange(raw) > 0.1):
        return "int8"
    return None


def _is_usual(numbers: NDArray[Any]) -> bool:
    """Whether numbers look like a vector of a model: finite, of one order of magnitude, hardly any exactly 0."""
    with np.errstate(invalid="ignore", over="ignore"):
        sizes = np.abs(numbers.astype(np.float64))
    if not np.isfinite(sizes).all() or (sizes[::2] == 0).mean() >= 0.5 or (sizes == 0).mean() >= 0.5:
        return False
    return bool(USUAL[0] <= sizes.max() <= USUAL[1]) and _spread(sizes) > NARROW


def _share_of_strange(raw: bytes) -> float:
    with np.errstate(invalid="ignore"):
        sizes = np.abs(np.frombuffer(raw, dtype="<f4"))
        strange = ~(sizes <= LARGEST) | ((sizes < 1 / LARGEST) & (sizes > 0))
    return float(strange.mean())


def _spread(sizes: NDArray[Any]) -> float:
    """Median over maximum of the sizes that are not 0; 1 for none."""
    there = sizes[sizes > 0]
    return float(np.median(there) / there.max()) if len(there) else 1.0
