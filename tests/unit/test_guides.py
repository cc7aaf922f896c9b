"""What the pages say to type does what they say: commands, argument lists of platforms, settings.

Their scripts are run by tests/unit/test_guide_scripts.py.
"""

from __future__ import annotations

import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from tests.guides import GUIDES, ROOT, blocks, lines, shown_json

from driftwell.alerts.metrics import UNITS, check_names
from driftwell.aws.athena_queries import QUERIES
from driftwell.aws.athena_sql import named, values_of
from driftwell.cli.arguments import parse
from driftwell.cli.athena import _given
from driftwell.config import DatasetSettings
from driftwell.config_file import load_settings
from driftwell.packages import LIMITS, PACKAGES
from driftwell.spark.conf import DELTA
from driftwell.times import iso

COMMANDS = {
    "ingest_archive.py": "ingest",
    "embedding_drift_analysis.py": "drift",
    "embedding_distance_analysis.py": "distance",
    "publish_alerts.py": "alerts",
}


TYPED = [line for guide in GUIDES for line in lines(guide) if line.startswith("driftwell ")]
BY_CRON = re.findall(r"/bin/(driftwell [^&\n]*)", GUIDES["standalone"])


def read_back(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


@pytest.mark.parametrize("line", [*TYPED, *BY_CRON])
def test_every_command_is_parsed_as_described(line):
    _, *words = shlex.split(line)
    first = next(i for i, word in enumerate(words) if word.startswith("--"))
    found = {name: read_back(value) for name, value in vars(parse(words)).items() if value not in (None, False, [])}
    named_so = dict(zip(("command", "action", "name"), words[:first], strict=False))
    for flag, value in zip(words[first:], [*words[first + 1 :], "--"], strict=True):
        if flag.startswith("--"):
            said = True if value.startswith("--") else [value] if flag == "--parameter" else value
            named_so[flag.removeprefix("--")] = said
    assert {name: found.pop(name, None) for name in named_so} == named_so
    assert found.keys() <= {"job_type", "prompt_dataset", "reference_dataset"}  # defaults of DISTANCE


def test_the_pages_show_commands():
    assert (len(TYPED), len(BY_CRON)) == (15, 2)


def test_queries_accept_the_parameters_they_are_given():
    asked = [parse(shlex.split(line)[1:]) for line in TYPED if line.startswith("driftwell athena query")]
    found = {query.name: values_of(named(QUERIES, query.name), _given(query.parameter)) for query in asked}
    assert found == {
        "latest_verdicts": [],
        "metric_history": ["psi"],
        "prompts_farthest": [7],
        "cost_per_run": [0.11, 0.11],  # two parameters
    }


@pytest.mark.parametrize("guide", GUIDES)
def test_every_json_block_is_json(guide):
    for block in blocks(guide, "json"):
        json.loads(block)


def test_settings_of_the_page_on_alerts_are_accepted(tmp_path):
    (block,) = blocks("alerts", "yaml")
    (tmp_path / "settings.yaml").write_text(block)
    settings = load_settings(str(tmp_path / "settings.yaml"))
    check_names(settings.alerts)
    assert (settings.alerts.namespace, settings.alerts.metric_names) == ("rag", {"metadata.similarity": "similarity"})
    assert settings.datasets == {"prompts": DatasetSettings(measures=("similarity",))}


def from_script(words: list[str]) -> Any:
    """The command line that a platform builds from a script's path and arguments."""
    index = next(i for i, word in enumerate(words) if word.endswith(".py") and Path(word).name in COMMANDS)
    return parse([COMMANDS[Path(words[index]).name], *words[index + 1 :]])


def test_glues_default_arguments_are_parsed_as_glue_passes_them():
    given = shown_json("glue", "--datalake-formats")
    words = ["--JOB_NAME", "driftwell-drift", "--enable-metrics"]  # without its value, as Glue passes an empty one
    words += [word for flag, value in given.items() if value for word in (flag, value)]
    found = parse(["drift", *words])
    assert (found.job_type, found.dataset, found.config) == ("SNAPSHOT", "prompts", given["--config"])
    assert dict(setting.split("=", 1) for setting in given["--conf"].split(" --conf ")) == DELTA


def test_steps_of_emr_are_parsed():
    steps = shown_json("emr", '"Type": "SPARK"')
    found = [from_script(step["Args"]) for step in steps]
    assert [command.command for command in found] == ["ingest", "drift", "distance", "alerts"]


def test_the_clusters_of_emr_have_deltas_settings_and_the_packages_that_work():
    classes = shown_json("emr", '"Classification"')
    assert errors_of("emr", "RunJobFlowInput", "Configurations", classes) == ""
    properties = {found["Classification"]: found["Properties"] for found in classes}
    assert properties["spark-defaults"].items() >= DELTA.items()
    (installed,) = (line.partition("pip install ")[2] for line in lines("emr") if line.startswith("sudo "))
    wanted = {LIMITS.get(package, package) for package in PACKAGES.values()} - {"driftwell"} | {"orjson"}
    assert set(shlex.split(installed)) == wanted


def errors_of(service: str, shape: str, member: str, value: Any) -> str:
    """Objections of Amazon's own description of a call to a value in it."""
    members = get_session().get_service_model(service).shape_for(shape).members
    return str(ParamValidator().validate(value, members[member]).generate_report())


def test_the_driver_of_emr_serverless_is_parsed():
    shown = shown_json("emr", "sparkSubmit")
    assert errors_of("emr-serverless", "StartJobRunRequest", "jobDriver", shown) == ""
    driver = shown["sparkSubmit"]
    assert from_script([driver["entryPoint"], *driver["entryPointArguments"]]).job_type == "SNAPSHOT"
    words = shlex.split(driver["sparkSubmitParameters"])
    assert words[::2] == ["--conf"] * (len(words) // 2)
    assert dict(setting.split("=", 1) for setting in words[1::2]).items() >= DELTA.items()


def test_spark_submit_of_a_standalone_cluster_is_parsed():
    (line,) = [line for line in lines("standalone") if "spark-submit --master" in line]
    found = from_script(shlex.split(line))
    assert (found.command, found.job_type, found.tables_path) == ("drift", "SNAPSHOT", "/shared/tables")


@pytest.mark.parametrize("line", ["4.1", "3.5"])
def test_deltas_package_is_the_one_that_is_tested(line):
    pinned = dict(re.findall(r"^(\S+)==(\S+)$", (ROOT / f"conf/constraints-{line}.txt").read_text(), re.MULTILINE))
    scala = {"4.1": "4.1_2.13", "3.5": "2.12"}[line]
    assert pinned["pyspark"].startswith(line)
    assert f"io.delta:delta-spark_{scala}:{pinned['delta-spark']}" in GUIDES["standalone"]


def test_the_table_of_queries_is_that_of_the_code():
    rows = re.findall(r"^\| (\w+) \| [^|]+\| ([\w, ]*)\|$", GUIDES["athena"], re.MULTILINE)
    documented = {name: [word.strip() for word in parameters.split(",") if word.strip()] for name, parameters in rows}
    documented.pop("query", None)
    assert documented == {query.name: list(dict.fromkeys(p.name for p in query.parameters)) for query in QUERIES}


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
