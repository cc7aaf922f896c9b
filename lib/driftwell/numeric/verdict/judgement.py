"""The verdict on a snapshot: drift or noise, how large, and its causes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from driftwell.numeric.arrays import Floats
from driftwell.numeric.verdict.calibration import Calibration
from driftwell.numeric.verdict.comparison import Comparison, comparison
from driftwell.numeric.verdict.effects import Effects, effects_of
from driftwell.numeric.verdict.features import Features
from driftwell.numeric.verdict.layout import GROUPS, SCALAR
from driftwell.numeric.verdict.null import holm
from driftwell.numeric.verdict.outcome import (
    DRIFT,
    INSUFFICIENT_DATA,
    LARGE_D,
    LARGE_EXCESS,
    LARGE_SHARE,
    MIN_RECORDS,
    NO_DRIFT,
    insufficient,
)
from driftwell.numeric.verdict.view import counts_seen, hours_seen

EQUALLY_SURE = 1e-6
"""Causes with smaller p-values than this are ordered by their strength."""

ROUNDING = 1e-6
"""Mean features of vectors of unit length that differ by less than this may differ by rounding alone."""

FULL_CALIBRATION, FULL_RECORDS = 2_500, 200
"""Below these a verdict notes its reduced power."""


@dataclass(frozen=True)
class Floors:
    """How large a change must be to matter: lower bounds below these are no drift, however certain.

    They state what matters to the user, and are not calibrated.

    Attributes:
        share: of location, mixture and displacement, as a topic-equivalent share in [0, 1).
        d: of novelty and residual, in standard deviations.
    """

    share: float = 0.0
    d: float = 0.0

    def of(self, group: str) -> float:
        """The floor of a group."""
        return self.d if group in SCALAR else self.share


@dataclass(frozen=True)
class GroupResult:
    """One of the five groups of a judgement.

    Attributes:
        group: its name.
        p_raw: its own p-value. p_value: adjusted for the five, by Holm.
        null: the null distribution that decided: `iid`, `day` or `block`, the one with the larger p-value.
        effect: topic-equivalent share, or Cohen's d (with its sign) for novelty and residual; 0 for no change.
        lower: lower bound of its size, at least 0.
        strength: how many times as strong as noise (1: as strong as it gets in 5 % of windows without drift).
        significant: p_value <= alpha. large_enough: lower is above its floor. A cause is both.
    """

    group: str
    p_raw: float
    p_value: float
    null: str
    effect: float
    lower: float
    strength: float
    significant: bool
    large_enough: bool

    @property
    def is_cause(self) -> bool:
        """Whether the change is both significant and large enough."""
        return self.significant and self.large_enough


@dataclass(frozen=True, eq=False)
class Judgement:
    """A verdict with all that it is based on; equal input gives an equal judgement.

    Attributes:
        verdict: `DRIFT`, `NO_DRIFT` or `INSUFFICIENT_DATA`.
        status: `ok`; `too_few_records`; `too_few_calibration_records`; `not_calibrated` if the baseline has fewer than
            three days: p-values then ignore how days differ. Only a large change is then drift, no evidence at all is
            no drift, and anything between is insufficient data.
        p_value: smallest adjusted p-value of the groups; None with too few records.
        alpha: accepted false alarm rate.
        n, n_calibration: records of the snapshot, and of what it is compared with. days: days it counts as.
        n_effective: records the snapshot counts as.
        baseline_days: days of what it is compared with. seed: of the draws.
        groups: results of the five groups in the order of `GROUPS`; empty with too few records.
        excess: share of novel records above the usual share of them: about the share of new content. None with too few
            records.
        topic_changes: (k,) change of each micro-topic's share. topic_contributions: (k,) its part in the statistic of
            the mixture, summing to 1 (0 if nothing changed).
        notes: `reduced_power`, `gross_change_only`.
    """

    verdict: str
    status: str
    alpha: float
    n: int
    n_calibration: int
    n_effective: int
    days: float
    baseline_days: int
    seed: int
    p_value: float | None = None
    groups: tuple[GroupResult, ...] = ()
    excess: float | None = None
    topic_changes: Floats = field(default_factory=lambda: np.zeros(0))
    topic_contributions: Floats = field(default_factory=lambda: np.zeros(0))
    notes: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """The groups that are significant and large enough, the main one first.

        By p-value, then by strength; but changed shares of topics also move the whole cloud and positions inside
        topics, so `location` and `displacement` come after a `mixture` that is half as large.
        """
        found = {result.group: result for result in self.groups if result.is_cause}
        mixture = found["mixture"].effect if "mixture" in found else 0.0

        def order(result: GroupResult) -> tuple[float, bool, float]:
            follows = result.group in ("location", "displacement") and mixture >= result.effect / 2
            return max(result.p_value, EQUALLY_SURE), follows, -result.strength

        return tuple(result.group for result in sorted(found.values(), key=order))

    @property
    def main_cause(self) -> str | None:
        """The main cause; None without any."""
        return self.causes[0] if self.causes else None

    @property
    def headline(self) -> GroupResult | None:
        """The one result to show: of the main cause, else of the smallest p-value; None without any."""
        if not self.groups:
            return None
        return self.group(self.main_cause) if self.main_cause else min(self.groups, key=lambda r: r.p_value)

    def group(self, name: str) -> GroupResult:
        """The result of one group.

        Raises:
            KeyError: with too few records for any result.
        """
        return {result.group: result for result in self.groups}[name]


def judge(
    state: Calibration,
    features: Features,
    n: int,
    sums: NDArray[np.floating],
    days: float = 1,
    hours: Iterable[int] | None = None,
    day_class: int | None = None,
    forward: bool = True,
    alpha: float = 0.05,
    floors: Floors | None = None,
    min_n: int = MIN_RECORDS,
) -> Judgement:
    """The judgement of a snapshot, from the sums of its row features.

    Args:
        state: the calibration half. features: those that the sums were made with.
        n: records of the snapshot (sessions, if one record per session and day is taken).
        sums: (width,) or (1, width) sums of their row features.
        days: days the snapshot counts as (`units.pooled_days`). hours: hours of the day, if it is shorter than a day.
        day_class: compare with days of this class only. forward: forward chaining, see `units.unit_variance`.
        alpha: accepted probability of a false alarm, at least .001: see `budget.alpha_of`.
        floors: how large a change must be to matter; any size by default.
        min_n: minimum records of a snapshot.
    """
    hours = None if hours is None else list(hours)
    counts = counts_seen(state, hours_seen(hours), day_class)
    status = insufficient(n, int(counts.sum()), min_n)
    if status:
        baseline_days = int((counts > 0).sum())
        return Judgement(INSUFFICIENT_DATA, status, alpha, n, int(counts.sum()), n, days, baseline_days, state.seed)
    question = comparison(state, features.layout, n, days, hours, day_class, forward)
    return judge_by(question, features, sums, alpha, floors)


def judge_by(
    question: Comparison,
    features: Features,
    sums: NDArray[np.floating],
    alpha: float = 0.05,
    floors: Floors | None = None,
) -> Judgement:
    """`judge` for one of many snapshots of the same size, without redrawing the null distributions."""
    view = question.view
    delta = features.mapped(np.reshape(sums, (1, -1)).astype(np.float64) / question.n)[0] - view.mean
    statistics = beyond_rounding(question.layout.norms(delta[None, :])[0], features)
    by_null = {name: np.where(statistics > 0, of.p_values(statistics), 1) for name, of in question.nulls.items()}
    effects = effects_of(question, delta, statistics, by_null)
    results = _results(effects, alpha, floors or Floors())
    mixture = delta[question.layout.slices["mixture"]]
    excess = float(delta[question.layout.novel] / max(1e-12, 1 - view.mean[question.layout.novel]))
    verdict, status = _verdict(question, results, excess)
    return Judgement(
        verdict=verdict,
        status=status,
        alpha=alpha,
        n=question.n,
        n_calibration=view.n,
        n_effective=question.n_effective,
        days=question.days,
        baseline_days=question.day_units,
        seed=question.seed,
        p_value=min(result.p_value for result in results),
        groups=results,
        excess=excess,
        topic_changes=mixture / features.mixture_map,
        topic_contributions=mixture**2 / max(float(mixture @ mixture), 1e-300),
        notes=("reduced_power",) * (view.n < FULL_CALIBRATION) + ("gross_change_only",) * (question.n < FULL_RECORDS),
    )


def beyond_rounding(statistics: Floats, features: Features) -> Floats:
    """(5,) statistics, 0 where a change may be float32's rounding: it means nothing if the baseline's records are all
    equal, and is far below the noise of any other baseline."""
    stretched = {
        "location": np.linalg.norm(features.location_map),
        "displacement": np.linalg.norm(features.displacement_map) / features.row.scale.min(),
    }
    floors = np.array([(ROUNDING * stretched.get(group, group in SCALAR)) ** 2 for group in GROUPS])
    return np.where(statistics > floors, statistics, 0)


def _results(effects: Effects, alpha: float, floors: Floors) -> tuple[GroupResult, ...]:
    adjusted = holm(effects.p_values)
    return tuple(
        GroupResult(
            group=group,
            p_raw=float(effects.p_values[i]),
            p_value=float(adjusted[i]),
            null=effects.nulls[i],
            effect=float(effects.sizes[i]),
            lower=float(effects.lower[i]),
            strength=float(effects.strengths[i]),
            significant=bool(adjusted[i] <= alpha),
            large_enough=bool(effects.lower[i] > floors.of(group)),
        )
        for i, group in enumerate(GROUPS)
    )


def _verdict(question: Comparison, results: tuple[GroupResult, ...], excess: float) -> tuple[str, str]:
    """-> verdict, status."""
    causes = [result for result in results if result.is_cause]
    if question.calibrated:
        return DRIFT if causes else NO_DRIFT, "ok"
    if not causes:
        return NO_DRIFT, "not_calibrated"
    large = any(result.lower >= (LARGE_D if result.group in SCALAR else LARGE_SHARE) for result in causes)
    return DRIFT if large or excess >= LARGE_EXCESS else INSUFFICIENT_DATA, "not_calibrated"
