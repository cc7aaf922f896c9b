"""A judgement in one or two plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from driftwell.numeric.verdict.effects import MOST_D
from driftwell.numeric.verdict.judgement import GroupResult, Judgement
from driftwell.numeric.verdict.outcome import DRIFT, INSUFFICIENT_DATA, MIN_CALIBRATION
from driftwell.numeric.verdict.topics import ClusterParts

NAMED_SHARE = 0.01
"""New content is quantified from this share on."""

NAMED_CONTRIBUTION = 0.2
"""A cluster is named if it makes up this part of a change of the mixture."""


def explained(
    judgement: Judgement,
    records: str = "records",
    parts: ClusterParts | None = None,
    labels: Sequence[str] | None = None,
) -> str:
    """What was found, how certain it is, and what caused it.

    Args:
        records: what the records are called, in the plural ("questions").
        parts: the clusters' contributions to the change. labels: names of the clusters; their numbers by default.
    """
    if judgement.status == "too_few_records":
        return f"{judgement.n:,} {records} are too few for a verdict."
    if judgement.status == "too_few_calibration_records":
        found = f"{judgement.n_calibration:,} {records} for calibration"
        return f"The baseline has {found}, a verdict needs {MIN_CALIBRATION}: take a longer one."
    if judgement.verdict == DRIFT:
        what = what_changed(judgement, records) + cluster_clause(judgement, parts, labels)
        return f"Drift: {what}. {certainty(judgement)}"
    if judgement.verdict == INSUFFICIENT_DATA:
        what = what_changed(judgement, records)
        return (
            f"Not sure: {what}, more than chance explains, but the baseline has {days(judgement.baseline_days)} and "
            "cannot tell how much days differ. A baseline of at least three days can."
        )
    return no_drift(judgement, records)


def no_drift(judgement: Judgement, records: str) -> str:
    """The sentence for a window without drift, with what it could not have detected."""
    text = f"No drift: these {judgement.n:,} {records} differ from the baseline no more than its own days do"
    if judgement.status == "not_calibrated":
        text = f"No drift: these {judgement.n:,} {records} differ from the baseline no more than by chance"
    small = [result.group for result in judgement.groups if result.significant]
    if small:
        text = f"No drift: the change of these {judgement.n:,} {records} is real but below the size that matters"
    seen = " So few show only a gross change." if "gross_change_only" in judgement.notes else ""
    return f"{text} (p = {judgement.p_value:.2g}).{seen}"


def what_changed(judgement: Judgement, records: str) -> str:
    """The main cause in words, with its size."""
    result = judgement.headline
    if result is None:
        raise ValueError("a judgement without results has no change to describe")
    excess = judgement.excess or 0.0
    if "novelty" in judgement.causes and excess >= NAMED_SHARE:
        share = "all" if excess >= 0.995 else f"about {percent(excess)} of"
        return f"{share} the {records} look like a topic the baseline did not have"
    if result.group == "novelty":
        way = "farther from" if result.effect > 0 else "closer to"
        return f"the {records} lie {way} what the baseline had than usual ({deviations(result)})"
    if result.group == "residual":
        way = "more" if result.effect > 0 else "less"
        return (
            f"the vectors vary {way} outside their usual directions ({deviations(result)}), which points to another "
            "encoder, format or kind of text"
        )
    return f"{SHARE_PHRASES[result.group].format(records=records)}, as much as {equivalent(result, records)}"


SHARE_PHRASES = {
    "location": "all {records} moved in one direction",
    "mixture": "the mix of topics changed",
    "displacement": "the {records} moved inside their topics",
}


def cluster_clause(judgement: Judgement, parts: ClusterParts | None, labels: Sequence[str] | None) -> str:
    """Names the cluster behind most of a change of the mixture; empty if none stands out."""
    if parts is None or "mixture" not in judgement.causes:
        return ""
    most = int(np.argmax(parts.contributions))
    change = float(parts.changes[most])
    if parts.contributions[most] < NAMED_CONTRIBUTION or abs(change) < NAMED_SHARE:
        return ""
    name = f'"{labels[most]}"' if labels else f"{most}"
    return f"; most of all, cluster {name} {'grew' if change > 0 else 'shrank'} by {points(change)}"


def certainty(judgement: Judgement) -> str:
    """How often this happens by chance."""
    p = judgement.p_value or 0.0
    often = "less than once in 1,000 windows" if p < 0.001 else f"in about {max(1, round(1000 * p))} of 1,000 windows"
    if judgement.status == "not_calibrated":
        return f"Chance alone does that {often}; how much days differ, this baseline cannot tell."
    return f"Without drift that happens {often}."


def equivalent(result: GroupResult, records: str) -> str:
    """A topic-equivalent share in words."""
    share = "all" if result.effect >= 1 else f"{percent(result.effect)} of"
    return f"if {share} the {records} were replaced by ones of another topic"


def deviations(result: GroupResult) -> str:
    """Cohen's d in words."""
    if abs(result.effect) >= MOST_D:
        return "farther than the baseline's own variation can measure"
    return f"{abs(result.effect):.1f} standard deviations on average"


def percent(share: float) -> str:
    """A share as a percentage without false precision: 7 %, 0.4 %."""
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"


def points(change: float) -> str:
    """The size of a change of a share: 7 percentage points, 0.4 percentage points."""
    number = percent(abs(change)).removesuffix(" %")
    return f"{number} percentage {'point' if number == '1' else 'points'}"


def days(n: int) -> str:
    """A number of days."""
    return "1 day" if n == 1 else f"{n} days"
