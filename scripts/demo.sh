#!/usr/bin/env bash
# From a fresh clone to a first report, with made-up data:
#
#   scripts/demo.sh [DIR]
#
# Everything is written under DIR (default: demo, in the project folder).
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

folder=${1:-demo}
case $folder in
  /*) ;;
  # Relative to where the command was typed.
  *) if [ $# -gt 0 ]; then folder=$PWD/$folder; fi ;;
esac

use_line 4.1
cd -- "$root"
scripts/setup.sh --line "$line"
export_spark_environment
# -P: the folder that the demo writes may be named like its code.
PYTHONPATH=scripts exec "$venv/bin/python" -P -m demo.run "$folder"
