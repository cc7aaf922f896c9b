#!/usr/bin/env bash
# Runs checks and tests as CI does, after setting up what they need.
#
#   scripts/test.sh [--line 4.1|3.5] [--all | pytest arguments...]
#
# --all: also the platform tests: a standalone cluster, S3 and AWS services (mocked by moto's server), the zip alone.
# The queries on Trino have their own script, test_athena.sh. With pytest arguments only pytest runs. A failed step
# does not stop the others; the exit code is that of the first failure.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

code=0
failed=""

# check NAME COMMAND...: runs a step and records whether it failed.
check() {
  local name=$1 status=0
  shift
  say "==> $name (Spark $line)"
  "$@" || status=$?
  if [ "$status" -eq 0 ]; then return; fi
  failed="${failed:+$failed, }$name"
  if [ "$code" -eq 0 ]; then code=$status; fi
}

lint() {
  check "ruff check" "$venv/bin/python" -m ruff check .
  check "ruff format" "$venv/bin/python" -m ruff format --check .
  # Only on one Spark version: annotations cannot fit two sets of stubs.
  if [ "$line" = 4.1 ]; then check "mypy" "$venv/bin/python" -m mypy; fi
}

use_line 4.1
if [ "${1:-}" = --line ]; then
  use_line "${2:-}"
  shift 2
fi
cd -- "$root"
lint=lint
if [ "${1:-}" = --all ]; then
  # The cluster tests repeat the runs of the shared deployment, so they come before tests that add to it.
  set -- tests/unit tests/cluster tests/spark tests/jobs tests/aws tests/athena tests/packaging
  # The lines differ in Spark, Delta and numpy. What depends on none of them is tested on the first line.
  if [ "$line" = 3.5 ]; then
    shift
    set -- tests/unit/numeric tests/unit/runs tests/unit/test_verdict_{[!b]*,blocks,budget}.py tests/unit/test_public_verdict.py \
      tests/unit/archive/test_{embedding,encodings,parquet_embeddings}.py \
      tests/unit/test_{arrow,environment,imports,java,kept,spark_conf,stopped,storage_errors,versions,workspace}.py "$@"
  fi
elif [ $# -gt 0 ]; then
  lint=:
fi
scripts/setup.sh --line "$line" --dev
export_spark_environment
$lint
check "pytest" "$venv/bin/python" -m pytest "$@"
if [ "$code" -eq 0 ]; then
  say "All passed (Spark $line)"
else
  say "FAILED (Spark $line): $failed"
fi
exit "$code"
