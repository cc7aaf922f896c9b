"""Embeddings of text that need numpy only: hashed TF-IDF over word vectors learned by random indexing.

No model to fetch, and the same numbers on every run.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MODEL = "random-indexing-256"
DIMENSION = 256
WORD_BUCKETS = 1 << 15  # about three times the distinct words of the standard library's docstrings
WORDS_SEED = 256  # part of the model: it never follows the seed of an archive

WORD = re.compile(r"[^\W_]+")
CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

FloatArray = NDArray[np.float32]


def words_of(text: str) -> list[str]:
    """Split text into lower-case words, also at underscores and camelCase humps."""
    return WORD.findall(CAMEL_CASE.sub(" ", text).lower())


@dataclass(frozen=True)
class Embedder:
    """Sums word vectors, and removes what all texts have in common.

    `idf` is the weight of each word bucket, shape (32768,); `words` are their vectors, shape (32768, 256); `common` is
    the direction that is removed, shape (256,).
    """

    idf: FloatArray
    words: FloatArray
    common: FloatArray

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, float32, shape (len(texts), 256).

        A word that occurs tf times weighs (1 + ln tf) * idf. The weighted sum of the word vectors is scaled to length
        1, `common` is subtracted, and the rest is scaled to length 1 again.

        Raises ValueError for a text of which nothing is left, as of one without words: it has no direction.
        """
        sums = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            buckets, weights = _bag(text)
            sums[row] = (weights * self.idf[buckets]) @ self.words[buckets]
        return _directions(_directions(sums, texts) - self.common, texts)


def fit_embedder(texts: Sequence[str]) -> Embedder:
    """Learn an embedder from texts: words that occur in like texts get like vectors.

    The weights are idf = ln((1 + n) / (1 + df)), n the number of texts, df how many of them have a word of the bucket.
    Every word begins with a random vector, in directions nearly orthogonal to each other, and texts are embedded with
    these. Then a word's vector becomes the sum of the vectors of the texts it occurs in, less their mean and times
    (1 + ln tf), scaled to length 1: one round of reflective random indexing (Cohen, Schvaneveldt and Widdows 2010). A
    word that no text has keeps its random vector: it resembles nothing, and weighs most. The mean of the texts,
    embedded with the learned vectors, is the common direction.
    """
    document_frequency = np.zeros(WORD_BUCKETS)
    for text in texts:
        document_frequency[_bag(text)[0]] += 1
    idf = np.log((1 + len(texts)) / (1 + document_frequency)).astype(np.float32)
    nothing = np.zeros(DIMENSION, dtype=np.float32)
    generator = np.random.default_rng(WORDS_SEED)
    words = _unit(generator.standard_normal((WORD_BUCKETS, DIMENSION), dtype=np.float32))

    vectors = Embedder(idf, words, nothing).embed(texts)
    vectors -= vectors.mean(axis=0)
    contexts = np.zeros_like(words)
    for text, vector in zip(texts, vectors, strict=True):
        buckets, weights = _bag(text)
        contexts[buckets] += weights[:, None] * vector
    met = contexts.any(axis=1)
    words[met] = _unit(contexts[met])
    return Embedder(idf, words, Embedder(idf, words, nothing).embed(texts).mean(axis=0))


def _bag(text: str) -> tuple[NDArray[np.int64], FloatArray]:
    # Distinct word buckets and 1 + ln tf of each.
    # zlib.crc32, not hash(): Python salts string hashes differently in every process.
    counts = Counter(zlib.crc32(word.encode()) % WORD_BUCKETS for word in words_of(text))
    buckets = np.fromiter(counts.keys(), dtype=np.int64)
    return buckets, 1 + np.log(np.fromiter(counts.values(), dtype=np.float32))


def _directions(vectors: FloatArray, texts: Sequence[str]) -> FloatArray:
    distinctive = vectors.any(axis=1)
    if not distinctive.all():
        raise ValueError(f"a text without distinctive words: {texts[int(distinctive.argmin())]!r}; leave it out")
    return _unit(vectors)


def _unit(vectors: FloatArray) -> FloatArray:
    scaled: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled
