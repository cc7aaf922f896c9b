"""A row of a table, built on the driver."""

from typing import Any

Row = dict[str, Any]
"""Columns by name; one that is missing is null."""
