#!/usr/bin/env bash
# Tests of where driftwell runs, which take their time: the jobs on a standalone cluster, on S3 (moto's server), beside
# Amazon's services, and from the zip alone.
#
#   scripts/test_platforms.sh [--line 4.1|3.5] [pytest arguments...]
#
# The queries on Trino have a script of their own, scripts/test_athena.sh.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

use_line 4.1
if [ "${1:-}" = --line ]; then
  use_line "${2:-}"
  shift 2
fi
cd -- "$root"
exec scripts/test.sh --line "$line" tests/cluster tests/aws tests/packaging tests/athena "$@"
