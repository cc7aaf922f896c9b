#!/usr/bin/env bash
# Runs every view and named query of conf/athena on Trino, the engine behind Athena:
#
#   scripts/test_athena.sh
#
# Reads the tables that tests/athena/test_made_tables.py leaves in .cache/athena, one folder per line; creates missing
# ones. Downloads Trino 476 with Maven into .cache/trino the first time (800 MB); it needs Java 24 or newer. Exit code
# 75: Trino or its Java is not available, and nothing was tested.
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
  command -v mvn >/dev/null || unavailable "Maven, which downloads Trino, is missing: sudo apt-get install maven"
  say "==> downloading Trino $version"
  mkdir -p "$cache"
  mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=io.trino:trino-server:$version:tar.gz -DoutputDirectory="$cache" >&2 ||
    unavailable "Maven could not download Trino $version (see above)"
  tar -xzf "$cache/trino-server-$version.tar.gz" -C "$cache"
  # Only the delta connector is used; the others would take most of the start-up time. Files that it shares with them
  # are hard links in the archive, so everything is unpacked first.
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
JAVA_HOME=$(java_home_for "$venv/bin/python") || unavailable "Trino $version needs Java 24 or newer (see above)"
export JAVA_HOME
fetch_trino
DRIFTWELL_TRINO=$home exec "$venv/bin/python" -m pytest -q tests/athena/trino "$@"
