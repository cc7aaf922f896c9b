"""`driftwell.verdict`: numpy arrays in, a verdict out, with the statistics of the Spark runs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

import driftwell
from driftwell.errors import InputError, UsageError
from driftwell.numeric.verdict.calibration import calibrate
from driftwell.numeric.verdict.fit import fit_features
from driftwell.numeric.verdict.judgement import judge

DAY = 86_400
START = np.datetime64("2026-03-01T00:00:00")
TOPICS = 1.5 * np.random.default_rng(0).standard_normal((9, 16))


def asked(n: int, topics: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return TOPICS[generator.integers(0, topics, n)] + 0.5 * generator.standard_normal((n, 16))


def times(n: int, first_day: int, days: int, seed: int) -> np.ndarray:
    seconds = np.random.default_rng(seed).integers(first_day * DAY, (first_day + days) * DAY, n)
    return START + seconds.astype("timedelta64[s]")


BASELINE, BASELINE_TIMES = asked(3_000, 8, 1), times(3_000, 0, 10, 1)
WEEK_TIMES = times(600, 10, 7, 2)


@pytest.fixture(scope="module")
def usual() -> driftwell.Verdict:
    return driftwell.verdict(BASELINE, asked(600, 8, 2), baseline_times=BASELINE_TIMES, window_times=WEEK_TIMES)


@pytest.fixture(scope="module")
def unusual() -> driftwell.Verdict:
    return driftwell.verdict(BASELINE, asked(600, 9, 3), baseline_times=BASELINE_TIMES, window_times=WEEK_TIMES)


def test_a_week_like_the_baseline_is_no_drift(usual: driftwell.Verdict) -> None:
    assert (usual.verdict, usual.status, usual.cause, usual.causes) == ("NO_DRIFT", "ok", None, ())
    assert usual.p_value is not None and usual.p_value > 0.05
    assert (usual.n, usual.baseline_days) == (600, 10)
    counts = np.unique(WEEK_TIMES.astype("datetime64[D]"), return_counts=True)[1]
    assert usual.days == pytest.approx(600**2 / (counts**2).sum())
    assert usual.explain().startswith("No drift: these 600 records")


def test_a_new_topic_is_drift_with_its_cause_and_size(unusual: driftwell.Verdict) -> None:
    assert unusual.verdict == "DRIFT"
    assert unusual.cause == unusual.causes[0] and "novelty" in unusual.causes
    assert unusual.p_value is not None and unusual.p_value < 0.001
    assert set(unusual.p_values) == {"location", "mixture", "novelty", "displacement", "residual"}
    assert unusual.effect is not None and unusual.effect_lower is not None
    assert 0 < unusual.effect_lower <= unusual.effect
    assert str(unusual).startswith("DRIFT: Drift: ")


def test_it_equals_the_judgement_from_its_parts() -> None:
    """Without times: halves by a seeded permutation, everything on one day."""
    window, seed = asked(400, 8, 5), 7
    order = np.random.default_rng(seed).permutation(len(BASELINE))
    fit, rest = BASELINE[order[:1_500]].astype(np.float32), BASELINE[order[1_500:]].astype(np.float32)
    features = fit_features(fit, seed)
    nothing = np.zeros(len(rest), dtype=np.int64)
    state = calibrate(features, rest, nothing, nothing, np.arange(len(rest)), seed)
    expected = judge(state, features, 400, features.sums(window.astype(np.float32))["sums"])
    found = driftwell.verdict(BASELINE, window, seed=seed)
    assert (found.verdict, found.status) == (expected.verdict, "not_calibrated")
    assert found.p_values == {group.group: group.p_value for group in expected.groups}


def test_equal_calls_give_equal_results_whatever_the_order_of_the_window(unusual: driftwell.Verdict) -> None:
    shuffled = np.random.default_rng(1).permutation(600)
    again = driftwell.verdict(
        BASELINE, asked(600, 9, 3)[shuffled], baseline_times=BASELINE_TIMES, window_times=WEEK_TIMES[shuffled]
    )
    assert again.verdict == unusual.verdict
    assert again.p_values == pytest.approx(unusual.p_values, rel=1e-6)


def test_times_may_be_datetimes_with_any_zone_or_pandas_times(usual: driftwell.Verdict) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    aware = [moment.replace(tzinfo=UTC).astimezone(zone) for moment in WEEK_TIMES.astype("datetime64[s]").tolist()]
    pandas = pd.Series(pd.to_datetime(BASELINE_TIMES, utc=True).tz_convert("America/New_York"))
    found = driftwell.verdict(BASELINE, asked(600, 8, 2), baseline_times=pandas, window_times=aware)
    assert found == usual


def test_a_window_of_some_hours_is_compared_with_the_same_hours() -> None:
    three_hours = START + np.timedelta64(10, "D") + np.arange(0, 10_800, 54).astype("timedelta64[s]")
    found = driftwell.verdict(BASELINE, asked(200, 8, 2), baseline_times=BASELINE_TIMES, window_times=three_hours)
    assert found.days == 1
    assert found.n_baseline < 1_000


@pytest.mark.parametrize("n", [0, 1, 29])
def test_too_small_a_window_is_reported(n: int) -> None:
    found = driftwell.verdict(BASELINE, asked(n, 8, 2))
    assert (found.verdict, found.status, found.p_value, found.effect) == (
        "INSUFFICIENT_DATA", "too_few_records", None, None,
    )  # fmt: skip


@pytest.mark.parametrize(("n", "status"), [(0, "too_few_fit_records"), (250, "too_few_calibration_records")])
def test_too_small_a_baseline_is_reported(n: int, status: str) -> None:
    found = driftwell.verdict(asked(n, 8, 1), asked(300, 8, 2))
    assert (found.verdict, found.status, found.p_value) == ("INSUFFICIENT_DATA", status, None)
    assert "take a longer one" in found.explain()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": asked(300, 8, 2)[:, :8]}, "dimension 16, window of dimension 8"),
        ({"window": np.zeros(16)}, r"shape \(16,\), expected"),
        ({"window": [[1.0, 2.0], [3.0]]}, "rows of different lengths"),
        ({"window": np.where(np.eye(300, 16, dtype=bool), np.nan, 1.0)}, "row 0 has NaN"),
        ({"window_times": [datetime(2026, 3, 1)]}, "1 times for 300 records"),
        ({"window_times": [None] * 300}, "time 0 is missing"),
        ({"window_times": ["soon"] * 300}, "expected datetime64 or datetimes"),
    ],
)
def test_invalid_arrays_are_refused_with_what_was_found(change: dict, message: str) -> None:
    arguments = {"baseline": BASELINE, "window": asked(300, 8, 2)} | change
    with pytest.raises(InputError, match=message):
        driftwell.verdict(arguments.pop("baseline"), arguments.pop("window"), **arguments)


def test_an_alpha_out_of_range_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected a number from 0.001 to 0.2"):
        driftwell.verdict(BASELINE, BASELINE, alpha=0.0001)


def test_the_public_names_exist_and_import_no_spark() -> None:
    assert set(driftwell.__all__) == set(dir(driftwell))
    assert all(getattr(driftwell, name) for name in driftwell.__all__)
    with pytest.raises(AttributeError, match="no attribute 'judge'"):
        _ = driftwell.judge
    code = "import sys, driftwell; driftwell.verdict; sys.exit('pyspark' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
