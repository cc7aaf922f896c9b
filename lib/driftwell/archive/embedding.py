"""One JSON value -> a float32 vector, or the reason why it is none.

`docs/input.md` has the table of what counts as a number; a faster parser must agree with it on every case.
"""

import base64
import binascii
import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

_NUMBER_TYPES = {float, int}
_TYPE_NAMES = {
    bool: "true or false",
    dict: "an object",
    float: "a number",
    int: "a number",
    list: "an array",
    str: "a string",
    type(None): "null",
}
_URL_SAFE = str.maketrans("-_", "+/")
_BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")


class UnusableEmbedding(ValueError):
    """The value is no embedding: `reason` is the quarantine reason, the message says where and why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def embedding_vector(value: Any, may_hold_booleans: bool = True) -> Vector:
    """The embedding as float32, shape (dimension,), every element finite and at least one not zero.

    Numbers are read as float64 and rounded to float32, so 1e-50 is 0 and 1e39 is out of range.

    Args:
        value: an array of JSON numbers; or a base64 string of little-endian float32; or, from Parquet, a numpy array
            of numbers, or bytes (base64 text, else the float32 themselves).
        may_hold_booleans: False where the JSON text has neither `true` nor `false` in it: it is read twice as fast.

    Raises:
        UnusableEmbedding: `no_embedding` (None, or empty), `not_numeric`, `not_finite` or `zero_vector`.
    """
    if value is None:
        raise UnusableEmbedding("no_embedding", "the embedding is missing or null")
    numbers: NDArray[Any]
    if isinstance(value, list):
        numbers = _from_list(value, may_hold_booleans)
    elif isinstance(value, str):
        numbers = _from_base64(value)
    elif isinstance(value, bytes):
        numbers = _from_bytes(value)
    elif isinstance(value, np.ndarray):
        numbers = value
    else:
        wanted = "wanted an array of numbers or base64 of little-endian float32"
        raise UnusableEmbedding("not_numeric", f"the embedding is {_type_name(value)}; {wanted}")
    if numbers.size == 0:
        raise UnusableEmbedding("no_embedding", "the embedding is empty")
    return _checked(numbers)


def _from_list(values: list[Any], may_hold_booleans: bool) -> NDArray[Any]:
    if not may_hold_booleans:
        try:
            return np.frombuffer(struct.pack(f"<{len(values)}f", *values), dtype="<f4")
        except (struct.error, OverflowError):
            pass  # what it is shows below
    # One pass in C over the types is 20 times faster than a test per element; bool is a type of its own here.
    if not _NUMBER_TYPES.issuperset(map(type, values)):
        index = next(i for i, value in enumerate(values) if type(value) not in _NUMBER_TYPES)
        raise UnusableEmbedding("not_numeric", f"element {index} is {_type_name(values[index])}; wanted a number")
    try:
        return np.fromiter(values, dtype=np.float64, count=len(values))
    except OverflowError:
        index = next(i for i, value in enumerate(values) if isinstance(value, int) and _beyond_float64(value))
        raise UnusableEmbedding("not_finite", f"element {index} is an integer beyond float32's range") from None


def _from_base64(text: str) -> NDArray[np.float32]:
    """Standard or URL-safe alphabet, padded or not, without white space."""
    standard = text.translate(_URL_SAFE) if "-" in text or "_" in text else text
    padded = standard.rstrip("=")
    try:
        raw = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableEmbedding("not_numeric", "the embedding is a string, but not base64") from None
    return _from_float32_bytes(raw)


def _from_bytes(raw: bytes) -> NDArray[np.float32]:
    # Float32 values of ordinary size end in the bytes 3c to 3f or bc to bf, which base64 text never has inside.
    if _BASE64_TEXT.fullmatch(raw):
        return _from_base64(raw.decode("ascii"))
    return _from_float32_bytes(raw)


def _from_float32_bytes(raw: bytes) -> NDArray[np.float32]:
    if len(raw) % 4:
        raise UnusableEmbedding("not_numeric", f"{len(raw)} bytes are no sequence of float32; wanted a multiple of 4")
    return np.frombuffer(raw, dtype="<f4")


def _checked(numbers: NDArray[Any]) -> Vector:
    with np.errstate(over="ignore"):  # an overflow is found, and named, below
        vector: Vector = numbers.astype(np.float32)
    finite = np.isfinite(vector)
    if not finite.all():
        index = int(np.argmin(finite))
        number = numbers[index]
        found = f"{number}" if not np.isfinite(number) else f"{number:.6g}, beyond float32's range"
        raise UnusableEmbedding("not_finite", f"element {index} is {found}")
    if not vector.any():
        raise UnusableEmbedding("zero_vector", f"all {vector.size} elements are 0 as float32")
    return vector


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), f"of type {type(value).__name__}")


def _beyond_float64(value: int) -> bool:
    try:
        float(value)
    except OverflowError:
        return True
    return False
