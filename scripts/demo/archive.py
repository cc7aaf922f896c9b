"""Write a demo archive: five weeks of questions about the standard library, shaped as Amazon Data Firehose delivers.

    PYTHONPATH=scripts python -m demo.archive OUT [--seed 7] [--start 2026-09-01]

Days 1-21 are the baseline and days 22-28 a quiet week like them; in days 29-35 a family of modules enters that nobody
asked about before and that the knowledge base lacks: mail, the web and sockets. OUT/prompts and OUT/reference are the
two archives; OUT/MANIFEST.json says what is in them, faults included, so that whatever reads them can be checked.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from demo.embedding import DIMENSION, MODEL, fit_embedder
from demo.objects import Delivery, Record, deliver_prompts, deliver_reference, iso, objects_in
from demo.text import Text, passages_of, questions_of, read_docstrings
from demo.traffic import NEW_FAMILY, TooLittleText, ask, upload, windows_from

FORMAT = 2  # increase it when the same parameters should give another archive
MANIFEST = "MANIFEST.json"
DEFAULT_START = date(2026, 9, 1)


def make_archive(
    out: Path, *, seed: int = 7, start: date = DEFAULT_START, modules: Collection[str] | None = None
) -> dict[str, Any]:
    """Write OUT/prompts, OUT/reference and OUT/MANIFEST.json, and return the manifest.

    `modules` limits the source to these top-level packages (None: the whole standard library). The same arguments,
    Python and numpy give the same bytes. A complete archive of the same parameters is left as it is; of another one,
    the objects that this script wrote are removed first, and nothing else.

    Raises TooLittleText where the modules hold too few docstrings for five weeks.
    """
    parameters = parameters_of(seed, start, modules)
    if (existing := complete_manifest(out, parameters)) is not None:
        return existing
    docstrings, unreadable = read_docstrings(modules=modules)
    questions = questions_of(docstrings)
    passages = passages_of(doc for doc in docstrings if doc.module not in NEW_FAMILY)
    generator = np.random.default_rng(seed)
    prompts, reference = records_of(ask(questions, start, generator), upload(passages, start, generator))
    (out / MANIFEST).unlink(missing_ok=True)
    for path in list(objects_in(out)):
        path.unlink()
    deliveries = {
        "prompts": Delivery(out / "prompts", "", generator),  # Firehose puts nothing between records
        "reference": Delivery(out / "reference", "\n", generator),
    }
    deliver_prompts(deliveries["prompts"], prompts, start)
    deliver_reference(deliveries["reference"], reference)
    met = {record.metadata["module"] for record in prompts + reference}
    manifest: dict[str, Any] = {
        "parameters": parameters,
        "model": MODEL,
        "dimension": DIMENSION,
        "windows": {name: {"start": iso(begin), "end": iso(end)} for name, (begin, end) in windows_from(start).items()},
        "families": {"known": sorted(met - NEW_FAMILY), "new": sorted(met & NEW_FAMILY)},
        "supply": {"docstrings": len(docstrings), "questions": len(questions), "passages": len(passages)},
        "unreadable_files": unreadable,
        "datasets": {name: delivery.account() for name, delivery in deliveries.items()},
    }
    for name, delivery in deliveries.items():
        manifest["datasets"][name]["good_by_window"] = count_by_window(delivery.good, start)
    (out / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def records_of(
    asked: Sequence[tuple[datetime, Text, str]], uploaded: Sequence[tuple[datetime, Text]]
) -> tuple[list[Record], list[Record]]:
    """Embed the traffic and the uploads, with words learned from the uploads; return the records of both, in order."""
    embedder = fit_embedder([passage.text for _, passage in uploaded])
    vectors = embedder.embed([question.text for _, question, _ in asked])
    prompts = [
        Record(question.name, question.text, moment, {"module": question.module, "session": session}, vector)
        for (moment, question, session), vector in zip(asked, vectors, strict=True)
    ]
    vectors = embedder.embed([passage.text for _, passage in uploaded])
    reference = [
        Record(passage.name, passage.text, moment, {"module": passage.module}, vector)
        for (moment, passage), vector in zip(uploaded, vectors, strict=True)
    ]
    return prompts, reference


def count_by_window(records: Sequence[Record], start: date) -> dict[str, dict[str, int]]:
    """Return for each window the number of its records, and of those of the new family."""
    counts = {}
    for name, (begin, end) in windows_from(start).items():
        modules = [record.metadata["module"] for record in records if begin <= record.moment < end]
        counts[name] = {"records": len(modules), "new_family": sum(module in NEW_FAMILY for module in modules)}
    return counts


def parameters_of(seed: int, start: date, modules: Collection[str] | None = None) -> dict[str, Any]:
    """Return everything that the bytes of an archive depend on."""
    versions = {"format": FORMAT, "python": platform.python_version(), "numpy": np.__version__}
    chosen = None if modules is None else sorted(modules)
    return versions | {"seed": seed, "start": start.isoformat(), "modules": chosen}


def complete_manifest(out: Path, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """Return the manifest of the archive in `out` if it has these parameters and all its objects exist."""
    path = out / MANIFEST
    if not path.exists():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    objects = sum(dataset["objects"] for dataset in manifest["datasets"].values())
    return manifest if manifest["parameters"] == parameters and objects == sum(1 for _ in objects_in(out)) else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the archive given on the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0], allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for prompts/, reference/ and MANIFEST.json")
    parser.add_argument("--seed", type=int, default=7, help="of the traffic (default: 7)")
    parser.add_argument("--start", type=date.fromisoformat, default=DEFAULT_START, help="day 1 (default: 2026-09-01)")
    options = parser.parse_args(arguments)
    there = complete_manifest(options.out, parameters_of(options.seed, options.start)) is not None
    try:
        manifest = make_archive(options.out, seed=options.seed, start=options.start)
    except TooLittleText as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: {'already exists, nothing to do' if there else 'written'}")
    for name, counts in manifest["datasets"].items():
        outcome = ", ".join(f"{counts[kind]} {kind}" for kind in ("good", "quarantined", "duplicate"))
        print(f"  {name}: {counts['objects']} objects, {counts['records_in']} records ({outcome})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
