"""Real text that every Python carries, and embeddings of it that need numpy only.

The docstrings of the standard library become passages (a small knowledge base) and questions (their first lines).
Both are embedded by hashed TF-IDF and a fixed random projection: no model to fetch, the same numbers on every run.
"""

from __future__ import annotations

import ast
import re
import sysconfig
import warnings
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODEL = "hashed-tfidf-256"
DIMENSION = 256
WORD_BUCKETS = 1 << 15  # about three times the distinct words of the standard library's docstrings
PROJECTION_SEED = 256  # part of the model: it never follows the seed of an archive

MIN_PASSAGE_WORDS = 20  # shorter docstrings say too little to answer anything
MAX_PASSAGE_WORDS = 80
MIN_QUESTION_WORDS = 4

SKIPPED_FOLDERS = {"test", "tests", "idlelib", "lib2to3", "turtledemo", "ensurepip", "__pycache__"}

WORD = re.compile(r"[^\W_]+")
CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Text:
    """A piece of text, the name it goes by, and the top-level package it comes from."""

    name: str
    module: str
    text: str


def read_docstrings(root: Path | None = None, modules: Collection[str] | None = None) -> tuple[list[Text], list[str]]:
    """Return the docstrings of all modules, classes and functions under `root`, and the files that did not parse.

    `root` is a folder of Python sources, by default this Python's standard library without its tests, bundled
    applications and installed packages. `modules` limits the reading to these top-level packages. Names are dotted
    (`json.decoder.JSONDecoder.decode`) and may repeat, as overloads and conditional definitions do. Nothing is
    imported. Order: by path, then as written.
    """
    root = root or Path(sysconfig.get_path("stdlib"))
    docstrings: list[Text] = []
    unreadable: list[str] = []
    for path in _source_files(root):
        parts = path.relative_to(root).with_suffix("").parts
        if modules is not None and parts[0] not in modules:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # old escapes in somebody else's strings
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):  # ValueError: null bytes
            unreadable.append(path.relative_to(root).as_posix())
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        docstrings += [Text(name, parts[0], doc) for name, doc in _docstrings(tree, name)]
    return docstrings, unreadable


def passages_of(docstrings: Iterable[Text]) -> list[Text]:
    """Cut docstrings of at least 20 words into passages of at most 80, named `module.qualname#number` from 0.

    The passages of one docstring are equally long to within a word: 41 to 80 words each where there is more than
    one. White space is collapsed. A passage whose text was there before (ignoring case) or has no words is left out.
    """
    passages = []
    numbers: Counter[str] = Counter()  # a name may have two docstrings: a getter and its setter
    for doc in docstrings:
        words = doc.text.split()
        if len(words) >= MIN_PASSAGE_WORDS:
            pieces = -(-len(words) // MAX_PASSAGE_WORDS)
            cuts = [len(words) * piece // pieces for piece in range(pieces + 1)]
            for start, end in pairwise(cuts):
                passages.append(Text(f"{doc.name}#{numbers[doc.name]}", doc.module, " ".join(words[start:end])))
                numbers[doc.name] += 1
    return _distinct(passages)


def questions_of(docstrings: Iterable[Text]) -> list[Text]:
    """Return the first lines of docstrings that have at least 4 words, each text once (ignoring case)."""
    lines = (Text(doc.name, doc.module, " ".join(doc.text.split("\n", 1)[0].split())) for doc in docstrings)
    return _distinct([line for line in lines if len(line.text.split()) >= MIN_QUESTION_WORDS])


def words_of(text: str) -> list[str]:
    """Split text into lower-case words, also at underscores and camelCase humps."""
    return WORD.findall(CAMEL_CASE.sub(" ", text).lower())


@dataclass(frozen=True)
class Embedder:
    """Hashed TF-IDF followed by a random projection.

    `idf` is the weight of each word bucket, shape (32768,); `projection` has shape (32768, 256).
    """

    idf: FloatArray
    projection: FloatArray

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, float32, shape (len(texts), 256).

        The weight of a word that occurs tf times is (1 + ln tf) * idf. Inner products approximate the cosines of
        the TF-IDF vectors with a standard error of about 1 / sqrt(256) (Johnson and Lindenstrauss).

        Raises ValueError for a text without words: it has no direction.
        """
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            counts = Counter(_buckets(text))
            buckets = np.fromiter(counts.keys(), dtype=np.int64)
            times = np.fromiter(counts.values(), dtype=np.float32)
            vectors[row] = ((1 + np.log(times)) * self.idf[buckets]) @ self.projection[buckets]
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not norms.all():
            raise ValueError(f"found a text without words, {texts[int(norms.argmin())]!r}: leave it out")
        unit: FloatArray = vectors / norms
        return unit


def fit_embedder(texts: Sequence[str]) -> Embedder:
    """Return an embedder whose word weights are idf = ln((1 + n) / (1 + df)) + 1 over `texts`.

    n is the number of texts, df the number that have a word of the bucket; a word never seen weighs most.
    """
    document_frequency = np.zeros(WORD_BUCKETS)
    for text in texts:
        document_frequency[list(set(_buckets(text)))] += 1
    idf = np.log((1 + len(texts)) / (1 + document_frequency)) + 1
    generator = np.random.default_rng(PROJECTION_SEED)
    projection = generator.standard_normal((WORD_BUCKETS, DIMENSION), dtype=np.float32)
    return Embedder(idf.astype(np.float32), projection)


def _buckets(text: str) -> list[int]:
    # zlib.crc32 and not hash(): Python salts the hashes of strings anew in every process.
    return [zlib.crc32(word.encode()) % WORD_BUCKETS for word in words_of(text)]


def _source_files(folder: Path) -> Iterator[Path]:
    # Folders that are no identifiers hold no modules: site-packages, dist-packages, config-3.11-x86_64-linux-gnu.
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name.isidentifier() and path.name not in SKIPPED_FOLDERS:
                yield from _source_files(path)
        elif path.suffix == ".py" and path.stem.isidentifier():
            yield path


def _docstrings(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        doc = ast.get_docstring(node)
        if doc and doc.strip():
            yield name, doc.strip()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings(child, f"{name}.{child.name}")
        elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):  # definitions inside if, try and with
            yield from _docstrings(child, name)


def _distinct(texts: Iterable[Text]) -> list[Text]:
    # Texts without words are left out: their vectors would be zero.
    first: dict[str, Text] = {}
    for text in texts:
        if words_of(text.text):
            first.setdefault(text.text.lower(), text)
    return list(first.values())
