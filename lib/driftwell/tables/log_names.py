"""Names in a Delta log that make a table exist: its commits and checkpoints.

A run that was killed, or met a full disk, may have left a log folder without any, with only temporary files, checksums
or folders of Delta's own in it. Then there is no table, and files beside the log do not belong to one.
"""

from __future__ import annotations

import re

COMMIT = re.compile(r"(\d{20})\.json")
CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d+\.\d+)?\.parquet")


def makes_a_table(name: str) -> bool:
    """Whether a file of this name in `_delta_log` means that the table exists."""
    return bool(COMMIT.fullmatch(name) or CHECKPOINT.fullmatch(name))
