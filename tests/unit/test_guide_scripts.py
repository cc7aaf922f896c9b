"""Scripts of the pages, run by bash with `aws` replaced by a function that records its arguments."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pyspark
import pytest
from botocore import xform_name
from botocore.session import get_session
from tests.guides import ROOT, blocks

from driftwell.cli.arguments import parse

AWS = 'aws() { printf \'%s\\0\' "$@" >> "$CALLS"; printf \'\\n\' >> "$CALLS"; }\n'


def run(script: str, folder: Path) -> str:
    """What a script prints; `calls` in the folder then holds its calls of `aws`."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "CALLS": str(folder / "calls")}
    command = ["bash", "-euc", AWS + script]
    return subprocess.run(command, cwd=folder, env=environment, check=True, text=True, capture_output=True).stdout


def calls(folder: Path) -> list[list[str]]:
    return [line.split("\0")[:-1] for line in (folder / "calls").read_text().splitlines()]


def block(guide: str, words: str) -> str:
    (found,) = blocks(guide, "bash", words)
    return found


def test_a_backfill_on_glue_starts_thirty_days_in_sequence(tmp_path):
    run(block("glue", "seq 0 29"), tmp_path)
    given = [call[call.index("--arguments") + 1].split(",") for call in calls(tmp_path)]
    found = [parse(["drift", "--job_type", "SNAPSHOT", "--dataset", "prompts", *flags]) for flags in given]
    days = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=i) for i in range(31)]
    assert [(day.window_start, day.window_end) for day in found] == list(pairwise(days))


def test_the_dashboard_gets_its_region_and_the_files_are_there(tmp_path):
    (tmp_path / "conf").symlink_to(ROOT / "conf")
    run(block("alerts", "put-dashboard"), tmp_path)
    text = (tmp_path / "conf/cloudwatch/dashboard.json").read_text(encoding="utf-8")
    made = json.loads((tmp_path / "dashboard.json").read_text(encoding="utf-8"))
    assert made == json.loads(text.replace("us-east-1", "eu-west-1")) != json.loads(text)
    files = [word.removeprefix("file://") for call in calls(tmp_path) for word in call if word.startswith("file://")]
    assert len(files) == 2 and all((tmp_path / file).is_file() for file in files)


def test_the_standalone_cluster_is_started_by_the_spark_of_the_pip_package(tmp_path):
    first, *_ = block("standalone", "spark-class").splitlines()
    home = Path(run(f'{first}\nprintf %s "$SPARK_HOME"', tmp_path))
    assert home == Path(pyspark.__file__).parent and (home / "bin" / "spark-class").is_file()


@pytest.mark.parametrize(
    ("guide", "words"),
    [
        ("glue", "aws glue create-job"),
        ("glue", "aws glue create-trigger"),
        ("glue", "seq 0 29"),
        ("emr", "aws emr-serverless"),
        ("alerts", "put-dashboard"),
    ],
)
def test_calls_of_the_aws_command_line_are_operations_with_these_parameters(tmp_path, guide, words):
    (tmp_path / "conf").symlink_to(ROOT / "conf")
    run(block(guide, words), tmp_path)
    asked = calls(tmp_path)
    assert asked
    for service, operation, *rest in asked:
        options = {word.removeprefix("--") for word in rest if re.fullmatch(r"--[a-z-]+", word)}
        assert options - {"cli-input-json"} <= parameters(service)[operation]


@cache
def parameters(service: str) -> dict[str, set[str]]:
    """Names of a service's operations and their parameters, as the command line writes them."""
    model = get_session().get_service_model(service)
    inputs = {name: model.operation_model(name).input_shape for name in model.operation_names}
    return {
        xform_name(name, "-"): {xform_name(member, "-") for member in (shape.members if shape else ())}
        for name, shape in inputs.items()
    }
