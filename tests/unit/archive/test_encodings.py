"""Vectors written in another encoding than float32 are read where that is said, and else refused, not stored."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.archive.embedding import UnusableEmbedding, embedding_vector
from driftwell.archive.encodings import other_encoding

many = settings(max_examples=150, derandomize=True, deadline=None)
DIMENSIONS = st.sampled_from([8, 16, 96, 384, 1_536])
SEEDS = st.integers(0, 10_000)


def model_like(dimension: int, seed: int) -> np.ndarray:
    """Vectors as models give them: of unit length, or longer."""
    draw = np.random.default_rng(seed)
    x = draw.standard_normal(dimension)
    return x / np.linalg.norm(x) * draw.choice([1.0, 1.0, 10.0])


def odd(dimension: int, seed: int) -> np.ndarray:
    """Float32 vectors that are less usual: sparse, one-hot, quantised, on several scales, all equal."""
    draw = np.random.default_rng(seed)
    x = draw.standard_normal(dimension)
    kinds = [
        x * (draw.random(dimension) < 0.05),
        np.eye(dimension)[draw.integers(dimension)] + 1e-6 * x,
        np.round(x * 4) / 4,
        x * 10.0 ** draw.integers(-8, 8),
        np.exp(4 * x),
        np.full(dimension, 0.125),
        np.where(np.arange(dimension) % 2, x, 0),
        np.where(np.arange(dimension) < dimension // 2, x, 0),
        draw.integers(-3, 4, dimension).astype(float),
        (x.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32),
    ]
    chosen = kinds[seed % len(kinds)].astype(np.float32)
    chosen[0] = chosen[0] or 1.0
    return chosen


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@many
@given(DIMENSIONS, SEEDS, st.booleans())
def test_float32_is_never_taken_for_something_else(dimension, seed, known):
    for vector in (model_like(dimension, seed), odd(dimension, seed)):
        raw = vector.astype("<f4").tobytes()
        assert other_encoding(raw, dimension if known else None) is None
        np.testing.assert_array_equal(embedding_vector(text(raw)), vector.astype(np.float32))


@many
@given(DIMENSIONS, SEEDS, st.sampled_from(["float64", "float16", "int8"]))
def test_another_encoding_is_read_where_it_is_named_and_recognised_by_the_dimension(dimension, seed, name):
    vector = model_like(dimension, seed)
    stored = np.clip(vector * 400, -127, 127).astype(np.int8) if name == "int8" else vector.astype(name)
    stored[0] = stored[0] or 1
    found = embedding_vector(text(stored.tobytes()), encoding=name)
    np.testing.assert_array_equal(found, stored.astype(np.float32))
    assert other_encoding(stored.tobytes(), dimension) == name


@many
@given(st.sampled_from([16, 96, 384, 1_536]), SEEDS)
def test_other_floats_are_recognised_without_the_dimension(dimension, seed):
    vector = model_like(dimension, seed)
    assert other_encoding(vector.astype("<f8").tobytes(), None) == "float64"
    assert other_encoding(vector.astype("<f4").astype("<f8").tobytes(), None) == "float64"
    assert other_encoding(vector.astype(">f4").tobytes(), None) == "big-endian float32"
    assert other_encoding(vector.astype(">f4").tobytes(), dimension) == "big-endian float32"


@many
@given(st.sampled_from([96, 384, 1_536]), SEEDS)
def test_small_numbers_are_recognised_without_the_dimension(dimension, seed):
    vector = model_like(dimension, seed)
    quantised = np.clip(vector * 400, -127, 127).astype(np.int8)
    assert other_encoding(quantised.tobytes(), None) == "int8"
    assert other_encoding(vector.astype("<f2").tobytes(), None) == "float16"


@many
@given(DIMENSIONS, SEEDS)
def test_hexadecimal_text_is_no_base64(dimension, seed):
    written = model_like(dimension, seed).astype("<f4").tobytes().hex()
    for one in (written, written.upper()):
        with pytest.raises(UnusableEmbedding, match="look like hexadecimal text") as error:
            embedding_vector(one)
        assert error.value.reason == "wrong_encoding"


def test_the_detail_says_what_to_set():
    raw = model_like(16, 1).astype("<f8").tobytes()
    with pytest.raises(UnusableEmbedding, match="look like float64, not float32; set encoding: float64"):
        embedding_vector(raw)
    with pytest.raises(UnusableEmbedding, match="unknown encoding; known are float32, float64"):
        embedding_vector(raw, encoding="double")
    with pytest.raises(UnusableEmbedding, match="30 bytes are no sequence of float64; wanted a multiple of 8"):
        embedding_vector(raw[:30], encoding="float64")
