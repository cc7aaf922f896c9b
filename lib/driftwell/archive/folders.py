"""Which folders of an archive an incremental listing covers: all but date folders older than what was read."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta

from driftwell.archive.key_dates import KeyDates, shape

LATE_DAYS = 2
"""Firehose delivers up to a day late, under the old hour: this many days before the newest are relisted."""

MOST_ENTRIES = 5_000
"""A folder with more entries than this is not a level of dates: it is listed completely."""

MOST_LISTINGS = 5_000
"""Folders that the driver lists, several at a time; the rest is listed completely, by Spark's tasks."""

HIDDEN = ("_", ".")
"""Names that start with these are skipped, as by Spark's file sources."""

THREADS = 16  # a listing is mostly waiting

Entries = Callable[[str], list[tuple[str, bool]] | None]
"""Paths in a folder, and whether each is a folder; None if there are too many."""


@dataclass(frozen=True)
class Newest:
    """Dates up to which an archive was read.

    Attributes:
        by_place: (root, layout) of date folders, as in `KeyDate` -> newest date that was read there. Each producer's
            folders have their own date: a producer that lags behind the others is still read.
    """

    by_place: Mapping[tuple[str, str], date]
    _layouts: dict[str, list[str]] = field(init=False, default_factory=dict)
    _above: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for root, layout in self.by_place:
            self._layouts.setdefault(root, []).append(layout + "/")
            self._above.update(_with_parents(root))

    def since(self, root: str, layout: str) -> date | None:
        """First date to list at a place; None if the place is unknown."""
        newest = self.by_place.get((root, layout))
        return None if newest is None else newest - timedelta(days=LATE_DAYS)

    def may_hold(self, folder: str) -> bool:
        """Whether a folder may contain date folders of a known place, at any depth."""
        if folder in self._above:
            return True
        return any(
            layout != below and layout.startswith(below)
            for root in _with_parents(folder)
            for below in [shape(folder[len(root) :])]
            for layout in self._layouts.get(root, ())
        )


@dataclass(frozen=True)
class Chosen:
    """Folders and objects to list completely, and how many date folders were skipped."""

    paths: list[str]
    left_out: int


def folders_since(root: str, entries: Entries, newest: Newest, dates: KeyDates, key: Callable[[str], str]) -> Chosen:
    """What to list so that only objects in older date folders are missed.

    Everything that is not certainly a date folder that is too old is listed: other names, misdated folders, unknown
    places, and everything beyond `MOST_LISTINGS`.

    Args:
        root: of the archive. entries: the entries of a folder.
        key: writes a path as an object key.
    """
    paths: list[str] = []
    left_out = listings = 0
    level = [root]
    with ThreadPoolExecutor(THREADS) as pool:
        while level and listings + len(level) <= MOST_LISTINGS:
            listings += len(level)
            below: list[str] = []
            for folder, found in zip(level, pool.map(entries, level), strict=True):
                if found is None:
                    paths.append(folder)
                    continue
                for path, is_folder in found:
                    if path.rpartition("/")[2].startswith(HIDDEN):
                        continue
                    choice = _choice(key(path) + "/", newest, dates) if is_folder else "list"
                    left_out += choice == "leave out"
                    if choice != "leave out":
                        (below if choice == "look into" else paths).append(path)
            level = below
    return Chosen(paths + level, left_out)


def _choice(folder: str, newest: Newest, dates: KeyDates) -> str:
    if newest.may_hold(folder):
        return "look into"
    found = dates.find(folder)
    if found is None or found.end != len(folder):  # not a day's folder, or a folder below one
        return "list"
    since = newest.since(found.root, found.layout)
    return "leave out" if since is not None and found.day < since else "list"


def _with_parents(folder: str) -> Iterator[str]:
    """A folder, ending in `/` (or empty), and its parents."""
    yield folder
    while folder:
        folder = folder[: folder.rfind("/", 0, len(folder) - 1) + 1]
        yield folder
