"""Packs the package into a zip for spark-submit --py-files, reproducibly.

build_zip.py lib/driftwell dist/driftwell.zip
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

EARLIEST = (1980, 1, 1, 0, 0, 0)


def build_zip(package: Path, target: Path) -> None:
    """Write every module of a package, sorted by name, uncompressed: zlib's output differs by version."""
    with ZipFile(target, "w") as archive:
        for source in sorted(package.rglob("*.py"), key=Path.as_posix):
            entry = ZipInfo(source.relative_to(package.parent).as_posix(), date_time=EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, source.read_bytes())


if __name__ == "__main__":
    build_zip(*map(Path, sys.argv[1:]))
