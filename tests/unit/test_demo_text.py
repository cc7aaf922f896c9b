"""The demo's text and its embeddings: pieces that add up, descriptive names, and vectors by the formula."""

from __future__ import annotations

import importlib
import math
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
demo_embedding = importlib.import_module("demo.embedding")
demo_text = importlib.import_module("demo.text")


def test_words_are_split_at_underscores_and_camel_case() -> None:
    assert demo_embedding.words_of("JSONDecoder.raw_decode(aString, idx=0)") == [
        *["jsondecoder", "raw", "decode", "a", "string", "idx", "0"],
    ]


def test_docstrings_are_read_from_valid_files_outside_tests_and_installed_packages(tmp_path: Path) -> None:
    source = '"""Say hello."""\nif True:\n    class A:\n        def f(self):\n            """Wave to all."""\n'
    for name in ("greet/__init__.py", "greet/tests/t.py", "site-packages/other.py", "test/t.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    (tmp_path / "latin.py").write_bytes(b'"""Gr\xfc\xdfe."""\n')
    (tmp_path / "nulls.py").write_bytes(b"\0")
    docstrings, unreadable = demo_text.read_docstrings(tmp_path)
    assert [(doc.name, doc.module, doc.text) for doc in docstrings] == [
        ("greet", "greet", "Say hello."),
        ("greet.A.f", "greet", "Wave to all."),
    ]
    assert unreadable == ["latin.py", "nulls.py"]


def test_passages_are_titled_even_pieces_that_add_up_to_their_docstring() -> None:
    words = [f"word{number}" for number in range(170)]
    docs = [demo_text.Text("m.long", "m", "\n  ".join(words)), demo_text.Text("m.short", "m", " ".join(words[:19]))]
    passages = demo_text.passages_of(docs)
    assert [passage.name for passage in passages] == ["m.long#1", "m.long#2", "m.long#3"]
    pieces = [passage.text.removeprefix("m.long: ").split() for passage in passages]
    assert [len(piece) for piece in pieces] == [56, 57, 57]
    assert [word for piece in pieces for word in piece] == words


def test_questions_are_titled_first_lines_of_four_words_or_more_and_come_once() -> None:
    texts = [
        "Close the open file.\nMore.",
        "close the OPEN file.",
        "Close it now.",
        "-- == :: ++",
        "Open a closed file.",
    ]
    questions = demo_text.questions_of(demo_text.Text("m.f", "m", text) for text in texts)
    assert [(question.name, question.text) for question in questions] == [
        ("m.f~1", "m.f: Close the open file."),
        ("m.f~2", "m.f: Open a closed file."),
    ]


def test_an_embedding_equals_the_formula_written_out() -> None:
    texts = ["open the file", "close the file", "close the door"]
    vocabulary = ["open", "the", "file", "close", "door", "socket"]
    start = np.random.default_rng(256).standard_normal((32768, 256), dtype=np.float32)
    vectors = np.array([start[zlib.crc32(word.encode()) % 32768] for word in vocabulary])
    vectors = (vectors.T / np.sqrt((vectors**2).sum(axis=1))).T
    idf = np.log(4 / (1 + np.array([1, 3, 2, 2, 1, 0])))

    def weights(text: str) -> list[float]:
        counts = [text.split().count(word) for word in vocabulary]
        return [1 + math.log(count) if count else 0 for count in counts]

    def directions(rows: np.ndarray) -> np.ndarray:
        return np.array([row / math.sqrt(row @ row) for row in rows])

    tf = np.array([weights(text) for text in texts])
    first = directions(tf * idf @ vectors)
    learned = np.vstack([directions(tf.T[:5] @ (first - first.mean(axis=0))), vectors[5]])
    common = directions(tf * idf @ learned).mean(axis=0)
    question = directions((np.array([weights("the socket close socket")]) * idf) @ learned)
    (vector,) = demo_embedding.fit_embedder(texts).embed(["The socket, close socket"])
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, directions(question - common)[0], atol=1e-5)


def test_words_that_occur_together_are_similar_and_a_new_word_is_like_none() -> None:
    kinds = {
        "water feathers pond nest eggs lake": ("duck", "swan"),
        "road wheels engine fuel cargo brakes": ("truck", "lorry"),
    }
    texts = [f"{word} {company}" for company, words in kinds.items() for word in words]
    duck, swan, lorry, tulip = demo_embedding.fit_embedder(texts).embed(["duck", "swan", "lorry", "tulip"])
    assert duck @ swan > 0.3
    assert duck @ lorry < -0.3
    assert abs(duck @ tulip) < 0.2


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="without distinctive words"):
        demo_embedding.fit_embedder(["one text"]).embed(["fine", "..."])
