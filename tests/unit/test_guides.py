"""What the guides tell people to type is understood: commands, argument lists as platforms hand them on, JSON."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from driftwell.alerts.metrics import UNITS
from driftwell.aws.athena_queries import QUERIES
from driftwell.cli.arguments import parse

DOCS = Path(__file__).parents[2] / "docs"
NAMES = ("glue", "emr", "standalone", "athena", "alerts")
GUIDES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in NAMES}
COMMANDS = {
    "ingest_archive.py": "ingest",
    "embedding_drift_analysis.py": "drift",
    "embedding_distance_analysis.py": "distance",
    "publish_alerts.py": "alerts",
}


def blocks(guide: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDES[guide], re.DOTALL)


def lines(guide: str) -> list[str]:
    """Shell lines, with continued ones joined."""
    return [line for block in blocks(guide, "bash") for line in block.replace("\\\n", " ").splitlines()]


TYPED = [line for guide in GUIDES for line in lines(guide) if line.startswith("driftwell ")]


@pytest.mark.parametrize("line", TYPED)
def test_every_command_is_understood(line):
    assert parse(shlex.split(line)[1:]).command


def test_the_guides_show_commands():
    assert len(TYPED) >= 7


@pytest.mark.parametrize("guide", GUIDES)
def test_every_json_block_is_json(guide):
    for block in blocks(guide, "json"):
        json.loads(block)


def from_script(words: list[str]) -> Any:
    """A command line that a platform makes of a script's path and what follows it."""
    index = next(i for i, word in enumerate(words) if word.endswith(".py") and Path(word).name in COMMANDS)
    return parse([COMMANDS[Path(words[index]).name], *words[index + 1 :]])


def test_glues_default_arguments_are_understood_as_glue_passes_them():
    (given,) = (json.loads(block) for block in blocks("glue", "json") if "--datalake-formats" in block)
    words = ["--JOB_NAME", "driftwell-drift", "--enable-metrics"]  # without its value, as Glue passes an empty one
    words += [word for flag, value in given.items() if value for word in (flag, value)]
    found = parse(["drift", *words])
    assert (found.job_type, found.dataset, found.config) == ("SNAPSHOT", "prompts", given["--config"])


def test_steps_of_emr_are_understood():
    (steps,) = (json.loads(block) for block in blocks("emr", "json") if '"Type": "SPARK"' in block)
    found = [from_script(step["Args"]) for step in steps]
    assert [command.command for command in found] == ["ingest", "drift", "distance", "alerts"]


def test_the_driver_of_emr_serverless_is_understood():
    (driver,) = (json.loads(block)["sparkSubmit"] for block in blocks("emr", "json") if "sparkSubmit" in block)
    assert from_script([driver["entryPoint"], *driver["entryPointArguments"]]).job_type == "SNAPSHOT"
    words = shlex.split(driver["sparkSubmitParameters"])
    assert words[::2] == ["--conf"] * (len(words) // 2)


def test_spark_submit_of_a_standalone_cluster_is_understood():
    (line,) = [line for line in lines("standalone") if "spark-submit --master" in line]
    assert from_script(shlex.split(line)).tables_path == "/shared/tables"


def test_the_table_of_queries_is_that_of_the_code():
    rows = re.findall(r"^\| (\w+) \| [^|]+\| ([\w, ]*)\|$", GUIDES["athena"], re.MULTILINE)
    told = {name: [word.strip() for word in parameters.split(",") if word.strip()] for name, parameters in rows}
    told.pop("query", None)
    assert told == {query.name: list(dict.fromkeys(p.name for p in query.parameters)) for query in QUERIES}


def test_the_table_of_metrics_is_that_of_the_code():
    rows = re.findall(r"^\| ([\w., ]+) \| Dataset", GUIDES["alerts"], re.MULTILINE)
    assert {name.strip() for row in rows for name in row.split(",")} - {"metadata.KEY"} == set(UNITS)


def test_policies_allow_what_is_called():
    def actions(guide: str) -> set[str]:
        policies = (json.loads(block) for block in blocks(guide, "json") if '"Statement"' in block)
        return {action for policy in policies for statement in policy["Statement"] for action in statement["Action"]}

    writing = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
    assert writing | {"cloudwatch:PutMetricData", "sns:Publish"} <= actions("glue")
    called = {"StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetTableMetadata"}
    assert {f"athena:{name}" for name in called} <= actions("athena")
