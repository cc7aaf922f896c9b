"""Writes docs/tables.md from the schemas; a test checks that they are equal.

.venv/bin/python scripts/tables_doc.py
"""

from __future__ import annotations

from pathlib import Path

from driftwell.tables.schemas import TABLES
from driftwell.tables.schemas.table import Table

FILE = Path(__file__).parents[1] / "docs" / "tables.md"

INTRODUCTION = """# Tables

Plain Delta tables under one `tables_path`: snake_case names, UTC timestamps, reader version 1 without features, so that
Athena, Trino, DuckDB and deltalake read them. Generated from `lib/driftwell/tables/schemas/` by `scripts/tables_doc.py`.

- **Only completed runs count.** The row in `runs` is written last. Join on `run_id` with `status = 'done'`: rows of a run
  without such a row are from an interrupted attempt, and are replaced by the next one.
- **Undefined is null with a status**, never 0.
- Numbers are stored with nine significant digits.
- Distances are Euclidean (not squared), inertia and silhouette use squared distances; all are computed in the original
  space of the vectors, not in the principal subspace.

## Metrics in `drift`

The models have seen neither side: the baseline's value is measured on its calibration half.

| metric | meaning | range | effect |
|---|---|---|---|
| inertia | mean squared distance to the nearest centroid of the baseline | at least 0 | change / baseline value |
| mean_shift | Euclidean distance between the means of both sides | at least 0 | in units of the baseline's root total variance |
| total_variation | share of records that moved between clusters: half the sum of absolute differences of proportions | 0 to 1 | |
| jensen_shannon | Jensen-Shannon distance of the proportions, base 2 | 0 to 1 | |
| psi | population stability index of the proportions, each at least `drift.psi_epsilon` | at least 0 | |
| refit_dims95 | components for 95 % of the variance, refitted on equally large samples of both sides | 1 to dimension | change / baseline value |
| refit_inertia | inertia of clusters refitted on these samples | at least 0 | change / baseline value |
| refit_silhouette | silhouette of these clusters | -1 to 1 | change / size of the baseline value |

A distance of the baseline from itself is 0, so such a metric reads 0, value, value.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(section(table) for table in TABLES.values())])


def section(table: Table) -> str:
    """One table: the meaning of a row, its partitions, its columns."""
    partitions = f" Partitioned by {' and '.join(table.partitioned_by)}." if table.partitioned_by else ""
    lines = [
        f"## {table.name}",
        "",
        f"One row per {table.row}.{partitions}",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    lines += [f"| {column.name} | {column.type} | {column.meaning} |" for column in table.columns]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
