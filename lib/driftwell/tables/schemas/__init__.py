"""Every table: its columns, their types and meaning, its partitions, and the columns indexed in Delta's log.

The meanings are stored with the tables as column comments, and `docs/tables.md` is generated from them.
"""

from __future__ import annotations

from driftwell.tables.schemas.distances import DISTANCE_STATS, PROMPT_DISTANCES
from driftwell.tables.schemas.operations import ALERTS, DATASETS, OBJECTS, RUNS
from driftwell.tables.schemas.profiles import CLUSTERS, PROFILES
from driftwell.tables.schemas.records import EMBEDDINGS, QUARANTINE, TEXTS
from driftwell.tables.schemas.verdicts import CLUSTER_DRIFT, DAILY_SUMS, DRIFT, VERDICTS

TABLES = {
    table.name: table
    for table in (
        DATASETS,
        OBJECTS,
        EMBEDDINGS,
        TEXTS,
        QUARANTINE,
        RUNS,
        PROFILES,
        CLUSTERS,
        DRIFT,
        CLUSTER_DRIFT,
        VERDICTS,
        DAILY_SUMS,
        DISTANCE_STATS,
        PROMPT_DISTANCES,
        ALERTS,
    )
}
