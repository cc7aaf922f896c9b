"""The command `athena`: registers tables and views, runs named queries. It needs no Spark."""

from __future__ import annotations

import argparse
import re

from driftwell.aws.athena import Athena, Result, register
from driftwell.aws.athena_queries import QUERIES
from driftwell.aws.athena_sql import named, values_of
from driftwell.aws.clients import s3_client, service_client
from driftwell.aws.locations import is_s3
from driftwell.cli.text_table import text_table
from driftwell.config import Settings
from driftwell.errors import UsageError
from driftwell.terminal import terminal_width

DATABASE = re.compile(r"[a-z0-9_]{1,255}")


def run_athena(options: argparse.Namespace, settings: Settings) -> str:
    """Run `athena register` or `athena query`; returns what to show.

    Raises:
        UsageError: for a name, path or parameter that cannot be.
        StorageError: when a service refuses, or a query fails or is cancelled.
    """
    if not DATABASE.fullmatch(options.database):
        raise UsageError(f"--database is {options.database!r}, expected lower-case letters, digits and '_'")
    if options.output is not None and not is_s3(options.output):
        raise UsageError(f"--output is {options.output!r}, expected a folder in S3, such as s3://my-bucket/athena/")
    if options.action == "query":
        query = named(QUERIES, options.name)
        values = values_of(query, _given(options.parameter))
        return table(_athena(options).run(query.sql, values))
    path = options.tables_path or settings.tables_path
    if path is None or not is_s3(path):
        raise UsageError(
            f"--tables_path is {path!r}: Athena reads tables in S3, expected a path such as s3://my-bucket/tables"
        )
    return "\n".join(register(_athena(options), s3_client(), path)) or "all registrations are up to date"


def table(result: Result) -> str:
    """A result as aligned text; `-` stands for null."""
    return text_table(result.columns, result.rows, width=terminal_width()) if result.rows else "no rows"


def _athena(options: argparse.Namespace) -> Athena:
    return Athena(service_client("athena"), options.database, options.workgroup, options.output)


def _given(parameters: list[str]) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping."""
    given = {}
    for word in parameters:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--parameter is {word!r}, expected NAME=VALUE, such as metric=psi")
        given[name] = value
    return given
