"""What driftwell needs and a platform may lack, named with the argument that brings it. Standard library only.

Jobs import driftwell inside of `explain_missing`, so that a missing package is one line and not a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_USAGE = 2  # as errors.UsageError, which may itself be what cannot be imported

PACKAGES = {
    "boto3": "boto3",
    "botocore": "boto3",
    "driftwell": "driftwell",
    "numpy": "numpy",
    "pandas": "pandas",
    "pyarrow": "pyarrow",
    "scipy": "scipy",
    "yaml": "PyYAML",
}
"""Modules by the packages that bring them."""

LIMITS = {"numpy": "numpy<3", "pandas": "pandas>=2.2,<3", "pyarrow": "pyarrow>=15,<26"}
"""Versions that work; what is not here works as it is."""


@contextmanager
def explain_missing() -> Iterator[None]:
    """Turn a failed import in the body into one line on stderr and exit code 2."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = missing(error.name or "")
        if message is None:
            raise
        print(f"driftwell: {message}", file=sys.stderr)
        sys.exit(EXIT_USAGE)


def missing(module: str) -> str | None:
    """What to say of a module that is not there; None for one that driftwell does not ask for."""
    name = module.partition(".")[0]
    if name == "pyspark":
        return "pyspark is not on Python's path: run the job with spark-submit, or pip install 'driftwell[local]'"
    if name == "driftwell":
        return (
            "the package driftwell is not on Python's path: on Glue pass --extra-py-files s3://…/driftwell.zip, "
            "elsewhere spark-submit --py-files driftwell.zip (./scripts/build.sh makes it), or pip install its wheel"
        )
    if name not in PACKAGES:
        return None
    package = LIMITS.get(PACKAGES[name], PACKAGES[name])
    return (
        f"the Python package {PACKAGES[name]} is missing: on Glue pass --additional-python-modules '{package}', on EMR "
        f"add a bootstrap action with sudo python3 -m pip install '{package}', on EMR Serverless put it into the "
        f"environment of spark.archives, elsewhere python -m pip install '{package}'"
    )
