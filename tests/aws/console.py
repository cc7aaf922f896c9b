"""A console in a separate process: reads command lines from stdin as JSON, answers with code and output.

S3 needs a Spark session with other jars than the other tests. One session serves all commands; it is opened as by the
commands.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout

from driftwell.cli.main import main
from driftwell.config import SparkSettings
from driftwell.spark.session import open_session
from tests.conftest import SMALL


def answer(arguments: list[str], spark) -> dict[str, object]:
    """The result of one command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(arguments, spark)
        except Exception:
            traceback.print_exc()
            code = 1
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    # The process is too short-lived for the optimising compiler to pay: it took a third of all CPU time.
    quick = {"spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"}
    session = open_session(SparkSettings(master="local[2]", conf={**SMALL, **quick}), s3=True)
    session.conf.set("spark.databricks.delta.snapshotPartitions", "1")
    for line in sys.stdin:
        request = json.loads(line)
        for name, value in request.get("hadoop", {}).items():
            session._jsc.hadoopConfiguration().set(name, value)
        print(json.dumps(answer(request["arguments"], session)), flush=True)
    session.stop()
