#!/usr/bin/env bash
# Runs every view and named query of conf/athena on Trino, the engine that Athena is built on:
#
#   scripts/test_athena.sh
#
# Reads the tables that tests/athena/test_made_tables.py leaves in .cache/athena, one folder a line; makes those that
# are missing. Trino 476 comes by Maven into .cache/trino the first time (800 MB); it wants Java 24 or newer. Exit code
# 75: Trino or its Java is not to be had here, and nothing was tested.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

version=476
cache=$root/.cache/trino
home=$cache/trino-server-$version

unavailable() {
  say "$@"
  exit 75
}

fetch_trino() {
  if [ -f "$home/.complete" ]; then return; fi
  command -v mvn >/dev/null || unavailable "Trino comes by Maven. Install it: sudo apt-get install maven"
  say "==> fetching Trino $version"
  mkdir -p "$cache"
  mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=io.trino:trino-server:$version:tar.gz -DoutputDirectory="$cache" >&2 ||
    unavailable "Trino $version could not be fetched by Maven (see above)"
  tar -xzf "$cache/trino-server-$version.tar.gz" -C "$cache"
  # The delta connector is all that is used; the others would take most of the start. Files that it shares with them are
  # hard links in the archive, so all is unpacked first.
  find "$home/plugin" -mindepth 1 -maxdepth 1 ! -name delta-lake -exec rm -rf -- {} +
  rm -f -- "$cache/trino-server-$version.tar.gz"
  touch "$home/.complete"
}

make_tables() {
  use_line "$1"
  if compgen -G ".cache/athena/$line.*/alerts/_delta_log" >/dev/null; then return; fi
  scripts/setup.sh --line "$line" --dev
  (export_spark_environment && "$venv/bin/python" -m pytest -q tests/athena/test_made_tables.py)
}

cd -- "$root"
make_tables 3.5
make_tables 4.1
scripts/setup.sh --line 4.1 --dev
java_majors="25 24 26 27 28"
JAVA_HOME=$(java_home_for "$venv/bin/python") || unavailable "Trino $version wants Java 24 or newer (see above)"
export JAVA_HOME
fetch_trino
DRIFTWELL_TRINO=$home exec "$venv/bin/python" -m pytest -q tests/athena/trino "$@"
