"""Trino, started once over the tables that both lines wrote; `scripts/test_athena.sh` installs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from driftwell.aws.athena_sql import VIEWS
from driftwell.tables.schemas import TABLES
from tests.athena.test_made_tables import KEPT
from tests.athena.trino.server import Trino

HOME = os.environ.get("DRIFTWELL_TRINO")
LINES = sorted(folder.name for folder in KEPT.glob("[0-9]*")) if HOME else []

# Without a server there is nothing to collect: ./scripts/test_athena.sh sets its place.
collect_ignore_glob = [] if HOME else ["test_*.py"]


@dataclass(frozen=True)
class Database:
    """The tables of one line as a schema of Trino, with the views over them."""

    trino: Trino
    name: str

    def run(self, statement: str) -> list[dict[str, Any]]:
        """Rows of a statement."""
        return self.trino.run(statement, self.name)


@pytest.fixture(scope="session")
def trino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    """A server over `.cache/athena`."""
    shutil.rmtree(KEPT / "metastore", ignore_errors=True)
    server = Trino(Path(HOME or ""), KEPT, tmp_path_factory.mktemp("trino"), "metastore")
    yield server
    server.stop()


@pytest.fixture(scope="session", params=LINES)
def database(request: pytest.FixtureRequest, trino: Trino) -> Database:
    """The tables that one line wrote."""
    made = Database(trino, "spark_" + request.param.replace(".", "_"))
    made.run(f"CREATE SCHEMA delta.{made.name} WITH (location = 'local:///{made.name}')")
    for table in TABLES:
        made.run(f"CALL delta.system.register_table('{made.name}', '{table}', 'local:///{request.param}/{table}')")
    for view in VIEWS:
        made.run(f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}")
    return made
