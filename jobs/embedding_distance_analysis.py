"""Measure how far prompts lie from the reference; see `driftwell distance --help`."""

import sys

from driftwell.packages import explain_missing

with explain_missing():
    from driftwell.cli.main import main

if __name__ == "__main__":
    code = main(["distance", *sys.argv[1:]])
    if code:  # Glue takes any SystemExit, even of 0, for a failure
        sys.exit(code)
