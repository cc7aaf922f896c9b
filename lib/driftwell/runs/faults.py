"""Faults of the data of a window: named before content is blamed for a change."""

from __future__ import annotations

from dataclasses import dataclass

from driftwell.runs.quality import Quality

FOREIGN = ("wrong_model", "wrong_dimension")
"""Quarantine reasons that tell of another embedding model."""

FOREIGN_SHARE = 0.01
"""From this share of a window's records on, another model is no stray record but a change of the producer."""

DUPLICATE_JUMP = 0.2
"""More duplicates than the baseline had, as a share of the records."""

NORM_JUMP = 0.1
"""Relative change of the mean length of the vectors. Those of one encoder hardly differ from one text to another."""


@dataclass(frozen=True)
class Fault:
    """A fault by name, and the sentence that tells it."""

    name: str
    told: str


def faults_of(
    n: int, quality: Quality, mean_norm: float, baseline_norm: float, baseline_duplicates: float | None
) -> list[Fault]:
    """What is wrong with the data of a window, the gravest first.

    Args:
        n: good records of the window. mean_norm, baseline_norm: mean Euclidean length of the vectors.
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
    if baseline_norm > 0 and abs(mean_norm / baseline_norm - 1) > NORM_JUMP:
        found.append(
            Fault(
                "norms",
                f"Data fault: the vectors are {mean_norm / baseline_norm:.2f} times as long as the baseline's: another "
                "model or normalisation, before another content.",
            )
        )
    usual = baseline_duplicates or 0.0
    if quality.duplicate_share - usual > DUPLICATE_JUMP:
        found.append(
            Fault(
                "duplicates",
                f"Data fault: {quality.duplicate_share:.0%} of the records repeat another one (baseline {usual:.0%}): "
                "a producer that sends again, or a vector that is constant.",
            )
        )
    return found
