"""What is a date in a key, and what only looks like one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from driftwell.archive.key_dates import LAYOUTS, KeyDates

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DATES = KeyDates.read_at(NOW)
FIRST = date(2026, 11, 1)

FORMS = (
    # (folders of a date with its hour, whether the hour is named)
    ("{0:%Y/%m/%d/%H}/", True),
    ("{0:%Y/%m/%d}/", False),
    ("year={0:%Y}/month={0:%m}/day={0:%d}/hour={0:%H}/", True),
    ("year={0.year}/month={0.month}/day={0.day}/hour={0.hour}/", True),
    ("YEAR={0.year}/Month={0.month}/Day={0.day}/", False),
    ("year={0:%Y}/month={0:%m}/day={0:%d}/hr={0.hour}/", True),
    ("y={0.year}/m={0.month}/d={0.day}/h={0.hour}/", True),
    ("{0:%Y-%m}/{0:%d}/{0:%H}/", True),
    ("year_month={0:%Y-%m}/day={0.day}/", False),
    ("month={0:%Y%m}/day={0:%d}/", False),
    ("year={0:%Y}/month={0:%Y-%m}/day={0:%Y-%m-%d}/", False),
    ("{0:%Y-%m-%d}/", False),
    ("{0:%Y-%m-%d}/{0:%H}/", True),
    ("{0:%Y_%m_%d}/", False),
    ("{0:%Y.%m.%d}/", False),
    ("{0:%Y-%m-%d-%H}/", True),
    ("{0:%Y-%m-%dT%H}/", True),
    ("{0:%Y-%m-%dT%H:%M:%SZ}/", True),
    ("dt={0:%Y-%m-%d}/", False),
    ("dt={0:%Y-%m-%d}/hr={0:%H}/", True),
    ("dt={0:%Y-%m-%d}/hour={0.hour}/", True),
    ("dt={0:%Y-%m-%d}/hour={0:%H}/minute={0:%M}/", True),
    ("dt={0:%Y-%m-%d-%H}/", True),
    ("dt={0:%Y-%m-%d %H%%3A%M%%3A%S}/", True),
    ("dt={0:%Y%m%d}/", False),
    ("dt={0:%Y%m%d}/hh={0:%H}/", True),
    ("dt={0:%Y%m%d%H}/", True),
    ("dt={0:%Y%m%dT%H%M}/", True),
    ("ds={0:%Y-%m-%d}/region=eu/", False),
    ("date={0:%Y-%m-%d}/", False),
    ("day={0:%Y-%m-%d}/hour={0:%H}/", True),
    ("event_date={0:%Y-%m-%d}/", False),
    ("eventDate={0:%Y-%m-%d}/", False),
    ("partition-dt={0:%Y%m%d}/", False),
    ("hour={0:%Y-%m-%d-%H}/", True),
    ("{0:%Y%m%d}/", False),
    ("{0:%Y%m%d}/{0:%H}/", True),
    ("{0:%Y%m%d%H}/", True),
)  # fmt: skip

moments = st.datetimes(datetime(2000, 1, 1), datetime(2026, 11, 25))
above = st.lists(st.sampled_from(["acme", "1001", "2024", "tenant=7", "v2", "a b=1", "2062", "12", "20"]), max_size=4)
below = st.lists(st.sampled_from(["a", "region=eu", "part-1", "77"]), max_size=2)
names = st.sampled_from(["x", "stream-1-2020-01-02-03-04-05-u.gz", "2020-01-02", "20200102.json", "2019"])


@pytest.mark.parametrize(("form", "names_hour"), FORMS)
@given(moment=moments, above=above, below=below, name=names)
def test_each_documented_layout_is_a_date_wherever_it_appears(form, names_hour, moment, above, below, name):
    root = "".join(f"{part}/" for part in ["s3://b", *above])
    found = DATES.find(root + form.format(moment) + "".join(f"{part}/" for part in below) + name)
    assert found is not None
    assert (found.day, found.hour) == (moment.date(), moment.hour if names_hour else None)


@given(st.sampled_from(FORMS), moments, moments, above)
def test_two_dates_of_one_layout_share_a_place_and_a_day_folder_is_recognised_alone(form, one, other, above):
    root = "".join(f"{part}/" for part in above)
    first, second = (DATES.find(root + form[0].format(moment) + "x") for moment in (one, other))
    # A folder above that names the same year counts as part of the date: year=2026/month=11/dt=2026-11-01/.
    assume(not {str(one.year), str(other.year)} & set(above))
    assert (first.root, first.layout) == (second.root, second.layout)
    folder = (root + form[0].format(one))[: first.end]
    of_folder = DATES.find(folder)
    assert (of_folder.day, of_folder.root, of_folder.layout, of_folder.end) == (
        first.day, first.root, first.layout, len(folder)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "root", "layout"),
    [
        ("a/2026/11/01/10/x", "a/", "#/#/#"),
        ("2026/11/01/x", "", "#/#/#"),
        ("s3://b/2024/2026/11/01/10/x", "s3://b/2024/", "#/#/#"),
        ("acme/dt=2026-11-01/hr=10/x", "acme/", "dt=#-#-#"),
        ("year=2026/month=11/day=1/x", "", "year=#/month=#/day=#"),
        ("a/year=2026/month=2026-11/day=2026-11-01/x", "a/", "year=#/month=#-#/day=#-#-#"),
        ("a/2026/11/2026-11-01/x", "a/", "#/#/#-#-#"),
        ("a/2026/2026-11-01/x", "a/", "#/#-#-#"),
        ("a/2024/12/2026-11-01/x", "a/2024/12/", "#-#-#"),
        ("2026/11/01/10/acme/2026/11/01/x", "2026/11/01/10/acme/", "#/#/#"),
    ],
)
def test_dates_have_a_place(key, root, layout):
    found = DATES.find(key)
    assert (found.day, found.root, found.layout) == (FIRST, root, layout)
    assert key[found.end :].rpartition("/")[2] == "x"


@pytest.mark.parametrize(
    "key",
    [
        "x", "2026-11-01", "20261101.json", "a/stream-2026-11-01-10-00-00.gz",  # the object's name
        "1001/x", "1001/11/01/x", "2024/x", "2024/13/01/x", "2026/02/30/03/x", "2025/02/29/x",
        "12026/01/02/03/x", "v2026/01/02/03/x", "x2026-11-01/x", "2026-11-011/x", "2026/1/2/x",
        "1999/01/02/x", "2062/11/01/00/x", "dt=2062-11-01/x", "2027/01/01/x", "20991231/x", "1970/01/01/x",
        "year=2026/day=02/month=01/x", "2026/11/x", "year=2026/month=11/x", "id=2026-11-01/x", "00000000/x",
        "1767322800/x", "customer=20261101/x", "holidays=2026/11/01x/y",
        "\u0662\u0660\u0662\u0666/\u0660\u0661/\u0660\u0662/x",  # digits, but not ASCII
    ],
)  # fmt: skip
def test_what_only_looks_like_a_date_is_not_one(key):
    assert DATES.find(key) is None


@given(st.text(alphabet="0123456789/-=dtT_. y", max_size=60))
def test_any_key_has_a_date_that_can_be_one_or_none(key):
    found = DATES.find(key)
    if found is not None:
        assert date(2000, 1, 1) <= found.day <= NOW.date() + timedelta(days=1)
        assert key.startswith(found.root) and 0 < found.end <= len(key) and key[found.end - 1] == "/"
        assert found.root == "" or found.root.endswith("/")


def test_a_date_up_to_tomorrow_counts_because_of_time_zones():
    assert DATES.find("2026/11/26/00/x").day == date(2026, 11, 26)
    assert DATES.find("2026/11/27/00/x") is None
    # Only the folders that name an impossible arrival are skipped, not the whole key.
    assert DATES.find("2026/11/01/2062/01/01/x").day == FIRST


def test_a_pattern_replaces_the_list():
    dates = KeyDates.read_at(NOW, r"/(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>\d{4})/(?:at(?P<hour>\d+))?")
    found = dates.find("s3://b/acme/01-11-2026/at7/x")
    assert (found.day, found.hour, found.root, found.layout) == (FIRST, 7, "s3://b/acme/", "#-#-#")
    assert dates.find("s3://b/acme/01-11-2026/").end == len("s3://b/acme/01-11-2026/")
    assert dates.find("s3://b/2026/11/01/10/x") is None
    assert dates.find("s3://b/31-02-2026/x") is None


def test_a_pattern_may_match_the_name_of_the_object():
    dates = KeyDates.read_at(NOW, r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)-(?P<hour>\d\d)[^/]*$")
    found = dates.find("s3://b/flat/stream-2026-11-01-10-00-00.gz")
    assert (found.day, found.hour, found.layout, found.end) == (FIRST, 10, "", 0)


@pytest.mark.parametrize("examples", [examples for examples, _ in LAYOUTS])
def test_the_examples_of_the_list_are_read_as_described(examples):
    for example in examples.split(", "):
        assert DATES.find(example + "x").day == FIRST, example
