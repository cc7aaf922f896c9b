#!/usr/bin/env bash
# Builds the distributable files and prints their paths:
#
#   scripts/build.sh [--line 4.1|3.5]
#
# dist/driftwell-VERSION-py3-none-any.whl   for pip, and Glue's --additional-python-modules
# dist/driftwell.zip                        for spark-submit --py-files, and Glue's --extra-py-files
# dist/jobs/                                the scripts that spark-submit and Glue run
#
# The build is reproducible. --line only selects the environment that builds.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

build_wheel() {
  # setuptools packs everything that an earlier build left in build/, including deleted modules.
  rm -rf -- build dist/driftwell-*.whl
  # 1980-01-01, the earliest time in a zip.
  SOURCE_DATE_EPOCH=315532800 "$venv/bin/python" -m pip wheel --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --wheel-dir dist . >&2
  rm -rf -- build
}

use_line 4.1
case ${1:-} in
  "") ;;
  --line) use_line "${2:-}" ;;
  *) die "build.sh: unknown argument $1; expected --line 4.1|3.5" ;;
esac
cd -- "$root"
scripts/setup.sh --line "$line"
mkdir -p dist
umask 022
build_wheel
"$venv/bin/python" -I scripts/build_zip.py lib/driftwell dist/driftwell.zip
rm -rf -- dist/jobs
cp -R jobs dist/jobs
rm -rf -- dist/jobs/__pycache__
printf '%s\n' "$root"/dist/driftwell-*.whl "$root/dist/driftwell.zip" "$root"/dist/jobs/*.py
