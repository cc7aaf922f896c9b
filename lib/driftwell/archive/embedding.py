"""One JSON value -> a float32 vector, or the reason it is not one.

`docs/input.md` has the table of what counts as an embedding; a faster parser must agree with it on every case.
"""

import base64
import binascii
import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftwell.archive.encodings import DTYPES, HEX, disguised, likely_encoding, looks_like_hex

Vector = NDArray[np.float32]

RANGE = np.float32(1e-15), np.float32(1e15)
"""Range of the largest absolute element of a vector: squares still fit float32."""

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
    """The value is not an embedding: `reason` is the quarantine reason, the message says where and why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def embedding_vector(
    value: Any, may_hold_booleans: bool = True, encoding: str | None = None, dimension: int | None = None
) -> Vector:
    """The embedding as float32, shape (dimension,), every element finite, the largest within `RANGE`.

    Numbers are read as float64 and rounded to float32, so 1e-50 is 0 and 1e39 is out of range.

    Args:
        value: an array of JSON numbers; or a base64 string of little-endian float32; or, from Parquet, a numpy array
            of numbers, or bytes (base64 text, else float32).
        may_hold_booleans: False if the JSON text contains neither `true` nor `false`: parsing is then twice as fast.
        encoding: of the bytes of a string or column, one of `encodings.DTYPES`; None for float32 unless they
            look like something else.
        dimension: of the dataset; None if not known. It helps to recognise encodings, and is not checked here.

    Raises:
        UnusableEmbedding: `no_embedding` (None, or empty), `not_numeric`, `wrong_encoding`, `not_finite`,
            `zero_vector` or `out_of_range`.
    """
    if value is None:
        raise UnusableEmbedding("no_embedding", "the embedding is missing or null")
    if isinstance(value, list):
        return _checked(_from_list(value, may_hold_booleans))
    if isinstance(value, np.ndarray):
        return _checked(value)
    if isinstance(value, bytes):
        # Float32 values of ordinary size end in the bytes 3c to 3f or bc to bf, which base64 text does not contain.
        if not _BASE64_TEXT.fullmatch(value):
            return _from_bytes(value, encoding, dimension)
        value = value.decode("ascii")
    if isinstance(value, str):
        return _from_bytes(_decoded(value, encoding), encoding, dimension)
    wanted = "expected an array of numbers or base64 of little-endian float32"
    raise UnusableEmbedding("not_numeric", f"the embedding is {_type_name(value)}; {wanted}")


def _from_list(values: list[Any], may_hold_booleans: bool) -> NDArray[Any]:
    if not may_hold_booleans:
        try:
            return np.frombuffer(struct.pack(f"<{len(values)}f", *values), dtype="<f4")
        except (struct.error, OverflowError):
            pass  # the fault is found below
    # One pass in C over the types is 20 times faster than a test per element; bool counts as a separate type here.
    if not _NUMBER_TYPES.issuperset(map(type, values)):
        index = next(i for i, value in enumerate(values) if type(value) not in _NUMBER_TYPES)
        raise UnusableEmbedding("not_numeric", f"element {index} is {_type_name(values[index])}; expected a number")
    try:
        return np.fromiter(values, dtype=np.float64, count=len(values))
    except OverflowError:
        index = next(i for i, value in enumerate(values) if isinstance(value, int) and _beyond_float64(value))
        raise UnusableEmbedding("not_finite", f"element {index} is an integer beyond float32's range") from None


def _decoded(text: str, encoding: str | None) -> bytes:
    """Standard or URL-safe alphabet, padded or not, without white space."""
    if encoding is None and looks_like_hex(text):
        raise _wrong_encoding(HEX, "write base64, or an array of numbers")
    standard = text.translate(_URL_SAFE) if "-" in text or "_" in text else text
    padded = standard.rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableEmbedding("not_numeric", "the embedding is a string, but not base64") from None


def _from_bytes(raw: bytes, encoding: str | None, dimension: int | None) -> Vector:
    if encoding is not None and encoding not in DTYPES:
        raise UnusableEmbedding("wrong_encoding", f"an unknown encoding; known are {', '.join(DTYPES)}")
    if encoding is not None:
        return _checked(_numbers(raw, encoding))
    # Bytes of the right length are examined further only if they are not a valid vector.
    is_right_length = dimension is not None and len(raw) == 4 * dimension
    if not is_right_length and len(raw) % 4 == 0 and (found := disguised(raw, dimension)):
        raise _looks_like(found)
    try:
        return _checked(_numbers(raw, "float32"))
    except UnusableEmbedding as error:
        if error.reason != "zero_vector" and (found := likely_encoding(raw, dimension)):
            raise _looks_like(found) from None
        if error.reason in ("not_finite", "out_of_range"):
            raise UnusableEmbedding(error.reason, f"{error}; are the bytes little-endian float32?") from None
        raise


def _numbers(raw: bytes, encoding: str) -> NDArray[Any]:
    size = np.dtype(DTYPES[encoding]).itemsize
    if len(raw) % size:
        raise UnusableEmbedding(
            "not_numeric", f"{len(raw)} bytes are not a sequence of {encoding}; expected a multiple of {size}"
        )
    return np.frombuffer(raw, dtype=DTYPES[encoding])


def _looks_like(found: str) -> UnusableEmbedding:
    return _wrong_encoding(
        found, f"set encoding: {found}, or write float32" if found in DTYPES else "write little-endian float32"
    )


def _wrong_encoding(found: str, remedy: str) -> UnusableEmbedding:
    return UnusableEmbedding("wrong_encoding", f"the bytes look like {found}, not float32; {remedy}")


def _checked(numbers: NDArray[Any]) -> Vector:
    if numbers.size == 0:
        raise UnusableEmbedding("no_embedding", "the embedding is empty")
    with np.errstate(over="ignore"):  # an overflow is reported below
        vector: Vector = numbers.astype(np.float32, copy=False)
    largest = max(vector.max(), -vector.min())  # NaN where any element is
    if RANGE[0] <= largest <= RANGE[1]:
        return vector
    raise _unusable(numbers, vector)


def _unusable(numbers: NDArray[Any], vector: Vector) -> UnusableEmbedding:
    """Why numbers, given also as float32, are not a valid vector."""
    finite = np.isfinite(vector)
    if not finite.all():
        index = int(np.argmin(finite))
        number = numbers[index]
        found = f"{number}" if not np.isfinite(number) else f"{number:.6g}, beyond float32's range"
        return UnusableEmbedding("not_finite", f"element {index} is {found}")
    index = int(np.abs(vector).argmax())
    if vector[index] == 0:
        return UnusableEmbedding("zero_vector", f"all {vector.size} elements are 0 as float32")
    wanted = f"expected the largest between {RANGE[0]:g} and {RANGE[1]:g}: no embedding model produces such numbers"
    return UnusableEmbedding("out_of_range", f"element {index} is {vector[index]:.6g}, {wanted}")


def _type_name(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), f"of type {type(value).__name__}")


def _beyond_float64(value: int) -> bool:
    try:
        float(value)
    except OverflowError:
        return True
    return False
