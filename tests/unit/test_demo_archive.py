"""The demo archive: traffic and faults as described, reproducible, and with a true manifest."""

from __future__ import annotations

import base64
import gzip
import importlib
import json
import math
import os
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
demo_traffic = importlib.import_module("demo.traffic")
demo_archive = importlib.import_module("demo.archive")

MODULES = {"configparser", "http", "ipaddress", "logging", "queue", "threading"}
NEW = {"http", "ipaddress"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    demo_archive.make_archive(out, modules=MODULES)
    return out


@pytest.fixture(scope="module")
def manifest(archive: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads((archive / "MANIFEST.json").read_text())
    return written


@cache
def read(folder: Path) -> list[tuple[str, str, Any]]:
    """Read a dataset naively: (object key, reason or "", record); the first of two equal ids is the good one."""
    found: list[tuple[str, str, Any]] = []
    seen: set[str] = set()
    for path in sorted(folder.rglob("*.gz")):
        key = path.relative_to(folder).as_posix()
        try:
            text = gzip.decompress(path.read_bytes()).decode()
        except EOFError:
            found.append((key, "corrupt_object", None))
            continue
        place = 0
        while place < len(text):
            try:
                record, place = json.JSONDecoder().raw_decode(text, place)
            except json.JSONDecodeError:
                found.append((key, "not_json", None))
                break
            reason = fault_of(record)
            if not reason:
                reason = "duplicate" if record["id"] in seen else ""
                seen.add(record["id"])
            found.append((key, reason, record))
            place += text[place : place + 1] == "\n"
    return found


def fault_of(record: dict[str, Any]) -> str:
    embedding = record.get("embedding")
    if embedding is None:
        return "no_embedding"
    if isinstance(record["timestamp"], int):
        return "bad_timestamp" if record["timestamp"] < 1_000_000_000_000 else ""
    if isinstance(embedding, str):
        embedding = np.frombuffer(base64.b64decode(embedding), "<f4").tolist()
    if None in embedding:
        return "not_numeric"
    if not all(map(math.isfinite, embedding)):
        return "not_finite"
    if len(embedding) != 256:
        return "wrong_dimension"
    return "" if any(embedding) else "zero_vector"


def good(folder: Path) -> list[dict[str, Any]]:
    return [record for _, reason, record in read(folder) if not reason]


def day_of(record: dict[str, Any]) -> int:
    return (datetime.fromisoformat(record["timestamp"]).date() - date(2026, 9, 1)).days + 1


def digests(out: Path) -> dict[str, int]:
    return {
        path.relative_to(out).as_posix(): zlib.crc32(path.read_bytes()) for path in out.rglob("*") if path.is_file()
    }


def test_good_embeddings_are_unit_vectors_as_numbers_and_as_base64(archive: Path) -> None:
    embeddings = [record["embedding"] for dataset in ("prompts", "reference") for record in good(archive / dataset)]
    packed = [np.frombuffer(base64.b64decode(value), "<f4") for value in embeddings if isinstance(value, str)]
    plain = [value for value in embeddings if isinstance(value, list)]
    assert 0 < len(packed) < len(plain)
    for vectors in (np.array(packed), np.array(plain)):
        assert vectors.shape[1] == 256
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_manifest_counts_what_a_naive_reader_counts(archive: Path, manifest: dict[str, Any]) -> None:
    for dataset, written in manifest["datasets"].items():
        found = read(archive / dataset)
        reasons = Counter(reason for _, reason, _ in found)
        assert written["objects"] == len({key for key, _, _ in found})
        assert written["records_in"] == len(found)
        assert written["good"] == reasons.pop("")
        assert written["duplicate"] == reasons.pop("duplicate", 0)
        assert written["quarantined_by_reason"] == dict(reasons)
        assert written["quarantined"] == reasons.total()
        where = sorted((key, reason) for key, reason, _ in found if reason not in ("", "duplicate"))
        assert where == sorted((fault["object_key"], fault["reason"]) for fault in written["faults"])
    assert len(manifest["datasets"]["prompts"]["faults"]) == 8
    assert manifest["datasets"]["prompts"]["duplicate"] == 5


def test_manifest_counts_each_window_as_a_naive_reader_does(archive: Path, manifest: dict[str, Any]) -> None:
    for dataset, written in manifest["datasets"].items():
        records = good(archive / dataset)
        for name, window in manifest["windows"].items():
            modules = [r["metadata"]["module"] for r in records if window["start"] <= r["timestamp"] < window["end"]]
            expected = {"records": len(modules), "new_family": sum(module in NEW for module in modules)}
            assert written["good_by_window"][name] == expected
        assert sum(counts["records"] for counts in written["good_by_window"].values()) == len(records)


def test_new_family_enters_in_its_week_and_never_the_knowledge_base(archive: Path, manifest: dict[str, Any]) -> None:
    prompts = good(archive / "prompts")
    entered = [day_of(record) for record in prompts if record["metadata"]["module"] in NEW]
    last_week = [record for record in prompts if day_of(record) >= 29]
    assert min(entered) == 29
    assert 0.35 < len(entered) / len(last_week) < 0.45
    assert {record["metadata"]["module"] for record in good(archive / "reference")} == MODULES - NEW
    met = {record["metadata"]["module"] for record in prompts}
    assert manifest["families"] == {"known": sorted(MODULES - NEW), "new": sorted(met & NEW)}


def test_no_question_occurs_twice_and_each_names_its_subject(archive: Path) -> None:
    prompts = good(archive / "prompts")
    for field in ("id", "text"):
        assert len({record[field].lower() for record in prompts}) == len(prompts)
    for record in prompts:
        name, number = record["id"].split("~")
        assert record["text"].startswith(f"{name}: ")
        assert name.split(".")[0] == record["metadata"]["module"]
        assert int(number) >= 1


def test_sessions_are_short_and_as_mixed_as_their_day(archive: Path) -> None:
    sessions: dict[str, list[dict[str, Any]]] = {}
    for record in good(archive / "prompts"):
        sessions.setdefault(record["metadata"]["session"], []).append(record)
    assert {len(session) for session in sessions.values()} == {1, 2, 3, 4}
    for session in sessions.values():
        moments = [datetime.fromisoformat(record["timestamp"]) for record in session]
        assert max(moments) - min(moments) < timedelta(minutes=5)
    last_week = [session for session in sessions.values() if day_of(session[0]) >= 29 and len(session) > 1]
    kinds = [{record["metadata"]["module"] in NEW for record in session} for session in last_week]
    assert kinds.count({True, False}) > len(kinds) / 3


@pytest.mark.parametrize(("known", "new"), [(10_000, 1_000), (2_000, 1_000), (10_000, 50), (400, 40)])
def test_days_have_their_questions_or_all_fewer_by_the_same_factor(known: int, new: int) -> None:
    staying, entering = demo_traffic.daily_counts(known, new, np.random.default_rng(7))
    wanted = np.random.default_rng(7).poisson(150, 35)
    # Of 35 days' questions, 32.2 are of known modules and 2.8 of the new family.
    factor = min(1, known / (150 * 32.2), new / (150 * 2.8))
    asked = np.add(staying, entering)
    np.testing.assert_allclose(asked, wanted * factor, atol=2 + 0.06 * wanted.max() * factor)
    assert sum(staying) <= known
    assert sum(entering) <= new
    assert not any(entering[:28])
    assert 0.3 < sum(entering) / asked[28:].sum() <= 0.41


def test_knowledge_base_is_uploaded_on_day_1_except_for_two_small_top_ups(archive: Path) -> None:
    records = good(archive / "reference")
    days = Counter(day_of(record) for record in records)
    assert set(days) == {1, 15, 25}
    assert days[15] == days[25] == round(len(records) / 100)


def test_objects_lie_under_the_hour_of_their_records(archive: Path) -> None:
    for dataset in ("prompts", "reference"):
        for key, reason, record in read(archive / dataset):
            if not reason:
                hour = record["timestamp"][:13].replace("-", "/").replace("T", "/")
                assert key.startswith(f"{hour}/driftwell-demo-1-{record['timestamp'][:10]}-"), record["id"]


def test_records_follow_each_other_without_newline_in_prompts_only(archive: Path, manifest: dict[str, Any]) -> None:
    corrupt = {fault["object_key"] for fault in manifest["datasets"]["prompts"]["faults"] if fault["position"] is None}
    prompts = [path for path in (archive / "prompts").rglob("*.gz") if not str(path).endswith(tuple(corrupt))]
    assert not any(b"\n" in gzip.decompress(path.read_bytes()) for path in prompts)
    for path in (archive / "reference").rglob("*.gz"):
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        assert all(line.endswith(b"}\n") for line in lines)


def test_a_redelivered_record_is_the_same_within_the_hour_in_another_object(archive: Path) -> None:
    found = read(archive / "prompts")
    copies = [(key, record) for key, reason, record in found if reason == "duplicate"]
    first = {record["id"]: (key, record) for key, reason, record in found if not reason}
    for key, record in copies:
        first_key, first_record = first[record["id"]]
        assert record == first_record
        assert key != first_key
        assert key[:13] == first_key[:13]
    assert len(copies) == 5


def test_same_seed_gives_the_same_bytes_in_another_process(archive: Path, tmp_path: Path) -> None:
    code = f"import demo.archive, pathlib; demo.archive.make_archive(pathlib.Path('again'), modules={sorted(MODULES)})"
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS), "PYTHONHASHSEED": "12345"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    assert digests(tmp_path / "again") == digests(archive)


def test_archive_of_another_seed_is_replaced_and_foreign_files_are_kept(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    shutil.copytree(archive, out)
    (out / "prompts" / "notes.txt").write_text("mine")
    demo_archive.make_archive(out, seed=8, modules=MODULES)
    assert digests(out).keys() & digests(archive).keys() == {"MANIFEST.json"}
    assert (out / "prompts" / "notes.txt").read_text() == "mine"


def test_complete_archive_is_left_alone_and_an_incomplete_one_is_rebuilt(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    shutil.copytree(archive, out)
    kept = next((out / "prompts").rglob("*.gz"))
    kept.write_bytes(b"as it was")
    demo_archive.make_archive(out, modules=MODULES)
    assert kept.read_bytes() == b"as it was"
    kept.unlink()
    demo_archive.make_archive(out, modules=MODULES)
    assert digests(out) == digests(archive)


def test_too_few_docstrings_are_refused_with_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(demo_archive.TooLittleText, match="of known modules and 0 of the new family"):
        demo_archive.make_archive(tmp_path, modules={"json"})
    assert list(tmp_path.iterdir()) == []
