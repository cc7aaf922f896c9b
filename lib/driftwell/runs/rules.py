"""The rules of a run: every setting that its result depends on, resolved once, when it begins.

They make up a run's identity, its cache keys, and what is stored with a baseline. A setting that does not affect a job
has its default in that job's rules, whatever the configuration says: no result can depend on a setting that its
identity leaves out.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from driftwell.config import CoverageSettings, DatasetSettings, DriftSettings, ProfileSettings, Settings
from driftwell.errors import UsageError
from driftwell.profile.window import TimeWindow
from driftwell.runs.alpha import alpha_for
from driftwell.runs.history import Profile
from driftwell.runs.run import Question
from driftwell.tables.datasets import Dataset

AFFECTS = {
    # datasets.NAME
    "session_key": "baseline snapshot period distance",
    "measures": "baseline snapshot",
    # profile
    "solver": "baseline snapshot",
    "k": "baseline",
    "k_candidates": "baseline",
    "kmeans_sample": "baseline snapshot",
    "max_iterations": "baseline snapshot",
    "refit_sample": "baseline snapshot",
    "seed": "baseline snapshot",
    # drift
    "alpha": "snapshot period distance",
    "share_floor": "snapshot period",
    "d_floor": "snapshot period",
    "state_floor": "snapshot",
    "coverage_floor": "distance",
    "min_records": "snapshot period distance",
    "weekends": "baseline snapshot period",
    "psi_epsilon": "snapshot",
    # coverage
    "outlier_rate": "distance",
    "covered_quantile": "distance",
    "exact_quantile_rows": "distance",
}
"""Setting -> the jobs whose results it changes."""

ONLY_OF = {
    **dict.fromkeys(("session_key", "alpha", "share_floor", "d_floor", "min_records", "weekends"), "prompts"),
    "state_floor": "reference",
}
"""Settings that change results for one role only: a flow has a verdict, a state a census."""

MUST_MATCH = {"prompts": ("session_key", "weekends"), "reference": ("seed",)}
"""What a window must share with its baseline, by role, if it affects the job: which records are judged and which days
are compared; which records of a state are sampled, so that an unchanged state shows exactly no drift."""

T = TypeVar("T", DatasetSettings, ProfileSettings, DriftSettings, CoverageSettings)


@dataclass(frozen=True)
class Rules:
    """What a run of a job on a dataset follows.

    Attributes:
        session_key, measures: of the dataset's settings.
        drift: with `alpha` resolved, if it affects the job.
        max_quarantine_share: above it a window gets a message; the result does not depend on it.
    """

    job: str
    dataset: Dataset
    session_key: str | None
    measures: tuple[str, ...]
    profile: ProfileSettings
    drift: DriftSettings
    coverage: CoverageSettings
    max_quarantine_share: float

    @property
    def values(self) -> dict[str, Any]:
        """Everything that affects the result, by name: settings, and the dataset's properties."""
        of_dataset = {name: getattr(self.dataset, name) for name in ("role", "model", "dimension")}
        own = {"session_key": self.session_key, "measures": self.measures}
        settings = own | asdict(self.profile) | asdict(self.drift) | asdict(self.coverage)
        return of_dataset | {name: settings[name] for name in AFFECTS if affects(name, self.job, self.dataset.role)}

    @property
    def stored(self) -> dict[str, str | None]:
        """The same as text, as stored with a profile: strings as they are, the rest as JSON."""
        return {name: _text(value) for name, value in self.values.items()}

    def question(self, window: TimeWindow, fingerprint: str, baseline_id: str | None = None, **more: Any) -> Question:
        """What a run under these rules answers.

        Args:
            more: what else the result depends on, such as the reference's profiles.
        """
        dataset, settings = self.dataset.dataset, self.values | more
        return Question(self.job, dataset, settings, window, baseline_id, fingerprint)


def rules_of(job: str, settings: Settings, dataset: Dataset) -> Rules:
    """Resolve the rules of a job on a dataset.

    Raises:
        UsageError: if the false alarm rate of a comparison cannot be guaranteed.
    """
    drift = settings.drift
    if affects("alpha", job, dataset.role):
        drift = replace(drift, alpha=alpha_for(drift))
    given = _affecting(settings.dataset(dataset.dataset), job, dataset.role)
    return Rules(
        job,
        dataset,
        session_key=given.session_key,
        measures=given.measures,
        profile=_affecting(settings.profile, job, dataset.role),
        drift=_affecting(drift, job, dataset.role),
        coverage=_affecting(settings.coverage, job, dataset.role),
        max_quarantine_share=settings.ingest.max_quarantine_share,
    )


def affects(name: str, job: str, role: str) -> bool:
    """Whether a setting changes results of a job on datasets of a role."""
    return job in AFFECTS.get(name, "").split() and ONLY_OF.get(name, role) == role


def check_rules(rules: Rules, baseline: Profile) -> str | None:
    """Refuse to compare with a baseline that was made with other rules; return what else differs.

    Returns:
        Differences that limit or affect a comparison without invalidating it; None if nothing differs.

    Raises:
        UsageError: if one of `MUST_MATCH` differs.
    """
    if baseline.rules is None:
        return f"the settings that baseline {baseline.profile_id} was made with are unknown: its profile has no rules"
    own = rules.stored
    differing = [name for name in own if name in baseline.rules and own[name] != baseline.rules[name]]
    for name in MUST_MATCH[rules.dataset.role]:
        if name in differing:
            raise UsageError(
                f"baseline {baseline.profile_id} was made with {name} {_quoted(baseline.rules[name])}, the "
                f"configuration has {_quoted(own[name])}: restore {name}, choose another --baseline, or create one "
                "with these settings (--job_type BASELINE --baseline_name NAME)"
            )
    differences = [_difference(name, baseline, own[name]) for name in differing]
    return "; ".join(differences) or None


def _difference(name: str, baseline: Profile, now: str | None) -> str:
    assert baseline.rules is not None  # checked above
    before = baseline.rules[name]
    if name == "measures":
        missing = [key for key in json.loads(now or "[]") if key not in json.loads(before or "[]")]
        if missing:
            return f"baseline {baseline.profile_id} has no means for the measures {', '.join(missing)}"
    return f"baseline {baseline.profile_id} was made with {name} {_quoted(before)}, now it is {_quoted(now)}"


def _affecting(part: T, job: str, role: str) -> T:
    """Settings, with the default for each one that does not affect the job."""
    defaults = type(part)()
    others = [f.name for f in fields(part) if not affects(f.name, job, role)]
    return replace(part, **{name: getattr(defaults, name) for name in others})


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _quoted(value: str | None) -> str:
    return "none" if value is None else repr(value)
