"""The configuration file, on a disk or in S3."""

from __future__ import annotations

from driftwell.aws.clients import s3_client
from driftwell.aws.locations import is_s3, s3_location
from driftwell.aws.objects import read_text
from driftwell.config import Settings
from driftwell.config_file import load_settings, settings_of


def settings_at(path: str | None) -> Settings:
    """Settings from a YAML file; all defaults for None.

    Raises:
        UsageError: for a missing file, bad YAML, an unknown key or a value of the wrong type or range.
        StorageError: when S3 refuses it.
    """
    if path is not None and is_s3(path):
        return settings_of(read_text(s3_client(), s3_location(path)), path)
    return load_settings(path)
