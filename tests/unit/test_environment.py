"""Spark and Python in a user's environment, and what a local session makes of it; home folders in paths."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyspark
import pytest

from driftwell.spark.paths import at_home
from driftwell.spark.session import own_environment


def test_another_spark_or_python_is_ignored_and_named():
    environment = {
        "SPARK_HOME": "/opt/spark", "PYSPARK_SUBMIT_ARGS": "--master yarn pyspark-shell",
        "SPARK_CONF_DIR": "/etc/spark",
        "PYSPARK_PYTHON": "/usr/bin/python2", "LANG": "en_US.UTF-8",
    }  # fmt: skip
    notes = own_environment(environment)
    assert environment == {
        "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "LANG": "en_US.UTF-8"
    }  # fmt: skip
    assert [line.partition("=")[0] for line in notes] == [
        "SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_PYTHON",
    ]  # fmt: skip


def test_an_equivalent_setting_is_not_mentioned():
    spark = str(Path(pyspark.__file__).resolve().parent)
    assert own_environment({"SPARK_HOME": spark, "PYSPARK_PYTHON": sys.executable, "LC_ALL": "C.utf8"}) == []


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ({}, "C.UTF-8"),
        ({"LC_ALL": "C"}, "C.UTF-8"),
        ({"LANG": "POSIX"}, "C.UTF-8"),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "C.UTF-8"),
        ({"LANG": "de_DE.utf8"}, None),
        ({"LC_CTYPE": "UTF-8"}, None),
    ],
)
def test_java_reads_names_of_files_in_utf_8(language, wanted):
    environment = dict(language)
    own_environment(environment)
    assert environment.get("LC_ALL") == (wanted or language.get("LC_ALL"))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("~", "HOME"), ("~/tables", "HOME/tables"), ("file:~/tables", "file:HOME/tables"), (None, None),
        ("file:///~/tables", "file:HOME/tables"), ("tables/~", "tables/~"), ("s3://bucket/~/x", "s3://bucket/~/x"),
        ("/tables", "/tables"), ("a~b", "a~b"),
    ],
)  # fmt: skip
def test_a_tilde_is_the_home_folder(path, wanted, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert at_home(path) == (wanted and wanted.replace("HOME", os.environ["HOME"]))
