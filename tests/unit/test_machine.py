"""Limits of containers, as in the files of both versions of control groups."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driftwell.spark.machine import usable_bytes, usable_cores

GIB = 1 << 30
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def groups(root: Path, own: str, **files: str) -> dict[str, Path]:
    """A tree of groups: files by their path, `/` written `__`."""
    for name, text in files.items():
        path = root / name.replace("_DOT_", ".").replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    (root / "own").write_text(own)
    return {"root": root, "own": root / "own"}


def test_without_limits_resources_are_those_of_the_machine(tmp_path):
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    nothing = groups(tmp_path, "0::/", memory_DOT_max="max", cpu_DOT_max="max 100000")
    assert (usable_cores(**nothing), usable_bytes(**nothing)) == (CORES, total)
    missing = {"root": tmp_path / "none", "own": tmp_path / "nothing"}
    assert (usable_cores(**missing), usable_bytes(**missing)) == (CORES, total)


def test_limits_of_the_group_and_of_those_above_it_hold(tmp_path):
    made = groups(
        tmp_path, "0::/pod/container", pod__memory_DOT_max=str(GIB), pod__container__memory_DOT_max=str(2 * GIB),
        pod__container__cpu_DOT_max="150000 100000",
    )  # fmt: skip
    assert (usable_cores(**made), usable_bytes(**made)) == (1, GIB)


def test_a_path_of_another_namespace_is_the_root_of_this_one(tmp_path):
    made = groups(tmp_path, "0::/../../kubepods/x", memory_DOT_max=str(GIB), cpu_DOT_max="50000 100000")
    assert (usable_cores(**made), usable_bytes(**made)) == (1, GIB)


def test_version_1_has_a_folder_for_each_controller(tmp_path):
    made = groups(
        tmp_path, "7:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n0::/\n",
        memory__docker__1__memory_DOT_limit_in_bytes=str(GIB), cpu__docker__1__cpu_DOT_cfs_quota_us="100000",
        cpu__docker__1__cpu_DOT_cfs_period_us="100000",
    )  # fmt: skip
    assert (usable_cores(**made), usable_bytes(**made)) == (1, GIB)


@pytest.mark.parametrize("text", ["", "max", "-1", "9223372036854771712", "rubbish"])
def test_a_value_that_is_not_a_limit_is_ignored(tmp_path, text):
    made = groups(tmp_path, "0::/\n4:memory:/", memory_DOT_max=text, memory__memory_DOT_limit_in_bytes=text)
    assert usable_bytes(**made) == usable_bytes(root=tmp_path / "none", own=tmp_path / "nothing")
