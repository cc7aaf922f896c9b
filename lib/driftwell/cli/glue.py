"""The arguments that Glue adds to a script's own, and how to detect that Glue has started it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

PLATFORM_FLAGS = frozenset(
    {
        "JOB_NAME",
        "JOB_ID",
        "JOB_RUN_ID",
        "SECURITY_CONFIGURATION",
        "WORKFLOW_NAME",
        "WORKFLOW_RUN_ID",
        "TempDir",
        "auto-scale-within-microbatch",
        "class",
        "conf",
        "continuation-option",
        "continuous-log-logGroup",
        "continuous-log-logStreamPrefix",
        "continuous-log-conversionPattern",
        "customer-driver-env-vars",
        "customer-executor-env-vars",
        "datalake-formats",
        "debug",
        "disable-proxy-v2",
        "enable-auto-scaling",
        "enable-continuous-cloudwatch-log",
        "enable-continuous-log-filter",
        "enable-data-lineage",
        "enable-glue-datacatalog",
        "enable-job-insights",
        "enable-lakeformation-fine-grained-access",
        "enable-metrics",
        "enable-observability-metrics",
        "enable-rename-algorithm-v2",
        "enable-s3-parquet-optimized-committer",
        "enable-spark-ui",
        "encryption-type",
        "endpoint",
        "executor-cores",
        "extra-files",
        "extra-jars",
        "extra-py-files",
        "additional-python-modules",
        "job-bookmark-from",
        "job-bookmark-option",
        "job-bookmark-to",
        "job-language",
        "mode",
        "python-modules-installer-option",
        "redshiftTempDir",
        "RedshiftTempDir",
        "scriptLocation",
        "spark-event-logs-path",
        "use-postgres-driver",
        "user-jars-first",
        "write-shuffle-files-to-s3",
        "write-shuffle-spills-to-s3",
    }
)
"""Arguments that Glue passes to every script with the script's own; each may have a value or not."""

_DROPPED = frozenset(flag.replace("-", "_") for flag in PLATFORM_FLAGS)
_OF_A_JOB_RUN = frozenset({"JOB_NAME", "JOB_RUN_ID"})
_PIP_OPTIONS = "python_modules_installer_option"  # the only one whose value starts with hyphens: --no-deps


def started_by_glue(arguments: Sequence[str]) -> bool:
    """Whether Glue runs this script: it passes the job's name, and only Glue has the package awsglue."""
    return any(_flag(argument) in _OF_A_JOB_RUN for argument in arguments) or find_spec("awsglue") is not None


def without_glues_own(arguments: Sequence[str]) -> list[str]:
    """The arguments without Glue's, and without their values."""
    kept: list[str] = []
    dropped = ""  # Glue's flag whose value may come next
    for argument in arguments:
        flag = _flag(argument)
        if flag and dropped != _PIP_OPTIONS:
            if flag not in _DROPPED:
                kept.append(argument)
            dropped = flag if flag in _DROPPED and "=" not in argument else ""
        elif dropped:
            dropped = ""
        else:
            kept.append(argument)
    return kept


def _flag(argument: str) -> str:
    """The name of a flag, with underscores; empty for anything else."""
    return argument[2:].partition("=")[0].replace("-", "_") if argument.startswith("--") else ""
