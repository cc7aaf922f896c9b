"""Locations in S3."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCHEME = re.compile(r"s3[an]?://")


@dataclass(frozen=True)
class S3Location:
    """A bucket and a key or key prefix, without a leading or trailing slash."""

    bucket: str
    key: str

    def below(self, *parts: str) -> S3Location:
        """A location below this one."""
        return S3Location(self.bucket, "/".join(part for part in (self.key, *parts) if part))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}".rstrip("/")


def is_s3(path: str | None) -> bool:
    """Whether a path is in S3, with any of the three schemes."""
    return path is not None and SCHEME.match(path) is not None


def s3_location(path: str) -> S3Location:
    """The bucket and key of an s3://, s3a:// or s3n:// path."""
    bucket, _, key = SCHEME.sub("", path, count=1).partition("/")
    return S3Location(bucket, key.strip("/"))
