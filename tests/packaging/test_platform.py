"""The jobs run from the zip alone, by spark-submit, with nothing but what Glue and EMR ship."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import distribution
from pathlib import Path

import pyspark
import pytest

from driftwell.packages import PACKAGES, missing
from tests.archives import cloud, records, write_objects

ROOT = Path(__file__).parents[2]
JOBS = sorted((ROOT / "jobs").glob("*.py"))
sys.path.insert(0, str(ROOT / "scripts"))
import build_zip  # noqa: E402  # the script is outside the package

SHIPPED = ("numpy", "scipy", "pandas", "pyarrow", "PyYAML", "boto3")
THEIRS = ("botocore", "s3transfer", "jmespath", "python-dateutil", "urllib3", "six", "pytz", "tzdata")
"""Their own dependencies."""
SPARK = ("pyspark", "py4j")
DELTA = "io.delta:delta-spark_2.12:3.3.2" if pyspark.__version__ < "4" else "io.delta:delta-spark_4.1_2.13:4.2.0"
SPARK_ARGUMENTS = [
    *("--master", "local[2]", "--packages", DELTA, "--driver-memory", "1g"),
    *("--conf", "spark.sql.shuffle.partitions=1", "--conf", "spark.ui.enabled=false"),
    # As if Iceberg were configured too: Delta's extension is added to the list (a missing class is skipped).
    *("--conf", "spark.sql.extensions=org.example.OtherExtension"),
]


@dataclass(frozen=True)
class Platform:
    """A Python environment as on a platform.

    Attributes:
        home: the environment. archive: the zip.
    """

    home: Path
    archive: Path

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.home / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Its folder of packages."""
        return next(self.home.glob("lib/python*/site-packages"))

    def environment(self, **more: str) -> dict[str, str]:
        """Environment variables that point to nothing of ours."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
        python = str(self.python)
        return {**kept, "PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python, **more}

    def submit(self, job: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a job as a platform does."""
        submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
        command = [str(submit), *SPARK_ARGUMENTS, "--py-files", str(self.archive), str(ROOT / "jobs" / job), *arguments]
        return self._result(command, self.environment())

    def run(self, job: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a job without Spark's launcher, as far as it gets."""
        command = [str(self.python), str(job), *arguments]
        return self._result(command, self.environment(**environment))

    def _result(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        options = {"cwd": self.home, "capture_output": True, "text": True, "check": False}
        return subprocess.run(command, env=environment, **options)


def link(name: str, target: Path) -> None:
    """Put an installed package into another environment."""
    found = distribution(name)
    tops = {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        source = Path(str(found.locate_file(top)))
        if source.exists() and not (target / top).exists():
            (target / top).symlink_to(source)


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Platform:
    folder = tmp_path_factory.mktemp("platform")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    made = Platform(folder / "env", folder / "driftwell.zip")
    for name in (*SHIPPED, *THEIRS, *SPARK):
        link(name, made.packages)
    build_zip.build_zip(ROOT / "lib" / "driftwell", made.archive)
    return made


def test_the_environment_has_neither_driftwell_nor_its_own_dependencies(platform):
    for name in ("driftwell", "delta", "sklearn", "deltalake", "pip"):
        assert platform.run(Path("-c"), f"import {name}").returncode != 0, name


def test_a_baseline_is_made_and_shown_from_the_zip_alone(platform, tmp_path):
    items = records(cloud(2, 4).draw(80, 1), datetime(2026, 3, 1, tzinfo=UTC), 0.9, "p")
    write_objects(tmp_path / "archive", items, 80)
    settings = tmp_path / "settings.yaml"
    settings.write_text("profile: {k: 2}\n")
    glue = ["--JOB_NAME", "drift", "--enable-metrics", "--TempDir", "s3://b/temporary/", "--datalake-formats", "delta"]
    ours = ["--job_type", "BASELINE", "--dataset", "prompts", "--data_path", str(tmp_path / "archive")]
    tables = ["--tables_path", str(tmp_path / "tables"), "--config", str(settings)]
    done = platform.submit("embedding_drift_analysis.py", *glue, *ours, *tables)
    lines = [line for line in done.stderr.splitlines() if "INFO" not in line]
    assert done.returncode == 0, lines[-30:]
    assert "80 records = 80 good" in done.stdout and "baseline prompts-v1 (active)" in done.stdout


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.stem)
def test_every_job_starts_from_the_zip(platform, job):
    done = platform.run(job, "--help", PYTHONPATH=str(platform.archive))
    assert done.returncode == 0 and "--tables_path" in done.stdout, done.stderr[-2000:]


@pytest.mark.parametrize("module", ["scipy", "yaml", "boto3", "pandas"])
def test_what_a_platform_lacks_is_named_with_the_argument_that_brings_it(platform, tmp_path, module):
    shutil.copytree(platform.home, tmp_path / "env", symlinks=True)
    poor = Platform(tmp_path / "env", platform.archive)
    (poor.packages / module).unlink()
    done = poor.run(ROOT / "jobs" / "ingest_archive.py", "--help", PYTHONPATH=str(platform.archive))
    assert done.returncode == 2, done.stderr[-2000:]
    (line,) = done.stderr.strip().splitlines()
    assert f"the Python package {PACKAGES[module]} is missing: on Glue pass --additional-python-modules '" in line


def test_a_forgotten_zip_is_named_too(platform):
    done = platform.run(ROOT / "jobs" / "ingest_archive.py", "--help")
    assert done.returncode != 0 and "No module named 'driftwell'" in done.stderr


def test_missing_modules_of_others_keep_their_traceback():
    assert missing("left_pad") is None
    assert "--extra-py-files" in str(missing("driftwell.cli.main"))
    assert "spark-submit" in str(missing("pyspark.sql"))
