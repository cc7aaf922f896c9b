"""A command stopped by Ctrl-C says so in one line, releases its lease, and continues when called again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys


def test_a_stopped_command_ends_with_a_line_and_can_be_called_again(deployment, tmp_path):
    tables = tmp_path / "tables"
    shutil.copytree(deployment.path, tables)
    command = [
        *(sys.executable, "-c", "from driftwell.cli.main import console; console()"),
        *("drift", "--job_type", "BASELINE", "--dataset", "reference"),
        *("--baseline_name", "later", "--window_end", "2026-03-06", "--tables_path", str(tables)),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    assert started.stderr is not None
    said = ""
    while "took" not in said:
        line = started.stderr.readline()
        assert line, said
        said += line
    started.send_signal(signal.SIGINT)
    _, rest = started.communicate(timeout=300)
    assert started.returncode == 130, rest
    assert "Traceback" not in said + rest
    assert "driftwell: stopped; run the same command again to resume" in rest.splitlines()
    assert deployment.tables.spark.read.format("delta").load(str(tables / "runs")).where("status = 'failed'").isEmpty()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
