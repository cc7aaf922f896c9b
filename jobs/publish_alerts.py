"""Publish metrics and changed verdicts; see `driftwell alerts --help`."""

import sys

from driftwell.packages import explain_missing

with explain_missing():
    from driftwell.cli.main import main

if __name__ == "__main__":
    code = main(["alerts", *sys.argv[1:]])
    if code:  # Glue takes any SystemExit, even of 0, for a failure
        sys.exit(code)
