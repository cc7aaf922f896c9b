#!/usr/bin/env bash
# Checks and tests, as CI runs them; sets up what it needs.
#
#   scripts/test.sh [--line 4.1|3.5] [pytest arguments...]
#
# With pytest arguments only pytest runs. A failed step does not stop the others; the exit code is that of the first.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

code=0
failed=""

# check NAME COMMAND...: runs a step and remembers whether it failed.
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
  # The types of one Spark are enough: annotations cannot fit two sets of stubs.
  if [ "$line" = 4.1 ]; then check "mypy" "$venv/bin/python" -m mypy; fi
}

use_line 4.1
if [ "${1:-}" = --line ]; then
  use_line "${2:-}"
  shift 2
fi
cd -- "$root"
scripts/setup.sh --line "$line" --dev
export_spark_environment
if [ $# -eq 0 ]; then lint; fi
check "pytest" "$venv/bin/python" -m pytest "$@"
if [ "$code" -eq 0 ]; then
  say "All passed (Spark $line)"
else
  say "FAILED (Spark $line): $failed"
fi
exit "$code"
