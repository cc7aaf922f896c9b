"""Data faults of a window: ruled out before a change is attributed to content."""

from __future__ import annotations

from dataclasses import dataclass

from driftwell.profile.lengths import LONG_LENGTH, Lengths
from driftwell.runs.quality import Quality

FOREIGN = ("wrong_model", "wrong_dimension")
"""Quarantine reasons that indicate another embedding model."""

FOREIGN_SHARE = 0.01
"""From this share of a window's records on, another model means that a producer changed, not a stray record."""

DUPLICATE_JUMP = 0.2
"""More duplicates than the baseline had, as a share of the records."""

MOST_TIMES = 100.0
"""The largest ratio of lengths that is printed; the smallest is its inverse."""

NORM_JUMP = 0.1
"""Relative change of the mean length of the vectors. Those of one encoder hardly differ from one text to another."""


@dataclass(frozen=True)
class Fault:
    """A fault's name, and the sentence that describes it."""

    name: str
    message: str


def norm_moved(mean_norm: float, baseline_norm: float) -> bool:
    """Whether the mean length of a window's vectors differs from the baseline's."""
    return baseline_norm > 0 and not abs(mean_norm / baseline_norm - 1) <= NORM_JUMP


def faults_of(
    n: int,
    quality: Quality,
    mean_norm: float,
    baseline_norm: float,
    baseline_duplicates: float | None,
    lengths: Lengths | None = None,
) -> list[Fault]:
    """What is wrong with the data of a window, most serious first.

    Args:
        n: good records of the window. mean_norm, baseline_norm: mean Euclidean length of the vectors.
        lengths: of the window's vectors, if their mean moved; None if it is unknown which of them moved it.
        baseline_duplicates: the baseline's `duplicate_share`; None where it was not counted.
    """
    found = []
    for reason in FOREIGN:
        rejected = quality.quarantined.get(reason, 0)
        if rejected > FOREIGN_SHARE * (n + rejected):
            share = rejected / (n + rejected)
            found.append(
                Fault(
                    reason,
                    f"Data fault: {share:.1%} of the records were quarantined as {reason}: a producer changed its "
                    "embedding model; they are not compared.",
                )
            )
    if norm_moved(mean_norm, baseline_norm):
        found += _norm_faults(n, mean_norm, baseline_norm, lengths)
    usual = baseline_duplicates or 0.0
    if quality.duplicate_share - usual > DUPLICATE_JUMP:
        found.append(
            Fault(
                "duplicates",
                f"Data fault: {quality.duplicate_share:.0%} of the records repeat another one (baseline {usual:.0%}): "
                "a producer resends records, or a vector is constant.",
            )
        )
    return found


def _norm_faults(n: int, mean_norm: float, baseline_norm: float, lengths: Lengths | None) -> list[Fault]:
    """A few records that are much too long, with the id of the longest; and a mean length that moved without them."""
    found = []
    others = mean_norm if lengths is None else lengths.others_mean
    if lengths is not None and lengths.longest_length is not None:
        found.append(
            Fault(
                "long_vectors",
                f"Data fault: {lengths.long:,} of {n:,} records have vectors more than {LONG_LENGTH:g} times as long "
                f"as the baseline's; the longest is {lengths.longest} with a length of {lengths.longest_length:.3g} "
                f"(baseline {baseline_norm:.3g}): look at these records first.",
            )
        )
    if others is not None and norm_moved(others, baseline_norm):
        found.append(
            Fault(
                "norms",
                f"Data fault: the vectors are {_times(others / baseline_norm)} as long as the baseline's: suspect "
                "another model or normalisation rather than other content.",
            )
        )
    return found


def _times(ratio: float) -> str:
    """A ratio of lengths in words."""
    if ratio > MOST_TIMES:
        return f"more than {MOST_TIMES:g} times"
    return f"{ratio:.2f} times" if ratio >= 1 / MOST_TIMES else f"less than {1 / MOST_TIMES:g} times"
