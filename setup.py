"""Build of the driftwell wheel: pure Python, without Spark, so that it never replaces the Spark of a platform."""

import re
from pathlib import Path

from setuptools import find_packages, setup

# Read, not imported: importing the package would need its dependencies before they are installed.
INIT = Path(__file__).parent / "lib" / "driftwell" / "__init__.py"
VERSION_LINE = re.search(r'^__version__ = "([^"]+)"$', INIT.read_text(encoding="utf-8"), re.MULTILINE)
if VERSION_LINE is None:
    raise SystemExit(f'{INIT}: no line __version__ = "…"; setup.py reads the version from there')

RUN_TIME = [
    "numpy>=1.26,<3",
    "scipy>=1.11,<2",
    # pyspark 4.1 refuses pandas below 2.2; pandas 3 is not supported before Spark 4.3.
    "pandas>=2.2,<3",
    # pyspark 4.1 refuses pyarrow below 15. From 26 on pyarrow cannot be imported beside numpy 1, which pyspark 3.5
    # needs, and its metadata does not say so, so no installer would notice.
    "pyarrow>=15,<26",
    "PyYAML>=6",
    "boto3>=1.28",
]
# An extra, never a requirement: on EMR and Glue the platform's own Spark and Delta are used.
LOCAL = ["pyspark>=3.5.6,<4.2", "delta-spark>=3.3.2,<4.3"]
# Reads JSON four times as fast as Python does; used where it is installed.
FAST = ["orjson>=3.9,<4"]
DEV = [
    *FAST,
    "pytest",
    "hypothesis",
    "ruff",
    "mypy",
    "pandas-stubs",
    "types-PyYAML",
    # Oracles for the numbers, and independent readers for the tables.
    "scikit-learn",
    "deltalake",
    "duckdb==1.5.5",
    "duckdb-extension-delta==1.5.5",
    # Amazon's services on this machine; Flask makes a server of them, for Spark's S3A.
    "moto[s3,cloudwatch,sns,sqs]",
    "flask",
    "flask-cors",
]

setup(
    name="driftwell",
    version=VERSION_LINE.group(1),
    description="Drift of embeddings, measured every day on Apache Spark",
    license="Apache-2.0",
    python_requires=">=3.11",
    package_dir={"": "lib"},
    packages=find_packages("lib"),
    install_requires=RUN_TIME,
    extras_require={"local": LOCAL, "fast": FAST, "dev": DEV},
    entry_points={"console_scripts": ["driftwell=driftwell.cli:console"]},
)
