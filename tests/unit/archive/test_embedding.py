"""The case table of docs/input.md: which values are embeddings, and the reasons of all others."""

import base64
import json
import math
import struct

import numpy as np
import pytest

from driftwell.archive.embedding import UnusableEmbedding, embedding_vector

FLOATS = struct.pack("<3f", 0.5, -1.25, 3e-3)
HIGH_BYTES = b"\xfb\xef\xbe\x3f\xff\xff\xff\x3e"  # two floats; their base64 is ++++P////z4= or ----P____z4=


def text(raw, url_safe=False, padded=True):
    encoded = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(raw).decode()
    return encoded if padded else encoded.rstrip("=")


GOOD = {
    "floats": ("[0.5, -1.25, 1e-3]", [0.5, -1.25, 1e-3]),
    "integers": ("[1, 0, -7]", [1, 0, -7]),
    "mixed": ("[1, 0.5]", [1, 0.5]),
    "exponents": ("[1e2, 1E+2, 1.5e-1]", [100, 100, 0.15]),
    "one element": ("[0.25]", [0.25]),
    "minus zero": ("[-0.0, 1]", [-0.0, 1]),
    "underflow to zero": ("[1e-50, 1]", [0, 1]),
    "subnormal beside another": ("[1e-40, 1]", [1e-40, 1]),
    "smallest": ("[1.1e-15, 1e-20]", [1.1e-15, 1e-20]),
    "largest": ("[9.9e14, -1]", [9.9e14, -1]),
    "integer of 15 digits": ("[100000000000000]", [1e14]),
    "number of 60 digits": ("[0." + "3" * 60 + "]", [1 / 3]),
    "base64": (json.dumps(text(FLOATS)), struct.unpack("<3f", FLOATS)),
    "base64 url-safe": (json.dumps(text(HIGH_BYTES, url_safe=True)), struct.unpack("<2f", HIGH_BYTES)),
    "base64 standard": (json.dumps(text(HIGH_BYTES)), struct.unpack("<2f", HIGH_BYTES)),
    "base64 without padding": (json.dumps(text(FLOATS[:8], padded=False)), struct.unpack("<2f", FLOATS[:8])),
    "base64 with padding": (json.dumps(text(FLOATS[:8])), struct.unpack("<2f", FLOATS[:8])),
}

BAD = {
    "null": ("null", "no_embedding", "missing or null"),
    "empty array": ("[]", "no_embedding", "empty"),
    "empty string": ('""', "no_embedding", "empty"),
    "number": ("5", "not_numeric", "the embedding is a number"),
    "true": ("true", "not_numeric", "the embedding is true or false"),
    "object": ('{"0": 1}', "not_numeric", "the embedding is an object"),
    "null element": ("[1, null]", "not_numeric", "element 1 is null"),
    "true element": ("[true, 1]", "not_numeric", "element 0 is true or false"),
    "false element": ("[1, 2, false]", "not_numeric", "element 2 is true or false"),
    "string element": ('[1, "2"]', "not_numeric", "element 1 is a string"),
    "nested array": ("[[1, 2]]", "not_numeric", "element 0 is an array"),
    "nested object": ('[1, {"a": 2}]', "not_numeric", "element 1 is an object"),
    "numbers in a string": ('"0.1,0.2"', "not_numeric", "not base64"),
    "base64 with a line break": (json.dumps(text(FLOATS)[:8] + "\n" + text(FLOATS)[8:]), "not_numeric", "not base64"),
    "non-ASCII string": ('"\u00e4\u00f6\u00fc\u00df"', "not_numeric", "not base64"),
    "base64 of 5 bytes": (json.dumps(text(b"12345")), "not_numeric", "5 bytes"),
    "impossible base64 length": ('"AAAAA"', "not_numeric", "not base64"),
    "NaN": ("[1, NaN]", "not_finite", "element 1 is nan"),
    "Infinity": ("[Infinity, 1]", "not_finite", "element 0 is inf"),
    "-Infinity": ("[1, 1, -Infinity]", "not_finite", "element 2 is -inf"),
    "beyond float32": ("[1, 1e39]", "not_finite", "element 1 is 1e\\+39, beyond float32"),
    "beyond float64": ("[1e400]", "not_finite", "element 0 is inf"),
    "integer beyond float32": ("[1, " + "9" * 40 + "]", "not_finite", "element 1 is 1e\\+40, beyond float32"),
    "integer beyond float64": ("[1, 2, " + "9" * 400 + "]", "not_finite", "element 2 is an integer beyond"),
    "base64 of NaN": (json.dumps(text(struct.pack("<2f", 1, math.nan))), "not_finite", "element 1 is nan"),
    "subnormal": ("[1e-40]", "out_of_range", "element 0 is 9.99995e-41"),
    "all too small": ("[1e-16, -9e-16]", "out_of_range", "element 1 is -9e-16, expected the largest between 1e-15"),
    "largest float32": ("[1, 3.4028234e38]", "out_of_range", "element 1 is 3.40282e\\+38"),
    "integer of 30 digits": ("[100000000000000000000000000000]", "out_of_range", "element 0 is 1e\\+29"),
    "negative and too large": ("[1, -2e15]", "out_of_range", "element 1 is -2e\\+15"),
    "zeros": ("[0, 0.0, -0.0]", "zero_vector", "all 3 elements"),
    "underflow to zeros": ("[1e-50, -1e-46]", "zero_vector", "all 2 elements"),
    "base64 of zeros": (json.dumps(text(bytes(8))), "zero_vector", "all 2 elements"),
}


@pytest.mark.parametrize(("written", "wanted"), GOOD.values(), ids=GOOD.keys())
def test_an_embedding_is_read_as_float32(written, wanted):
    vector = embedding_vector(json.loads(written), may_hold_booleans="true" in written or "false" in written)
    assert vector.dtype == np.float32
    np.testing.assert_array_equal(vector, embedding_vector(json.loads(written)))
    np.testing.assert_array_equal(vector, np.array(wanted, dtype=np.float64).astype(np.float32))


@pytest.mark.parametrize(("written", "reason", "detail"), BAD.values(), ids=BAD.keys())
def test_any_other_value_has_a_reason_and_a_position(written, reason, detail):
    for may_hold_booleans in {True, "true" in written or "false" in written}:
        with pytest.raises(UnusableEmbedding, match=detail) as error:
            embedding_vector(json.loads(written), may_hold_booleans)
        assert error.value.reason == reason


def test_the_sign_of_minus_zero_is_kept():
    assert math.copysign(1, embedding_vector([-0.0, 1.0])[0]) == -1


def test_a_numpy_array_of_a_parquet_list_is_treated_like_a_json_array():
    np.testing.assert_array_equal(embedding_vector(np.array([0.5, 2.0])), np.array([0.5, 2.0], dtype=np.float32))
    with pytest.raises(UnusableEmbedding, match="element 1 is nan"):
        embedding_vector(np.array([0.5, np.nan]))
    with pytest.raises(UnusableEmbedding, match="empty"):
        embedding_vector(np.array([]))


def test_bytes_are_base64_text_or_else_the_floats_themselves():
    wanted = np.frombuffer(FLOATS, dtype="<f4")
    np.testing.assert_array_equal(embedding_vector(text(FLOATS).encode()), wanted)
    np.testing.assert_array_equal(embedding_vector(FLOATS), wanted)
    with pytest.raises(UnusableEmbedding, match="11 bytes"):
        embedding_vector(FLOATS[:-1])
