"""An incremental listing leaves out old date folders, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwell.archive import folders
from driftwell.archive.folders import Newest, folders_since
from driftwell.archive.key_dates import KeyDates

DATES = KeyDates.read_at(datetime(2026, 11, 25, tzinfo=UTC))


def tree(keys):
    """`entries` of the folders that hold these objects."""
    found: dict[str, dict[str, bool]] = {}
    for key in keys:
        parts = key.split("/")
        for i in range(1, len(parts)):
            found.setdefault("/".join(parts[:i]), {})["/".join(parts[: i + 1])] = i + 1 < len(parts)
    return lambda folder: list(found[folder].items())


def newest_of(keys):
    """What a ledger holds about objects that were read."""
    by_place: dict[tuple[str, str], date] = {}
    for key in keys:
        if (found := DATES.find(key)) and found.end:
            place = (found.root, found.layout)
            by_place[place] = max(found.day, by_place.get(place, found.day))
    return Newest(by_place)


def chosen(keys, newest, root="r"):
    return folders_since(root, tree(keys), newest, DATES, lambda path: path)


def listed(keys, found):
    return {key for key in keys if any(key == path or key.startswith(path + "/") for path in found.paths)}


segments = st.sampled_from(["acme", "1001", "2024", "2062", "a=1", "12", "11", "2026", "05", "x y"])
forms = st.sampled_from(
    ["%Y/%m/%d/%H", "%Y/%m/%d", "year=%Y/month=%m/day=%d/hour=%H", "dt=%Y-%m-%d/hr=%H", "%Y%m%d", "%Y-%m/%d", "misc"]
)
days = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 25))
objects = st.builds(
    lambda above, form, day, below, name: "/".join(["r", *above, *day.strftime(form).split("/"), *below, f"{name}.gz"]),
    st.lists(segments, max_size=2), forms, days, st.lists(segments, max_size=1), st.integers(0, 99),
)  # fmt: skip


@given(st.lists(objects, max_size=12), st.lists(objects, min_size=1, max_size=12))
def test_only_objects_in_older_date_folders_of_their_own_place_are_missed(read, new):
    newest = newest_of(read)
    keys = [*read, *new]
    seen = listed(keys, chosen(keys, newest))
    for key in set(keys) - seen:
        # A folder above it is a day's, more than two days older than the newest of its place.
        above = [key[: i + 1] for i, letter in enumerate(key) if letter == "/"]
        days = [found for folder in above if (found := DATES.find(folder)) and found.end == len(folder)]
        assert any(
            newest.since(found.root, found.layout) and found.day < newest.since(found.root, found.layout)
            for found in days
        )
    # Objects at their place's newest dates, at unknown places, or in no date folder are listed.
    for key in new:
        found = DATES.find(key)
        nested = [DATES.find(key[: i + 1]) for i, letter in enumerate(key) if letter == "/"]
        if all(
            day is None or (day.root, day.layout) not in newest.by_place
            or day.day >= newest.since(day.root, day.layout) for day in [found, *nested]
        ):  # fmt: skip
            assert key in seen


def test_a_customer_that_looks_like_a_year_and_one_that_lags_are_read():
    read = ["r/acme/2026/11/06/10/a", "r/1001/2026/11/06/10/a", "r/slow/2026/03/01/10/a", "r/2024/2026/11/06/10/a"]
    new = ["r/acme/2026/11/07/10/b", "r/1001/2026/11/07/10/b", "r/slow/2026/03/02/10/b", "r/2024/2026/11/07/10/b"]
    old = ["r/acme/2026/10/01/10/o", "r/acme/2025/11/06/10/o", "r/slow/2025/03/01/10/o"]
    keys = read + new + old
    found = chosen(keys, newest_of(read))
    assert listed(keys, found) == {*read, *new} and found.left_out == 3


def test_an_object_under_a_future_year_changes_nothing():
    read = ["r/2026/11/20/10/a", "r/2062/11/01/00/x"]
    new = ["r/2026/11/21/10/b", "r/2062/11/02/00/y"]
    assert listed(read + new, chosen(read + new, newest_of(read))) == {*read, *new}


def test_producers_in_one_folder_have_their_own_newest_dates():
    read = ["r/2026/11/20/10/a", "r/dt=2026-05-01/a"]
    keys = [*read, "r/dt=2026-05-02/b", "r/2026/05/02/10/late"]
    assert listed(keys, chosen(keys, newest_of(read))) == {*read, "r/dt=2026-05-02/b"}


def test_hidden_names_are_ignored_and_the_rest_of_a_wide_archive_is_listed_whole(monkeypatch):
    read = [f"r/c{i}/2026/11/20/10/a" for i in range(30)]
    keys = [*read, *(key.replace("2026/11", "2026/01") for key in read), "r/_x/2026/11/20/10/a"]
    newest = newest_of(read)
    found = chosen(keys, newest)
    assert found.left_out == 30 and listed(keys, found) == set(read)
    monkeypatch.setattr(folders, "MOST_LISTINGS", 10)
    found = chosen(keys, newest)
    assert found.left_out == 0 and listed(keys, found) == {key for key in keys if "_x" not in key}


def test_a_folder_with_too_many_entries_is_listed_whole():
    assert folders_since("r", lambda _: None, Newest({("r/", "#/#/#"): date(2026, 11, 1)}), DATES, str).paths == ["r"]


@pytest.mark.parametrize("ago", [0, 1, 2, 3, 30])
def test_two_days_before_the_newest_are_listed_again(ago):
    day = date(2026, 11, 20) - timedelta(days=ago)
    keys = ["r/2026/11/20/10/a", f"r/{day:%Y/%m/%d}/10/b"]
    assert (f"r/{day:%Y/%m/%d}/10/b" in listed(keys, chosen(keys, newest_of(keys[:1])))) == (ago <= 2)
