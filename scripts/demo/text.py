"""Real text that comes with every Python: the docstrings of its standard library.

They become passages (a small knowledge base) and questions (their first lines), each titled by the dotted name of what
it documents, as the chunks of a knowledge base carry their headings and people name what they ask about.
"""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from demo.embedding import words_of

MIN_PASSAGE_WORDS = 20  # shorter docstrings say too little to answer anything
MAX_PASSAGE_WORDS = 80
MIN_QUESTION_WORDS = 4

SKIPPED_FOLDERS = {"test", "tests", "idlelib", "lib2to3", "turtledemo", "ensurepip", "__pycache__"}


@dataclass(frozen=True)
class Text:
    """A piece of text, its name, and the top-level package it comes from."""

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
                warnings.simplefilter("ignore")  # invalid escapes in third-party strings
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):  # ValueError: null bytes
            unreadable.append(path.relative_to(root).as_posix())
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        docstrings += [Text(name, parts[0], doc) for name, doc in _docstrings(tree, name)]
    return docstrings, unreadable


def passages_of(docstrings: Iterable[Text]) -> list[Text]:
    """Cut docstrings of at least 20 words into passages of at most 80, named `module.qualname#number` from 1.

    The passages of one docstring are equally long to within a word: 41 to 80 words each where there is more than
    one. White space is collapsed. A passage that was there before (ignoring case) or has no words is left out. The
    text of a passage begins with its title, `module.qualname: `, which does not count.
    """
    pieces = []
    for doc in docstrings:
        words = doc.text.split()
        if len(words) >= MIN_PASSAGE_WORDS:
            number = -(-len(words) // MAX_PASSAGE_WORDS)
            cuts = [len(words) * piece // number for piece in range(number + 1)]
            pieces += [Text(doc.name, doc.module, " ".join(words[start:end])) for start, end in pairwise(cuts)]
    return _titled(pieces, "#")


def questions_of(docstrings: Iterable[Text]) -> list[Text]:
    """Return the first lines of docstrings that have at least 4 words, named `module.qualname~number` from 1.

    Each line comes once (ignoring case). The text of a question begins with its title, `module.qualname: `, which does
    not count.
    """
    lines = (Text(doc.name, doc.module, " ".join(doc.text.split("\n", 1)[0].split())) for doc in docstrings)
    return _titled([line for line in lines if len(line.text.split()) >= MIN_QUESTION_WORDS], "~")


def _source_files(folder: Path) -> Iterator[Path]:
    # Folders whose names are not identifiers have no modules: site-packages, config-3.11-x86_64-linux-gnu.
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


def _titled(texts: Iterable[Text], mark: str) -> list[Text]:
    # Each text once, and none without words: its vector would be zero. Numbered, since a name may have two docstrings
    # (a getter and its setter) and a docstring several passages.
    seen: set[str] = set()
    numbers: Counter[str] = Counter()
    titled = []
    for text in texts:
        folded = text.text.lower()
        if folded not in seen and words_of(folded):
            seen.add(folded)
            numbers[text.name] += 1
            name = f"{text.name}{mark}{numbers[text.name]}"
            titled.append(Text(name, text.module, f"{text.name}: {text.text}"))
    return titled
