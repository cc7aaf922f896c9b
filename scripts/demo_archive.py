"""Write a demo archive: five weeks of questions about the standard library, shaped as Amazon Data Firehose delivers.

    python scripts/demo_archive.py OUT [--seed 7] [--start 2026-09-01]

Days 1-21 are the baseline and days 22-28 a quiet week like them; in days 29-35 a family of modules enters that nobody
asked about before and that the knowledge base lacks. OUT/prompts and OUT/reference are the two archives;
OUT/MANIFEST.json says what is in them, faults included, so that whatever reads them can be checked.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import platform
import sys
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from demo_text import DIMENSION, MODEL, FloatArray, Text, fit_embedder, passages_of, questions_of, read_docstrings

FORMAT = 1  # raise it when the same parameters should give another archive
MANIFEST = "MANIFEST.json"
DEFAULT_START = date(2026, 9, 1)
STREAM = "driftwell-demo-1"  # Firehose names an object stream-version-time-uuid

DAYS = 35
WINDOWS = {"baseline": (1, 21), "quiet_week": (22, 28), "new_family_week": (29, 35)}  # first and last day
NEW_FAMILY = {"asynchat", "asyncio", "asyncore", "concurrent", "multiprocessing", "queue", "sched", "selectors"} | {
    "socketserver",
    "subprocess",
    "threading",
    "_threading_local",
}
NEW_FAMILY_SHARE = 0.25

# 150 a day ask about 4,990 questions of the known modules; a Python without tkinter has about 5,130.
QUESTIONS_PER_DAY = 150
MAX_SESSION = 4
FIRST_HOUR = 6  # UTC
HOUR_WEIGHTS = (1, 3, 6, 8, 9, 10, 8, 7, 9, 10, 9, 7, 5, 3, 2, 2, 1)  # sessions that begin in each hour from then on
BASE64_EVERY = 20  # one in so many objects carries base64 instead of numbers

UPLOAD_SIZE = 400  # passages in one object
UPLOAD_PAUSE = timedelta(minutes=10)
TOP_UP_DAYS = (15, 25)
TOP_UP_SHARE = 0.01  # of the passages, on each of these days

# Day: what is wrong with one object of prompts on it, the middle one. One a day, so that no two faults meet.
REDELIVERED = "redelivered"
FAULTS = {
    3: "not_json",
    6: "no_embedding",
    9: "corrupt_object",
    12: "not_numeric",
    17: "not_finite",
    20: "wrong_dimension",
    24: "zero_vector",
    31: "bad_timestamp",
    **dict.fromkeys((2, 8, 14, 23, 30), REDELIVERED),
}


class TooLittleText(ValueError):
    """The sources hold too few docstrings for five weeks of traffic."""


@dataclass(frozen=True)
class Record:
    """One embedded text as it is delivered; `embedding` has shape (256,)."""

    record_id: str
    text: str
    moment: datetime
    metadata: dict[str, str]
    embedding: FloatArray

    def encode(self, *, as_base64: bool = False) -> str:
        """Return the record as JSON, its numbers with 6 significant digits or as base64 of little-endian float32."""
        if as_base64:
            packed = base64.b64encode(self.embedding.astype("<f4").tobytes()).decode("ascii")
            return _json(self._fields() | {"embedding": packed})
        return _with_numbers(self._fields(), self._numbers())

    def spoil(self, reason: str) -> str:
        """Return the record with one fault in it, the one that a reader should name `reason`."""
        fields, numbers, middle = self._fields(), self._numbers(), DIMENSION // 2
        match reason:
            case "not_json":  # cut off where the text begins
                return "".join(_json(fields).partition('"text":')[:2])
            case "no_embedding":
                return _json(fields)
            case "not_numeric":
                numbers[middle] = "null"
            case "not_finite":
                numbers[middle] = "NaN"
            case "wrong_dimension":
                numbers.pop()
            case "zero_vector":
                numbers = ["0"] * DIMENSION
            case "bad_timestamp":  # seconds where milliseconds are wanted: January 1970
                fields["timestamp"] = int(self.moment.timestamp())
            case _:
                raise ValueError(f"unknown fault {reason!r}")
        return _with_numbers(fields, numbers)

    def _fields(self) -> dict[str, Any]:
        head = {"id": self.record_id, "text": self.text, "timestamp": iso(self.moment)}
        return head | {"model": MODEL, "metadata": self.metadata}

    def _numbers(self) -> list[str]:
        return [f"{number:.6g}" for number in self.embedding.tolist()]


@dataclass
class Delivery:
    """Writes the objects of one dataset into the folder `root` and keeps what it wrote."""

    root: Path
    separator: str
    generator: Generator
    objects: int = 0
    good: list[Record] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)

    def put(self, moment: datetime, lines: Sequence[str], *, truncated: bool = False) -> str:
        """Write one object that was begun at `moment`, and return its key, relative to `root`."""
        unique = uuid.UUID(bytes=self.generator.bytes(16), version=4)
        key = f"{moment:%Y/%m/%d/%H}/{STREAM}-{moment:%Y-%m-%d-%H-%M-%S}-{unique}.gz"
        packed = gzip.compress("".join(line + self.separator for line in lines).encode("utf-8"), 6, mtime=0)
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed[: len(packed) // 2] if truncated else packed)
        # S3's modification time is that of the arrival; here, the end of the hour.
        arrival = moment.replace(minute=59, second=59, microsecond=0).timestamp()
        os.utime(path, (arrival, arrival))
        self.objects += 1
        return key

    def put_good(self, batch: Sequence[Record], *, as_base64: bool = False) -> None:
        """Write one object of good records."""
        self.put(batch[0].moment, [record.encode(as_base64=as_base64) for record in batch])
        self.good += batch

    def put_corrupt(self, batch: Sequence[Record]) -> None:
        """Write one object of which the second half is missing: all its records are lost."""
        key = self.put(batch[0].moment, [record.encode() for record in batch], truncated=True)
        lost = [record.record_id for record in batch]
        self.faults.append({"reason": "corrupt_object", "object_key": key, "position": None, "record_ids": lost})

    def put_faulty(self, batch: Sequence[Record], reason: str) -> None:
        """Write one object with one faulty record."""
        # What follows a record that is not JSON could be taken for a part of it: that one comes last.
        position = len(batch) - 1 if reason == "not_json" else len(batch) // 2
        lines = [record.encode() for record in batch]
        lines[position] = batch[position].spoil(reason)
        key = self.put(batch[0].moment, lines)
        self.good += [*batch[:position], *batch[position + 1 :]]
        spoiled = [batch[position].record_id]
        self.faults.append({"reason": reason, "object_key": key, "position": position, "record_ids": spoiled})

    def put_again(self, record: Record) -> None:
        """Write a record a second time, in an object of its own at the end of the same hour."""
        key = self.put(record.moment.replace(minute=59, second=59), [record.encode()])
        self.duplicates.append({"object_key": key, "position": 0, "record_ids": [record.record_id]})

    def account(self, start: date) -> dict[str, Any]:
        """Return the counts: records_in = good + quarantined + duplicate, where a corrupt object counts as one."""
        windows = {}
        for name, (first, last) in WINDOWS.items():
            begin, end = midnight(start, first), midnight(start, last + 1)
            modules = [record.metadata["module"] for record in self.good if begin <= record.moment < end]
            new = sum(module in NEW_FAMILY for module in modules)
            windows[name] = {"records": len(modules), "new_family": new}
        return {
            "objects": self.objects,
            "records_in": len(self.good) + len(self.faults) + len(self.duplicates),
            "good": len(self.good),
            "quarantined": len(self.faults),
            "duplicate": len(self.duplicates),
            "quarantined_by_reason": dict(Counter(fault["reason"] for fault in self.faults)),
            "good_by_window": windows,
            "faults": self.faults,
            "duplicates": self.duplicates,
        }


def daily_counts(known: int, new: int, generator: Generator) -> tuple[list[int], list[int]]:
    """Return how many questions of the known modules and of the new family are asked on each of the 35 days.

    Poisson around 150 in all; in the last week a quarter of them of the new family, before it none. Where the supply
    (`known` and `new` questions) is smaller than that, all days are reduced by one factor.

    Raises TooLittleText where that leaves a day fewer than 4 of the known modules, or a day of the last week none of
    the new family.
    """
    counts = generator.poisson(QUESTIONS_PER_DAY, DAYS)
    begins = WINDOWS["new_family_week"][0]
    share = np.where(np.arange(1, DAYS + 1) >= begins, NEW_FAMILY_SHARE, 0)
    factor = min(1, known / (counts * (1 - share)).sum(), new / (counts * share).sum())
    counts = np.floor(counts * factor).astype(int)
    entering = np.rint(counts * share).astype(int)
    staying = counts - entering
    if staying.min() < MAX_SESSION or entering[begins - 1 :].min() < 1:
        raise TooLittleText(
            f"found {known} questions of known modules and {new} of the new family in the docstrings; wanted at least "
            f"{MAX_SESSION} and 1 a day: use a Python installed with its sources, or name more modules"
        )
    return staying.tolist(), entering.tolist()


def deal_sessions(questions: Sequence[Text], counts: Sequence[int], generator: Generator) -> list[list[list[Text]]]:
    """Return for each day its sessions: 1 to 4 questions of one module, each question dealt once at most.

    Sessions are dealt in random order, so days differ by chance alone; a session is not divided, so that a day may
    miss its count by up to 3; the sum over the days so far never exceeds that of their counts.
    """
    sessions: list[list[Text]] = []
    for module in sorted({question.module for question in questions}):
        own = [question for question in questions if question.module == module]
        own = [own[index] for index in generator.permutation(len(own))]
        while own:
            size = int(generator.integers(1, MAX_SESSION + 1))
            sessions.append(own[:size])
            own = own[size:]
    sessions = [sessions[index] for index in generator.permutation(len(sessions))]
    cuts = np.searchsorted(np.cumsum([len(session) for session in sessions]), np.cumsum(counts), side="right")
    return [sessions[begin:end] for begin, end in pairwise([0, *cuts.tolist()])]


def ask(questions: Sequence[Text], start: date, generator: Generator) -> list[tuple[datetime, Text, str]]:
    """Return the traffic in order of time: the moment, the question, and the session it belongs to."""
    known = [question for question in questions if question.module not in NEW_FAMILY]
    new = [question for question in questions if question.module in NEW_FAMILY]
    of_known, of_new = daily_counts(len(known), len(new), generator)
    days = zip(deal_sessions(known, of_known, generator), deal_sessions(new, of_new, generator), strict=True)
    shares = np.array(HOUR_WEIGHTS) / sum(HOUR_WEIGHTS)
    traffic = []
    for day, (known_sessions, new_sessions) in enumerate(days, start=1):
        for number, session in enumerate(known_sessions + new_sessions):
            hour = FIRST_HOUR + int(generator.choice(len(shares), p=shares))
            moment = midnight(start, day) + timedelta(hours=hour, milliseconds=int(generator.integers(3_600_000)))
            for question in session:
                traffic.append((moment, question, f"s-{day:02d}-{number:03d}"))
                moment += timedelta(milliseconds=int(generator.integers(15_000, 90_000)))
    return sorted(traffic, key=lambda asked: asked[0])


def upload(passages: Sequence[Text], start: date, generator: Generator) -> list[tuple[datetime, Text]]:
    """Return when each passage is uploaded: in the first hours of day 1, but for one in a hundred on days 15 and 25."""
    size = max(1, round(len(passages) * TOP_UP_SHARE))
    held_back = generator.choice(len(passages), (len(TOP_UP_DAYS), size), replace=False)
    later = {index: day for day, indices in zip(TOP_UP_DAYS, held_back.tolist(), strict=True) for index in indices}
    first = [passage for index, passage in enumerate(passages) if index not in later]
    begin, step = midnight(start, 1) + timedelta(minutes=5), timedelta(milliseconds=20)
    uploads = [(begin + n // UPLOAD_SIZE * UPLOAD_PAUSE + n % UPLOAD_SIZE * step, text) for n, text in enumerate(first)]
    for index, day in later.items():
        uploads.append((midnight(start, day) + timedelta(hours=9), passages[index]))
    return uploads


def records_of(
    asked: Sequence[tuple[datetime, Text, str]], uploaded: Sequence[tuple[datetime, Text]]
) -> tuple[list[Record], list[Record]]:
    """Embed the traffic and the uploads, with word weights from the uploads; return the records of both, in order."""
    embedder = fit_embedder([passage.text for _, passage in uploaded])
    vectors = embedder.embed([question.text for _, question, _ in asked])
    prompts = [
        Record(f"p-{number:06d}", question.text, moment, {"module": question.module, "session": session}, vector)
        for number, ((moment, question, session), vector) in enumerate(zip(asked, vectors, strict=True))
    ]
    vectors = embedder.embed([passage.text for _, passage in uploaded])
    reference = [
        Record(passage.name, passage.text, moment, {"module": passage.module}, vector)
        for (moment, passage), vector in zip(uploaded, vectors, strict=True)
    ]
    return prompts, reference


def deliver_prompts(delivery: Delivery, records: Sequence[Record], start: date) -> None:
    """Write one object an hour, with the faults and redeliveries of FAULTS."""
    hours = [list(batch) for _, batch in groupby(records, key=lambda record: f"{record.moment:%Y%m%d%H}")]
    by_day = groupby(hours, key=lambda batch: (batch[0].moment - midnight(start, 1)).days + 1)
    for day, group in by_day:
        batches = list(group)
        for number, batch in enumerate(batches):
            fault = FAULTS.get(day) if number == len(batches) // 2 else None
            if fault == "corrupt_object":
                delivery.put_corrupt(batch)
            elif fault is not None and fault != REDELIVERED:
                delivery.put_faulty(batch, fault)
            else:
                delivery.put_good(batch, as_base64=delivery.objects % BASE64_EVERY == BASE64_EVERY - 1)
                if fault == REDELIVERED:
                    delivery.put_again(batch[0])


def deliver_reference(delivery: Delivery, records: Sequence[Record]) -> None:
    """Write one object for each upload."""
    for number, (_, batch) in enumerate(groupby(records, key=lambda record: f"{record.moment:%Y%m%d%H%M}")):
        delivery.put_good(list(batch), as_base64=number % BASE64_EVERY == 1)


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
    for path in list(_objects(out)):
        path.unlink()
    deliveries = {
        "prompts": Delivery(out / "prompts", "", generator),  # Firehose puts nothing between records
        "reference": Delivery(out / "reference", "\n", generator),
    }
    deliver_prompts(deliveries["prompts"], prompts, start)
    deliver_reference(deliveries["reference"], reference)

    met = {record.metadata["module"] for record in prompts + reference}
    manifest = {
        "parameters": parameters,
        "model": MODEL,
        "dimension": DIMENSION,
        "windows": {
            name: {"start": iso(midnight(start, first)), "end": iso(midnight(start, last + 1))}
            for name, (first, last) in WINDOWS.items()
        },
        "families": {"known": sorted(met - NEW_FAMILY), "new": sorted(met & NEW_FAMILY)},
        "supply": {"docstrings": len(docstrings), "questions": len(questions), "passages": len(passages)},
        "unreadable_files": unreadable,
        "datasets": {name: delivery.account(start) for name, delivery in deliveries.items()},
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def parameters_of(seed: int, start: date, modules: Collection[str] | None = None) -> dict[str, Any]:
    """Return all that the bytes of an archive depend on."""
    versions = {"format": FORMAT, "python": platform.python_version(), "numpy": np.__version__}
    chosen = None if modules is None else sorted(modules)
    return versions | {"seed": seed, "start": start.isoformat(), "modules": chosen}


def complete_manifest(out: Path, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """Return the manifest of the archive in `out` if it has these parameters and all its objects are there."""
    path = out / MANIFEST
    if not path.exists():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    objects = sum(dataset["objects"] for dataset in manifest["datasets"].values())
    return manifest if manifest["parameters"] == parameters and objects == sum(1 for _ in _objects(out)) else None


def midnight(start: date, day: int) -> datetime:
    """Return the beginning of a day in UTC; the first day is 1."""
    return datetime.combine(start + timedelta(days=day - 1), time(), UTC)


def iso(moment: datetime) -> str:
    """Return a moment in UTC as ISO 8601 with milliseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the archive that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0], allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for prompts/, reference/ and MANIFEST.json")
    parser.add_argument("--seed", type=int, default=7, help="of the traffic (default: 7)")
    parser.add_argument("--start", type=date.fromisoformat, default=DEFAULT_START, help="day 1 (default: 2026-09-01)")
    options = parser.parse_args(arguments)
    there = complete_manifest(options.out, parameters_of(options.seed, options.start)) is not None
    try:
        manifest = make_archive(options.out, seed=options.seed, start=options.start)
    except TooLittleText as error:
        print(f"demo_archive: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: {'already there, nothing to do' if there else 'written'}")
    for name, counts in manifest["datasets"].items():
        outcome = ", ".join(f"{counts[kind]} {kind}" for kind in ("good", "quarantined", "duplicate"))
        print(f"  {name}: {counts['objects']} objects, {counts['records_in']} records ({outcome})")
    return 0


def _objects(out: Path) -> Iterator[Path]:
    for dataset in ("prompts", "reference"):
        yield from (out / dataset).rglob(f"{STREAM}-*.gz")


def _json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _with_numbers(fields: dict[str, Any], numbers: Sequence[str]) -> str:
    return f'{_json(fields)[:-1]},"embedding":[{",".join(numbers)}]}}'


if __name__ == "__main__":
    sys.exit(main())
