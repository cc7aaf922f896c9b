"""The ledger's times: a later plan has a later time, whatever the clocks say."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from driftwell.archive.ledger import planned_after
from driftwell.times import now


def test_the_first_plan_has_the_time_it_is_made_at() -> None:
    before = now()
    assert before <= planned_after(None) <= now()


@given(st.timedeltas(min_value=timedelta(days=-9_000), max_value=timedelta(days=9_000)))
def test_a_plan_is_later_than_the_previous_one_although_another_drivers_clock_was_ahead(ahead: timedelta) -> None:
    last = now() + ahead
    assert last < planned_after(last) <= max(now(), last + timedelta(microseconds=1))
