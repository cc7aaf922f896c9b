"""The cores and memory that this process may use: a container's limits, if there are any, not the host's sizes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")


def usable_cores(root: Path = CGROUPS, own: Path = OWN_GROUPS) -> int:
    """Cores, at least 1: those this process may run on, limited by its CPU quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for folder in _folders(root, own, "cpu") if (quota := _quota(folder)) is not None]
    return max(1, min([allowed, *(int(quota) for quota in quotas)]))


def usable_bytes(root: Path = CGROUPS, own: Path = OWN_GROUPS) -> int:
    """Memory in bytes: the machine's, or a lower limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    files = ("memory.max", "memory.limit_in_bytes")
    limits = [_number(folder / file) for folder in _folders(root, own, "memory") for file in files]
    return min([total, *(limit for limit in limits if limit)])


def _folders(root: Path, own: Path, controller: str) -> Iterator[Path]:
    """Folders of the cgroups (v1 and v2) of this process and their parents, whose limits apply too."""
    for line in _text(own).splitlines():
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            base = root
        elif controller in controllers.split(","):
            base = root / controller if (root / controller).exists() else root / controllers
        else:
            continue
        # In a container with its own cgroup namespace the path may not exist: then the root is the group.
        parts = [part for part in path.split("/") if part not in ("", "..")]
        yield from (base.joinpath(*parts[:depth]) for depth in range(len(parts) + 1))


def _quota(folder: Path) -> float | None:
    """The CPU quota in cores; None without one."""
    words = _text(folder / "cpu.max").split()
    if len(words) == 2:
        quota, period = words
    else:
        quota, period = _text(folder / "cpu.cfs_quota_us").strip(), _text(folder / "cpu.cfs_period_us").strip()
    if quota.isdigit() and period.isdigit() and int(period):
        return int(quota) / int(period)
    return None


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.isdigit() else None


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
