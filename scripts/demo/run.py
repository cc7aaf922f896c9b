"""The demo: archives made of Python's own documentation, run through every command in one Spark session."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from demo.archive import make_archive
from driftwell.cli.main import main
from driftwell.config import SparkSettings
from driftwell.spark.session import open_session


def run(folder: Path) -> int:
    """Create the archives in `folder` if they do not exist, and run the commands on them; 0 if all succeed."""
    print(f"creating archives from this Python's documentation in {folder / 'archive'}")
    manifest = make_archive(folder / "archive")
    spark = open_session(SparkSettings())
    try:
        for command in commands(folder, manifest):
            print(f"\n$ driftwell {shlex.join(command)}", flush=True)
            code = main(command, spark)
            if code:
                return code
    finally:
        spark.stop()
    print(f"\nThe results are Delta tables in {folder / 'tables'}, described in docs/tables.md.")
    return 0


def commands(folder: Path, manifest: dict) -> list[list[str]]:
    """The commands of the demo, as typed in a shell."""
    tables = ["--tables_path", str(folder / "tables")]
    windows = manifest["windows"]
    baseline, quiet, new = (windows[name] for name in ("baseline", "quiet_week", "new_family_week"))

    def window(of: dict) -> list[str]:
        return ["--window_start", of["start"], "--window_end", of["end"]]

    def drift(job_type: str, dataset: str, times: list[str]) -> list[str]:
        return ["drift", "--job_type", job_type, "--dataset", dataset, *tables, *times]

    return [
        *(
            ["ingest", "--dataset", d, "--role", d, "--data_path", str(folder / "archive" / d), *tables]
            for d in ("reference", "prompts")
        ),
        drift("BASELINE", "reference", ["--window_end", baseline["end"]]),
        drift("BASELINE", "prompts", window(baseline)),
        drift("SNAPSHOT", "prompts", window(quiet)),
        drift("SNAPSHOT", "prompts", window(new)),
        *(["distance", *tables, *window(of)] for of in (quiet, new)),
    ]


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
