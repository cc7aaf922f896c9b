# Sourced by the scripts of this folder: paths, and what belongs to which Spark version (line).
# shellcheck shell=bash
set -euo pipefail

unset CDPATH
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

# Variables left by another project would change which packages and which Spark are used.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX SPARK_HOME SPARK_CONF_DIR
for name in "${!PYSPARK_@}"; do unset "$name"; done

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$@"
  exit 2
}

# use_line 4.1|3.5: sets line, venv and java_majors (the versions of Java this Spark runs on).
use_line() {
  line=$1
  case $line in
    4.1) venv=$root/.venv java_majors="17 21" ;;
    3.5) venv=$root/.venv-3.5 java_majors="17" ;;
    *) die "--line is $line; expected 4.1 or 3.5" ;;
  esac
}

# java_home_for PYTHON: prints the home of a suitable Java, or fails with one line on stderr.
java_home_for() {
  # shellcheck disable=SC2086 # one argument per version
  "$1" -I -S "$root/lib/driftwell/spark/java.py" $java_majors
}

# The variables that Spark reads: Java, and the same Python for the driver and its workers.
export_spark_environment() {
  JAVA_HOME=$(java_home_for "$venv/bin/python")
  PYSPARK_PYTHON=$venv/bin/python
  PYSPARK_DRIVER_PYTHON=$venv/bin/python
  export JAVA_HOME PYSPARK_PYTHON PYSPARK_DRIVER_PYTHON
}
