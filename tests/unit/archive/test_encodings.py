"""Vectors in an encoding other than float32 are read if that is configured, else refused and not stored."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwell.archive.embedding import UnusableEmbedding, embedding_vector

many = settings(max_examples=150, derandomize=True, deadline=None)
DIMENSIONS = st.sampled_from([8, 16, 96, 384, 1_536])
SEEDS = st.integers(0, 10_000)


def model_like(dimension: int, seed: int) -> np.ndarray:
    """Vectors as models produce them: of unit length, or longer."""
    draw = np.random.default_rng(seed)
    x = draw.standard_normal(dimension)
    return x / np.linalg.norm(x) * draw.choice([1.0, 1.0, 10.0])


def odd(d: int, seed: int) -> dict[str, np.ndarray]:
    """Less usual float32 vectors, by kind."""
    draw = np.random.default_rng(seed)
    x = draw.standard_normal(d)
    exponentials = np.exp(10 * x)
    kinds = {
        "sparse": x * (draw.random(d) < 0.05),
        "sparse and tiny": x * (draw.random(d) < 0.05) * 1e-12,
        "one-hot": np.eye(d)[draw.integers(d)],
        "one-hot on a ground": np.eye(d)[draw.integers(d)] + 1e-6 * x,
        "one large number": np.where(np.arange(d) == 3, 1e4, x * 1e-3),
        "one huge number": np.where(np.arange(d) == 3, 9e14, x),
        "mixed scales": np.clip(x * 10.0 ** draw.uniform(-12, 12, d), -1e15, 1e15),
        "some scale": x * 10.0 ** draw.integers(-8, 8),
        "softmax": exponentials / exponentials.sum(),
        "rectified": np.maximum(x, 0),
        "quantised": np.round(x * 4) / 4,
        "counts": draw.poisson(0.1, d),
        "whole numbers": draw.integers(-128, 128, d),
        "signs": draw.choice([-1.0, 1.0], d),
        "equal": np.full(d, 0.125),
        "every second 0": np.where(np.arange(d) % 2, x, 0),
        "every second 1 or 0": np.where(np.arange(d) % 2, draw.integers(0, 2, d), 0),
        "half of it 0": np.where(np.arange(d) < d // 2, x, 0),
        "of 8 bits": (x.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32),
        "of 11 bits": x.astype(np.float16),
    }
    found = {kind: vector.astype(np.float32) for kind, vector in kinds.items()}
    for vector in found.values():
        vector[0] = vector[0] or 1.0
    return found


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def looks_like(raw: bytes, dimension: int | None) -> str | None:
    """The encoding that a vector is refused for; None if it is read as float32, or refused for another reason."""
    try:
        embedding_vector(text(raw), dimension=dimension)
    except UnusableEmbedding as error:
        return str(error).split(", not")[0].removeprefix("the bytes look like ") if "encoding" in error.reason else None
    return None


@many
@given(st.sampled_from([2, 4, 8, 16, 64, 96, 384, 1_536]), SEEDS, st.booleans())
def test_float32_is_never_mistaken_for_another_encoding(dimension, seed, known):
    for vector in (model_like(dimension, seed), *odd(dimension, seed).values()):
        raw = vector.astype("<f4").tobytes()
        found = embedding_vector(text(raw), dimension=dimension if known else None)
        np.testing.assert_array_equal(found, vector.astype(np.float32))


@many
@given(
    SEEDS, st.sampled_from([96, 100, 192, 256, 384, 512, 768, 1_536, 3_072]), st.sampled_from([192, 384, 768, 1_536])
)
def test_float32_of_another_model_is_not_mistaken_for_another_encoding(seed, width, dimension):
    raw = model_like(width, seed).astype("<f4").tobytes()
    assert embedding_vector(text(raw), dimension=dimension).size == width  # refused as wrong_dimension


def written(dimension: int, seed: int) -> dict[str, np.ndarray]:
    """The same vector as producers write it by mistake, by the encoding's name."""
    x = model_like(dimension, seed)
    return {
        "float64": x.astype("<f8"),
        "float16": x.astype("<f2"),
        "int8": np.round(x / np.abs(x).max() * 127).astype(np.int8),
        "big-endian float32": x.astype(">f4"),
        "bfloat16": (x.astype("<f4").view("<u4") >> 16).astype("<u2"),
    }


@many
@given(st.sampled_from([384, 768, 1_536]), SEEDS, st.booleans())
def test_another_encoding_is_recognised_and_read_if_it_is_configured(dimension, seed, known):
    for name, stored in written(dimension, seed).items():
        assert looks_like(stored.tobytes(), dimension if known else None) == name
        if name in ("float64", "float16", "int8"):
            found = embedding_vector(text(stored.tobytes()), encoding=name)
            np.testing.assert_array_equal(found, stored.astype(np.float32))


@pytest.mark.parametrize("scale", [1, 1e-3, 30])
@pytest.mark.parametrize("seed", range(0, 2_000, 5))
def test_short_float64_is_never_stored_if_the_dimension_is_unknown(seed, scale):
    x = scale * np.random.default_rng(seed).standard_normal(16)
    with pytest.raises(UnusableEmbedding):
        embedding_vector(text(x.astype("<f8").tobytes()))


@many
@given(st.sampled_from([96, 384]), SEEDS)
def test_a_vector_with_a_single_number_is_from_another_model_if_it_is_twice_as_long(dimension, seed):
    place = np.random.default_rng(seed).integers(2 * dimension)
    raw = np.eye(2 * dimension)[place].astype("<f4").tobytes()
    assert embedding_vector(text(raw), dimension=dimension).size == 2 * dimension


@many
@given(st.sampled_from([96, 384]), SEEDS)
def test_float64_of_few_digits_is_recognised_by_the_dimension(dimension, seed):
    x = np.random.default_rng(seed).standard_normal(dimension)
    for simple in (np.round(4 * x), np.round(4 * x) / 4, np.round(x, 1), np.maximum(x, 0), x.astype(np.float32)):
        assert looks_like(simple.astype("<f8").tobytes(), dimension) == "float64"


@many
@given(st.sampled_from([96, 384, 1_536]), SEEDS, st.booleans())
def test_an_unknown_encoding_is_refused_without_naming_one(dimension, seed, known):
    draw = np.random.default_rng(seed)
    x = model_like(dimension, seed)
    others = [
        draw.integers(-128, 128, dimension).astype("<i8"),
        draw.integers(-128, 128, dimension).astype("<i4"),
        x.astype(">f8"),
        np.round(x / np.abs(x).max() * 127 + 128).astype(np.uint8),
        draw.integers(0, 256, 4 * dimension).astype(np.uint8),
    ]
    for stored in others:
        with pytest.raises(UnusableEmbedding, match="are the bytes little-endian float32") as error:
            embedding_vector(text(stored.tobytes()), dimension=dimension if known else None)
        assert error.value.reason in ("not_finite", "out_of_range")


@many
@given(DIMENSIONS, SEEDS)
def test_hexadecimal_text_is_not_base64(dimension, seed):
    written = model_like(dimension, seed).astype("<f4").tobytes().hex()
    for one in (written, written.upper(), f"0x{written}", written[:32].upper() + written[32:]):
        with pytest.raises(UnusableEmbedding, match="look like hexadecimal text") as error:
            embedding_vector(one)
        assert error.value.reason == "wrong_encoding"


def test_the_detail_says_what_to_set():
    raw = model_like(16, 1).astype("<f8").tobytes()
    with pytest.raises(UnusableEmbedding, match="look like float64, not float32; set encoding: float64"):
        embedding_vector(raw)
    with pytest.raises(UnusableEmbedding, match="unknown encoding; known are float32, float64"):
        embedding_vector(raw, encoding="double")
    with pytest.raises(UnusableEmbedding, match="30 bytes are not a sequence of float64; expected a multiple of 8"):
        embedding_vector(raw[:30], encoding="float64")
