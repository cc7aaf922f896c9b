#!/usr/bin/env bash
# Sets up a fresh clone: a virtual environment with Spark and driftwell, and Java.
#
#   scripts/setup.sh [--line 4.1|3.5] [--dev]
#
# --line  version of Spark: 4.1 (default, in .venv) or 3.5 (in .venv-3.5)
# --dev   also install what tests and checks need
# PYTHON  (environment) the Python to use, instead of the newest suitable one on PATH
#
# A later run does nothing, in under a second, unless something it depends on has changed.
# As root on Debian or Ubuntu it installs missing system packages; elsewhere it prints the command and exits with 2.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

log=$(mktemp "${TMPDIR:-/tmp}/driftwell-setup.XXXXXX")
trap 'rm -f -- "$log"' EXIT
apt_list_is_fresh=""

parse_arguments() {
  use_line 4.1
  extras=local
  while [ $# -gt 0 ]; do
    case $1 in
      --line) use_line "${2:-}" && shift 2 ;;
      --dev) extras=local,dev && shift ;;
      *) die "setup.sh: unknown argument $1; expected --line 4.1|3.5 or --dev" ;;
    esac
  done
  constraints=conf/constraints-$line.txt
}

# logged COMMAND...: runs it silently; if it fails, shows the end of its output.
logged() {
  if "$@" >>"$log" 2>&1; then return; fi
  trap - EXIT
  say "Failed: $*" "(full log: $log)"
  tail -n 20 -- "$log" >&2
  return 1
}

# describe_python PYTHON: prints its version and its path, outside any virtual environment.
# Fails unless it is a working Python 3: version managers put commands on PATH that only print an error.
describe_python() {
  "$1" -I -c '
import os, sys
version = "%d.%d" % sys.version_info[:2]
base = os.path.join(sys.base_prefix, "bin", "python" + version)
print(version, base if os.access(base, os.X_OK) else sys.executable)' 2>/dev/null
}

suits_line() {
  case $line:$1 in
    3.5:3.11 | 3.5:3.12) ;;
    4.1:3.1[1-9]) ;;
    *) return 1 ;;
  esac
}

# Sets python and version.
find_python() {
  local candidates=(python3.13 python3.12 python3.11 python3) candidate answer found=""
  if [ -n "${PYTHON:-}" ]; then candidates=("$PYTHON"); fi
  for candidate in "${candidates[@]}"; do
    if ! answer=$(describe_python "$candidate"); then
      if [ -n "${PYTHON:-}" ]; then found=" PYTHON=$PYTHON does not run;"; fi
      continue
    fi
    version=${answer%% *} python=${answer#* }
    if suits_line "$version"; then return; fi
    found="$found $candidate is $version;"
  done
  local wanted="3.11 or newer"
  if [ "$line" = 3.5 ]; then wanted="3.11 or 3.12"; fi
  found=${found%;}
  die "Spark $line needs Python $wanted; found:${found:- no Python 3}. Install one with its venv module" \
    "(such as: sudo apt-get install python3.11 python3.11-venv; brew install python@3.12) or set PYTHON to its path."
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
  if [ -z "$apt_list_is_fresh" ]; then
    # An unreachable source does not matter if the package comes from another one.
    apt-get -qq update >>"$log" 2>&1 || say "  (apt-get update failed; trying with the existing package list)"
    apt_list_is_fresh=yes
  fi
  say "  installing $1"
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$1" >>"$log" 2>&1
}

makes_venvs() { "$python" -I -c 'import venv; from ensurepip import bootstrap' 2>/dev/null; }

require_venv_module() {
  local package=python$version-venv
  if ! makes_venvs && can_install; then apt_install "$package" || tail -n 5 -- "$log" >&2; fi
  makes_venvs || die "$python cannot create virtual environments. Install the venv module: sudo apt-get install $package"
}

# require_java PYTHON: PYTHON is any working one; sets java_home.
require_java() {
  if can_install && ! java_home_for "$1" >/dev/null 2>&1; then install_java; fi
  java_home=$(java_home_for "$1") || exit 2
}

install_java() {
  local major
  for major in $java_majors; do
    if apt_install "openjdk-$major-jre-headless"; then return; fi
  done
  tail -n 5 -- "$log" >&2
}

# Hash of everything that the environment depends on, except the extras, which are in the stamp's name.
fingerprint() {
  "$venv/bin/python" -I -c '
import hashlib, sys
digest = hashlib.sha256("\n".join([sys.version, sys.argv[1]]).encode())
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        digest.update(file.read())
print(digest.hexdigest())' "$root" setup.py lib/driftwell/__init__.py "$constraints"
}

has_version() { [ "$(describe_python "$1" | cut -d ' ' -f 1)" = "$2" ]; }

is_up_to_date() {
  local stamp=$venv/.setup-$extras
  if [ ! -f "$stamp" ]; then return 1; fi
  if [ "$(cat -- "$stamp")" != "$(fingerprint 2>/dev/null)" ]; then return 1; fi
  if [ -z "${PYTHON:-}" ]; then return; fi
  has_version "$venv/bin/python" "$(describe_python "$PYTHON" | cut -d ' ' -f 1)"
}

make_venv() {
  # Scripts in an environment contain its path: if it was moved, or left incomplete, pip does not run.
  if has_version "$venv/bin/python" "$version" && "$venv/bin/pip" --version >/dev/null 2>&1; then return; fi
  say "  creating ${venv##*/}"
  logged "$python" -I -m venv --clear "$venv"
}

install_packages() {
  local pip=("$venv/bin/python" -m pip install --progress-bar off --no-input --disable-pip-version-check -c "$constraints")
  say "  installing Spark $line and other packages (600 to 700 MB to download the first time)"
  rm -f -- "$venv"/.setup-*
  logged "${pip[@]}" setuptools
  logged "${pip[@]}" --no-build-isolation -e ".[$extras]"
  local stamp hash
  hash=$(fingerprint)
  for stamp in local "$extras"; do printf '%s\n' "$hash" >"$venv/.setup-$stamp"; done
}

main() {
  parse_arguments "$@"
  cd -- "$root"
  if is_up_to_date; then
    require_java "$venv/bin/python"
    say "${venv##*/} is up to date"
    return
  fi
  say "Setting up driftwell with Spark $line"
  find_python
  say "  Python $version: $python"
  require_java "$python"
  say "  Java: $java_home"
  require_venv_module
  make_venv
  install_packages
  say "  ready after $SECONDS s: ${venv##*/}/bin/driftwell"
}

main "$@"
