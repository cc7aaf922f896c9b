"""Names in a Delta log that make a table exist: its commits and checkpoints.

A run that was killed, or met a full disk, may have left the log's folder without any, with temporary files, checksums
or folders of Delta's own in it. There is no table then, and whatever lies beside the log belongs to none.
"""

from __future__ import annotations

import re

COMMIT = re.compile(r"(\d{20})\.json")
CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d+\.\d+)?\.parquet")


def makes_a_table(name: str) -> bool:
    """Whether a file of this name in `_delta_log` says that there is a table."""
    return bool(COMMIT.fullmatch(name) or CHECKPOINT.fullmatch(name))
