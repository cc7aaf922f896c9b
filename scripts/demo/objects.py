"""Objects as Amazon Data Firehose delivers them: gzip under YYYY/MM/dd/HH/, with the faults of a real archive."""

from __future__ import annotations

import base64
import gzip
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from numpy.random import Generator

from demo.embedding import DIMENSION, MODEL, FloatArray

STREAM = "driftwell-demo-1"  # Firehose names an object stream-version-time-uuid
BASE64_EVERY = 20  # one in so many objects carries base64 instead of numbers

# Day: the fault in its middle object of prompts. One a day, so that faults do not interact.
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


@dataclass(frozen=True)
class Record:
    """One embedded text as delivered; `embedding` has shape (256,)."""

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
        """Return the record with one fault, for which a reader should give `reason`."""
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
    """Writes the objects of one dataset into the folder `root` and counts what it wrote."""

    root: Path
    separator: str
    generator: Generator
    objects: int = 0
    good: list[Record] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)

    def put(self, moment: datetime, lines: Sequence[str], *, truncated: bool = False) -> str:
        """Write one object started at `moment`, and return its key, relative to `root`."""
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
        """Write one object without its second half: all its records are lost."""
        key = self.put(batch[0].moment, [record.encode() for record in batch], truncated=True)
        lost = [record.record_id for record in batch]
        self.faults.append({"reason": "corrupt_object", "object_key": key, "position": None, "record_ids": lost})

    def put_faulty(self, batch: Sequence[Record], reason: str) -> None:
        """Write one object with one faulty record."""
        # What follows a record that is not JSON could be read as a part of it, so it comes last.
        position = len(batch) - 1 if reason == "not_json" else len(batch) // 2
        lines = [record.encode() for record in batch]
        lines[position] = batch[position].spoil(reason)
        key = self.put(batch[0].moment, lines)
        self.good += [*batch[:position], *batch[position + 1 :]]
        spoiled = [batch[position].record_id]
        self.faults.append({"reason": reason, "object_key": key, "position": position, "record_ids": spoiled})

    def put_again(self, record: Record) -> None:
        """Write a record a second time, in a separate object at the end of the same hour."""
        key = self.put(record.moment.replace(minute=59, second=59), [record.encode()])
        self.duplicates.append({"object_key": key, "position": 0, "record_ids": [record.record_id]})

    def account(self) -> dict[str, Any]:
        """Return the counts: records_in = good + quarantined + duplicate, where a corrupt object counts as one."""
        return {
            "objects": self.objects,
            "records_in": len(self.good) + len(self.faults) + len(self.duplicates),
            "good": len(self.good),
            "quarantined": len(self.faults),
            "duplicate": len(self.duplicates),
            "quarantined_by_reason": dict(Counter(fault["reason"] for fault in self.faults)),
            "faults": self.faults,
            "duplicates": self.duplicates,
        }


def deliver_prompts(delivery: Delivery, records: Sequence[Record], start: date) -> None:
    """Write one object per hour, with the faults and redeliveries of FAULTS."""
    hours = [list(batch) for _, batch in groupby(records, key=lambda record: f"{record.moment:%Y%m%d%H}")]
    by_day = groupby(hours, key=lambda batch: (batch[0].moment.date() - start).days + 1)
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


def objects_in(out: Path) -> Iterator[Path]:
    """Yield the objects written for the two datasets in the folder `out`."""
    for dataset in ("prompts", "reference"):
        yield from (out / dataset).rglob(f"{STREAM}-*.gz")


def iso(moment: datetime) -> str:
    """Return a moment in UTC as ISO 8601 with milliseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _with_numbers(fields: dict[str, Any], numbers: Sequence[str]) -> str:
    return f'{_json(fields)[:-1]},"embedding":[{",".join(numbers)}]}}'
