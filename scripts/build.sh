#!/usr/bin/env bash
# Builds the two forms in which driftwell travels, and prints their paths:
#
#   scripts/build.sh [--line 4.1|3.5]
#
# dist/driftwell-VERSION-py3-none-any.whl   for pip, and Glue's --additional-python-modules
# dist/driftwell.zip                        for spark-submit --py-files, and Glue's --extra-py-files
#
# The same sources give the same bytes. The line only decides whose environment builds.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

build_wheel() {
  # setuptools packs whatever an earlier build left in build/, deleted modules included.
  rm -rf -- build dist/driftwell-*.whl
  # 1980-01-01, the earliest time a zip can hold.
  SOURCE_DATE_EPOCH=315532800 "$venv/bin/python" -m pip wheel --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --wheel-dir dist . >&2
  rm -rf -- build
}

# Not compressed: compressed bytes differ between versions of zlib.
build_zip() {
  "$venv/bin/python" -I - lib/driftwell dist/driftwell.zip <<'PYTHON'
import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

package, target = map(Path, sys.argv[1:])
with ZipFile(target, "w") as archive:
    for source in sorted(package.rglob("*.py"), key=Path.as_posix):
        entry = ZipInfo(source.relative_to(package.parent).as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source.read_bytes())
PYTHON
}

use_line 4.1
case ${1:-} in
  "") ;;
  --line) use_line "${2:-}" ;;
  *) die "build.sh takes --line 4.1|3.5, not: $1" ;;
esac
cd -- "$root"
scripts/setup.sh --line "$line"
mkdir -p dist
umask 022
build_wheel
build_zip
printf '%s\n' "$root"/dist/driftwell-*.whl "$root/dist/driftwell.zip"
