"""How the objects of a dataset are read: the settings that determine it, resolved once when ingest begins."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime

from driftwell.archive.decode import DecodeRules
from driftwell.archive.key_dates import KeyDates
from driftwell.config import DatasetSettings, FieldNames, IngestSettings, Settings
from driftwell.tables.datasets import Dataset


@dataclass(frozen=True)
class Reading:
    """Settings of one ingest call.

    Attributes:
        of_dataset: those of the dataset. settings: those of ingest.
    """

    of_dataset: DatasetSettings
    settings: IngestSettings

    @property
    def stored(self) -> str:
        """The settings that determine what is read of an object, as JSON without defaults; kept in the ledger."""
        given, ingest = self.of_dataset, self.settings
        values = {
            **{f"fields.{f.name}": (getattr(given.fields, f.name), f.default) for f in fields(FieldNames)},
            **{name: (getattr(given, name), getattr(DatasetSettings(), name)) for name in ("encoding", "key_pattern")},
            **{
                name: (getattr(ingest, name), getattr(IngestSettings(), name))
                for name in ("store_text", "max_lateness_days")
            },
        }
        return json.dumps(
            {name: value for name, (value, default) in values.items() if value != default}, sort_keys=True
        )

    def key_dates(self, read_at: datetime) -> KeyDates:
        """How dates are found in the keys of objects read at a moment."""
        return KeyDates.read_at(read_at, self.of_dataset.key_pattern)

    def decode_rules(self, dataset: Dataset, read_at: datetime) -> DecodeRules:
        """How the decoder reads objects that were planned at a moment."""
        given, ingest = self.of_dataset, self.settings
        return DecodeRules(
            fields=given.fields,
            encoding=given.encoding,
            dimension=dataset.dimension or given.dimension,
            store_text=ingest.store_text,
            max_object_bytes=ingest.max_object_mb << 20,
            max_lateness_days=ingest.max_lateness_days,
            key_dates=self.key_dates(read_at),
        )


def reading_of(settings: Settings, name: str) -> Reading:
    """How a dataset is read with these settings."""
    return Reading(settings.dataset(name), settings.ingest)
