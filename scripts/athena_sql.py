"""Writes conf/athena/ from driftwell's SQL; a test checks that they are equal.

.venv/bin/python scripts/athena_sql.py
"""

from __future__ import annotations

from pathlib import Path

from driftwell.aws.athena_queries import QUERIES
from driftwell.aws.athena_sql import VIEWS, Query, registration, view_statement
from driftwell.aws.locations import s3_location
from driftwell.tables.schemas import TABLES

FOLDER = Path(__file__).parents[1] / "conf" / "athena"
DATABASE, TABLES_PATH = "driftwell", "s3://my-bucket/driftwell/tables"
"""Examples, for users to replace."""


def texts() -> dict[str, str]:
    """The content of every file below `FOLDER`, by name."""
    files = {}
    for table in TABLES.values():
        statement = registration(DATABASE, table.name, s3_location(TABLES_PATH).below(table.name))
        files[f"tables/{table.name}.sql"] = f"-- One row per {table.row}.\n{statement};\n"
    for view in VIEWS:
        files[f"views/{view.name}.sql"] = f"-- {_sentence(view.meaning)}\n{view_statement(view)};\n"
    for query in QUERIES:
        files[f"queries/{query.name}.sql"] = f"-- {_sentence(query.meaning)}\n{_parameters(query)}{query.sql};\n"
    return files


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _parameters(query: Query) -> str:
    lines = [f"-- ? {parameter.name}: {parameter.meaning} ({parameter.default})\n" for parameter in query.parameters]
    return "".join(lines)


if __name__ == "__main__":
    for old in FOLDER.rglob("*.sql"):
        old.unlink()
    for name, text in texts().items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
