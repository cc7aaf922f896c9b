"""Rules of runs: each setting has its place, and all that affects a result is in its run's identity."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import driftwell.runs
from driftwell.config import CoverageSettings, DatasetSettings, DriftSettings, FieldNames, ProfileSettings, Settings
from driftwell.errors import UsageError
from driftwell.profile.window import TimeWindow
from driftwell.runs.history import Profile
from driftwell.runs.rules import AFFECTS, MUST_MATCH, Rules, check_rules, rules_of
from driftwell.runs.usual_distances import usual_key
from driftwell.tables.datasets import Dataset

JOBS = ("baseline", "snapshot", "period", "distance")
OF_STATES = ("baseline", "snapshot")
FLOW, STATE = (Dataset(role, role, None, 12, None, None, {}) for role in ("prompts", "reference"))
WINDOW = TimeWindow(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))

# Every setting of these four: another value, and the jobs on prompts and on a reference whose results it changes.
# A new setting fails the first test below until it is added here and to rules.AFFECTS.
NONE = ""
DATASET: dict[str, tuple[Any, str, str]] = {
    # Only ingest reads these; role, dimension and model are then the dataset's.
    "role": ("reference", NONE, NONE),
    "data_path": ("elsewhere", NONE, NONE),
    "dimension": (13, NONE, NONE),
    "encoding": ("float16", NONE, NONE),
    "key_pattern": (r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)", NONE, NONE),
    "model": ("m2", NONE, NONE),
    "fields": (FieldNames(id="key"), NONE, NONE),
    "session_key": ("user", "baseline snapshot period distance", NONE),
    "measures": (("similarity",), "baseline snapshot", "baseline snapshot"),
}
PROFILE: dict[str, tuple[Any, str, str]] = {
    "solver": ("mllib", "baseline snapshot", "baseline snapshot"),
    "k": (11, "baseline", "baseline"),
    "k_candidates": ((3, 4), "baseline", "baseline"),
    "kmeans_sample": (500, "baseline snapshot", "baseline snapshot"),
    "max_iterations": (7, "baseline snapshot", "baseline snapshot"),
    "refit_sample": (100, "baseline snapshot", "baseline snapshot"),
    "seed": (7, "baseline snapshot", "baseline snapshot"),
}
DRIFT: dict[str, tuple[Any, str, str]] = {
    # The first three determine alpha.
    "false_alarms_per_year": (2.0, "snapshot period distance", NONE),
    "schedule": (("weekly",), "snapshot period distance", NONE),
    "alpha": (0.07, "snapshot period distance", NONE),
    "share_floor": (0.1, "snapshot period", NONE),
    "d_floor": (0.1, "snapshot period", NONE),
    "state_floor": (0.1, NONE, "snapshot"),
    "coverage_floor": (0.1, "distance", NONE),
    "min_records": (40, "snapshot period distance", NONE),
    "weekends": (True, "baseline snapshot period", NONE),
    "psi_epsilon": (1e-3, "snapshot", "snapshot"),
}
COVERAGE: dict[str, tuple[Any, str, str]] = {
    "outlier_rate": (0.1, "distance", NONE),
    "covered_quantile": (0.9, "distance", NONE),
    "exact_quantile_rows": (10, "distance", NONE),
}
TABLES = {DatasetSettings: DATASET, ProfileSettings: PROFILE, DriftSettings: DRIFT, CoverageSettings: COVERAGE}
PARTS = {ProfileSettings: "profile", DriftSettings: "drift", CoverageSettings: "coverage"}
CASES = [(kind, name) for kind, table in TABLES.items() for name in table]


def settings_with(kind: type, **values: Any) -> Settings:
    part = kind(**values)
    if kind is DatasetSettings:
        return Settings(datasets={"prompts": part, "reference": part})
    return Settings(**{PARTS[kind]: part})


def run_id(job: str, dataset: Dataset, settings: Settings) -> str:
    return rules_of(job, settings, dataset).question(WINDOW, "1:2", "prompts-v1").run_id


def test_every_setting_has_its_place() -> None:
    for kind, table in TABLES.items():
        assert {f.name for f in fields(kind)} == set(table), f"{kind.__name__}: decide which jobs a new setting affects"
    names = [name for table in TABLES.values() for name in table]
    assert len(names) == len(set(names)), "rules go by the names of settings: no two may be alike"
    assert set(AFFECTS) <= set(names)


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[name for _, name in CASES])
@pytest.mark.parametrize("dataset", [FLOW, STATE], ids=lambda dataset: dataset.role)
def test_a_setting_changes_the_identity_of_the_runs_that_it_affects_and_of_no_others(kind, name, dataset) -> None:
    value, *affected = TABLES[kind][name]
    changed, jobs = settings_with(kind, **{name: value}), OF_STATES if dataset is STATE else JOBS
    found = [job for job in jobs if run_id(job, dataset, changed) != run_id(job, dataset, Settings())]
    assert found == affected[dataset is STATE].split()


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[name for _, name in CASES])
@pytest.mark.parametrize("dataset", [FLOW, STATE], ids=lambda dataset: dataset.role)
@pytest.mark.parametrize("job", JOBS)
def test_a_run_sees_no_setting_that_its_identity_leaves_out(kind, name, dataset, job) -> None:
    usual = rules_of(job, Settings(), dataset)
    found = rules_of(job, settings_with(kind, **{name: TABLES[kind][name][0]}), dataset)
    assert (found == usual) == (found.values == usual.values)


def test_a_given_alpha_makes_its_other_sources_irrelevant() -> None:
    given_alpha = [DriftSettings(alpha=0.05, schedule=schedule) for schedule in (("daily",), ("weekly",))]
    assert len({run_id("snapshot", FLOW, Settings(drift=drift)) for drift in given_alpha}) == 1
    rules_of("baseline", Settings(drift=DriftSettings(schedule=())), FLOW)  # a baseline raises no alarms
    with pytest.raises(UsageError, match="schedule"):
        rules_of("snapshot", Settings(drift=DriftSettings(schedule=())), FLOW)


def test_properties_of_the_dataset_belong_to_the_identity() -> None:
    others = [replace(FLOW, model="m1"), replace(FLOW, dimension=13)]
    assert len({run_id("snapshot", dataset, Settings()) for dataset in (FLOW, *others)}) == 3


@given(st.sets(st.sampled_from(CASES)), st.sampled_from(JOBS))
def test_settings_changed_together_give_the_same_run_exactly_if_none_affects_it(changed, job) -> None:
    parts: dict[type, dict[str, Any]] = {}
    for kind, name in changed:
        parts.setdefault(kind, {})[name] = TABLES[kind][name][0]
    given_parts = {PARTS[kind]: kind(**values) for kind, values in parts.items() if kind in PARTS}
    datasets = {"prompts": DatasetSettings(**parts.get(DatasetSettings, {}))}
    settings = Settings(datasets=datasets, **given_parts)
    affected = any(job in TABLES[kind][name][1].split() for kind, name in changed)
    assert (run_id(job, FLOW, settings) != run_id(job, FLOW, Settings())) == affected


def baseline_of(settings: Settings, dataset: Dataset = FLOW) -> Profile:
    stored = rules_of("baseline", settings, dataset).stored
    return Profile(dataset.dataset, f"{dataset.dataset}-v1", "r1", "BASELINE", WINDOW, None, None, None, stored)


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[name for _, name in CASES])
@pytest.mark.parametrize("dataset", [FLOW, STATE], ids=lambda dataset: dataset.role)
@pytest.mark.parametrize("job", ["snapshot", "period"])
def test_a_baseline_with_other_rules_is_refused_or_the_differences_are_noted(kind, name, dataset, job) -> None:
    changed = settings_with(kind, **{name: TABLES[kind][name][0]})
    for before, after in ((Settings(), changed), (changed, Settings())):
        rules, baseline = rules_of(job, after, dataset), baseline_of(before, dataset)
        shared = set(AFFECTS) & set(rules.values) & set(baseline.rules or {})
        if name not in shared:
            assert check_rules(rules, baseline) is None
        elif name in MUST_MATCH[dataset.role]:
            with pytest.raises(UsageError, match=f"{dataset.dataset}-v1 was made with {name} .*: restore {name}"):
                check_rules(rules, baseline)
        else:
            assert name in str(check_rules(rules, baseline))


def test_a_refusal_names_both_values_and_the_way_out() -> None:
    with_sessions = settings_with(DatasetSettings, session_key="user")
    with pytest.raises(UsageError) as error:
        check_rules(rules_of("snapshot", Settings(), FLOW), baseline_of(with_sessions))
    assert "made with session_key 'user', the configuration has none" in str(error.value)
    assert "--baseline_name" in str(error.value)


def test_measures_added_later_and_a_baseline_without_rules_are_noted() -> None:
    later = rules_of("snapshot", settings_with(DatasetSettings, measures=("a", "b")), FLOW)
    message = check_rules(later, baseline_of(settings_with(DatasetSettings, measures=("a",))))
    assert message == "baseline prompts-v1 has no means for the measures b"
    assert "are unknown" in str(check_rules(later, replace(baseline_of(Settings()), rules=None)))


def test_usual_distances_are_stored_separately_by_all_that_they_depend_on() -> None:
    reference = replace(baseline_of(Settings(), STATE), run_id="r2")
    prompts = baseline_of(Settings())

    def key(usual: Profile | None = prompts, profile: Profile = reference, **settings: Any) -> str:
        return usual_key(rules_of("distance", Settings(**settings), FLOW), usual, profile)

    nearly = CoverageSettings(covered_quantile=0.95 + 1e-9)
    keys = [
        key(),
        key(usual=None),
        key(usual=replace(prompts, run_id="r3")),
        key(profile=replace(reference, run_id="r3")),
        key(datasets={"prompts": DatasetSettings(session_key="user")}),
        key(coverage=nearly),
    ]
    assert len(set(keys)) == len(keys)
    assert key() == key(drift=DriftSettings(alpha=0.01)) == key(profile=reference)


# Other configuration that runs read: how objects are read, and how long to wait for another writer.
BESIDES = {"reading": {"dataset", "ingest"}, "writing": {"lease"}}


@pytest.mark.parametrize("file", sorted(Path(driftwell.runs.__path__[0]).glob("*.py")), ids=lambda file: file.stem)
def test_no_run_reads_settings_outside_its_rules(file: Path) -> None:
    if file.stem != "rules":
        read = set(re.findall(r"\bsettings\.(\w+)", file.read_text(encoding="utf-8")))
        parts = {f.name for f in fields(Settings)} | {"dataset"}
        assert read & parts <= BESIDES.get(file.stem, set())


def test_stored_rules_contain_every_field() -> None:
    # A budget whose excess gives a message, not a result, is not part of an identity.
    held = {f.name for f in fields(Rules)} - {"job", "dataset", "profile", "drift", "coverage", "max_quarantine_share"}
    assert held <= set(AFFECTS)
