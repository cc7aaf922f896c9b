#!/usr/bin/env bash
# From a fresh clone to a first report, with generated data:
#
#   scripts/demo.sh [DIR]
#
# Everything is written under DIR (default: demo, in the project folder).
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

folder=${1:-demo}
case $folder in
  /*) ;;
  # Relative to the current folder.
  *) if [ $# -gt 0 ]; then folder=$PWD/$folder; fi ;;
esac

use_line 4.1
cd -- "$root"
scripts/setup.sh --line "$line"
export_spark_environment
# -P: the folder that the demo writes may have the name of its package.
PYTHONPATH=scripts exec "$venv/bin/python" -P -m demo.run "$folder"
