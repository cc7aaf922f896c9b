"""What a workspace refuses before it uses Spark, and what its results show."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

import driftwell
from driftwell.interface.workspace import _moment, _window


class ConnectSession:
    """A session as `pyspark.sql.connect` makes it."""


ConnectSession.__module__ = "pyspark.sql.connect.session"


@pytest.fixture
def work(tmp_path):
    return driftwell.Workspace(tmp_path / "tables", spark=object())


def test_spark_connect_is_refused_in_one_line(tmp_path):
    with pytest.raises(driftwell.UsageError, match=r"^Spark Connect cannot run driftwell[^\n]*spark-submit$"):
        driftwell.Workspace(tmp_path, spark=ConnectSession())


def test_an_active_session_of_spark_connect_is_refused_too(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "driftwell.interface.workspace.SparkSession.getActiveSession", classmethod(lambda _: ConnectSession())
    )
    with pytest.raises(driftwell.UsageError, match="Spark Connect"):
        driftwell.Workspace(tmp_path).table("runs")


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"drift": {"alpha": 2}}, "config: drift.alpha is 2"),
        ({"drfit": {}}, "config: .*drfit"),
        ("no/such/file.yaml", "no/such/file.yaml: no such file"),
    ],
)
def test_a_configuration_is_checked_when_the_workspace_is_made(tmp_path, config, found):
    with pytest.raises(driftwell.UsageError, match=found):
        driftwell.Workspace(tmp_path, config=config)


def test_the_tables_path_is_given_or_configured(tmp_path):
    with pytest.raises(driftwell.UsageError, match="tables_path is missing"):
        driftwell.Workspace()
    assert str(tmp_path) in repr(driftwell.Workspace(config={"tables_path": str(tmp_path)}))


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda work: work.snapshot("prompts", "2026-03-05", "2026-03-05"), "window .* is empty"),
        (lambda work: work.snapshot("prompts", "5 March"), "window_start is '5 March', expected a date"),
        (lambda work: work.snapshot("prompts", period="year"), "period is 'year', expected one of week, month"),
        (lambda work: work.snapshot("prompts", "2026-03-05", period="week"), "leave window_start out"),
        (lambda work: work.snapshot("prompts", None, "2026-03-05T01:00", period="week"), "expected a midnight"),
        (lambda work: work.baseline("prompts", datetime(9999, 12, 31)), "window_start is 9999-12-31"),
        (lambda work: work.baseline("no name"), "dataset"),
        (lambda work: work.distance("prompts", "a/b"), "reference_dataset"),
        (lambda work: work.ingest("prompts", reread_prefix="2026/"), "need reread=True"),
        (lambda work: work.table("snapshots"), "there is no table 'snapshots'; the tables are alerts, "),
    ],
)
def test_invalid_arguments_are_refused_before_anything_is_read(work, call, found):
    with pytest.raises(driftwell.UsageError, match=found):
        call(work)


def test_times_are_text_or_moments_and_in_utc_without_a_zone():
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    in_tokyo = datetime(2026, 3, 5, 21, tzinfo=timezone(timedelta(hours=9)))
    given = ("2026-03-05T12:00", "2026-03-05T21:00+09:00", datetime(2026, 3, 5, 12), in_tokyo)
    assert [_moment(time, "t") for time in given] == [noon] * 4
    assert _window(None, None) == (None, None)


def test_a_notebook_shows_the_text_of_a_result():
    assert repr(driftwell.Result(("a1",), False, "DRIFT", "snapshot of prompts …")) == "snapshot of prompts …"
