"""Columns of a Delta table in S3, from its log alone: tables are registered without Spark."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow.parquet as pq

from driftwell.aws.client_errors import explained
from driftwell.aws.locations import S3Location
from driftwell.errors import StorageError
from driftwell.tables.log_names import CHECKPOINT, COMMIT


def delta_columns(client: Any, table: S3Location) -> list[str] | None:
    """Names of a table's columns in order; None if there is no table.

    Raises:
        StorageError: if S3 fails, or the log is damaged.
    """
    log = table.below("_delta_log")
    with explained(f"read the log of {table}", f"s3:ListBucket and s3:GetObject on {table}"):
        names = _names(client, log)
        commits = {int(found[1]): name for name in names if (found := COMMIT.fullmatch(name))}
        checkpoints = [(int(found[1]), name) for name in names if (found := CHECKPOINT.fullmatch(name))]
        if not commits and not checkpoints:
            return None
        newest = max((version for version, _ in checkpoints), default=-1)
        for version in sorted((version for version in commits if version > newest), reverse=True):
            schema = _schema_in_commit(_bytes(client, log.below(commits[version])))
            if schema:
                return _column_names(schema)
        for name in (name for version, name in checkpoints if version == newest):
            schema = _schema_in_checkpoint(_bytes(client, log.below(name)))
            if schema:
                return _column_names(schema)
    raise StorageError(
        f"{log} has no schema: objects of the log are missing; restore them from an older version "
        "or a backup of the bucket, or write the tables to another tables_path"
    )


def _names(client: Any, folder: S3Location) -> list[str]:
    start = f"{folder.key}/"
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=start)
    return [item["Key"].removeprefix(start) for page in pages for item in page.get("Contents", [])]


def _bytes(client: Any, location: S3Location) -> bytes:
    return bytes(client.get_object(Bucket=location.bucket, Key=location.key)["Body"].read())


def _schema_in_commit(content: bytes) -> str | None:
    for line in content.decode("utf-8").splitlines():
        metadata = json.loads(line).get("metaData")
        if metadata:
            return str(metadata["schemaString"])
    return None


def _schema_in_checkpoint(content: bytes) -> str | None:
    actions = pq.read_table(io.BytesIO(content), columns=["metaData"])["metaData"].to_pylist()
    return next((str(action["schemaString"]) for action in actions if action and action["schemaString"]), None)


def _column_names(schema: str) -> list[str]:
    return [str(field["name"]) for field in json.loads(schema)["fields"]]
