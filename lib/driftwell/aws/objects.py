"""Single objects in S3: configurations, and the files of a lease."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from driftwell.aws.client_errors import code_of, explained
from driftwell.aws.locations import S3Location
from driftwell.errors import StorageError

GONE = {"NoSuchKey", "404", "NotFound"}
THERE_ALREADY = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


def read_text(client: Any, location: S3Location) -> str:
    """An object as text.

    Raises:
        StorageError: if it is missing or cannot be read.
    """
    with explained(f"read {location}", f"s3:GetObject on {location}"):
        try:
            answer = client.get_object(Bucket=location.bucket, Key=location.key)
            return str(answer["Body"].read().decode("utf-8"))
        except ClientError as error:
            if code_of(error) in GONE:
                raise StorageError(f"{location} does not exist: correct the path") from error
            raise
        except UnicodeDecodeError as error:
            raise StorageError(f"{location} is not UTF-8 text: {error}") from error


class S3Files:
    """The files of a lease as objects in one folder. If two runs create the same one, S3 rejects one of them."""

    def __init__(self, client: Any, folder: S3Location) -> None:
        self._client, self._folder = client, folder
        # botocore supports the condition since August 2024; Glue 5.0 and older EMR releases have an older one.
        known = client.meta.service_model.operation_model("PutObject").input_shape.members
        self._condition = {"IfNoneMatch": "*"} if "IfNoneMatch" in known else {}
        self._creating = threading.local()
        if not self._condition:
            client.meta.events.register("before-call.s3.PutObject", self._add_condition)

    def names(self) -> list[str]:
        """Names of the existing objects."""
        start = f"{self._folder.key}/"
        with self._explained("list", "s3:ListBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._folder.bucket, Prefix=start)
            return [item["Key"].removeprefix(start) for page in pages for item in page.get("Contents", [])]

    def create(self, name: str, text: str) -> bool:
        """Create an object; False if it exists."""
        with self._explained("write", "s3:PutObject"):
            self._creating.now = True
            try:
                self._client.put_object(**self._place(name), Body=text.encode(), **self._condition)
            except ClientError as error:
                if code_of(error) in THERE_ALREADY:
                    return False
                raise
            finally:
                self._creating.now = False
        return True

    def read(self, name: str) -> tuple[str, float] | None:
        """An object's text and its age in seconds, by S3's own clock; None if it does not exist."""
        with self._explained("read", "s3:GetObject"):
            try:
                answer = self._client.get_object(**self._place(name))
                text = str(answer["Body"].read().decode("utf-8", errors="replace"))
            except ClientError as error:
                if code_of(error) in GONE:
                    return None
                raise
        said = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
        here_and_now = parsedate_to_datetime(said) if said else datetime.now(UTC)
        return text, (here_and_now - answer["LastModified"]).total_seconds()

    def write(self, name: str, text: str) -> None:
        """Write an object, replacing an existing one."""
        with self._explained("write", "s3:PutObject"):
            self._client.put_object(**self._place(name), Body=text.encode())

    def remove(self, name: str) -> None:
        """Delete an object, if it exists."""
        with self._explained("delete in", "s3:DeleteObject"):
            self._client.delete_object(**self._place(name))

    def _add_condition(self, params: dict[str, Any], **_event: Any) -> None:
        """Add the condition to the request headers; events run in the thread of their request."""
        if getattr(self._creating, "now", False):
            params["headers"]["If-None-Match"] = "*"

    def _place(self, name: str) -> dict[str, str]:
        found = self._folder.below(name)
        return {"Bucket": found.bucket, "Key": found.key}

    def _explained(self, verb: str, permission: str) -> Any:
        return explained(f"{verb} {self._folder}", f"{permission} on {self._folder}")
