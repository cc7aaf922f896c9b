"""The usual distances of a DISTANCE run: measured and stored by the first run that needs them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from driftwell.coverage.distances import Target
from driftwell.coverage.usual import measure_usual, usual_of
from driftwell.profile.judged import with_place
from driftwell.profile.stored_arrays import read_arrays, write_arrays
from driftwell.profile.window import flow_between, in_fit_half, state_at
from driftwell.runs.history import Profile, profile_centroids
from driftwell.runs.rules import Rules
from driftwell.runs.run import FORMAT, digest
from driftwell.runs.sides import Sides
from driftwell.tables.store import Tables


def find_targets(tables: Tables, rules: Rules, sides: Sides) -> dict[str, Target]:
    """Each distinct profile of the reference, with its usual distances."""
    return {kind: _target(tables, rules, sides, profile) for kind, profile in sides.distinct.items()}


def usual_key(rules: Rules, baseline: Profile | None, profile: Profile) -> str:
    """A key for all that usual distances depend on: records, which are judged, clusters, quantile."""
    runs = [baseline.run_id if baseline else None, profile.run_id]
    return digest([FORMAT, runs, rules.session_key, rules.coverage.covered_quantile])


def _target(tables: Tables, rules: Rules, sides: Sides, profile: Profile) -> Target:
    centroids, quantile = profile_centroids(tables, profile), rules.coverage.covered_quantile
    side = sides.baseline_id or sides.reference.dataset
    place = ("_usual_distances", side, profile.profile_id, usual_key(rules, sides.baseline, profile))
    folder = tables.location(*place)
    if tables.exists(*place, "_SUCCESS"):
        usual = usual_of(read_arrays(tables.spark, folder))
    else:
        records = _usual_records(tables, rules, sides, profile)
        usual = measure_usual(records, centroids, quantile, is_flow=sides.baseline is not None)
        write_arrays(tables.spark, usual.arrays(), folder)
    return Target(centroids, usual, usual.distances.quantile(quantile))


def _usual_records(tables: Tables, rules: Rules, sides: Sides, profile: Profile) -> DataFrame:
    """The baseline's prompts; without a prompts baseline, the reference's calibration half."""
    embeddings, baseline, name = tables.read("embeddings"), sides.baseline, sides.reference.dataset
    if baseline:
        return with_place(flow_between(embeddings, baseline.dataset, baseline.window), rules.session_key)
    state = state_at(embeddings, name, profile.window)
    return with_place(state.where(~in_fit_half(name, F.col("record_id"))), None)
