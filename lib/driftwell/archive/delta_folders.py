"""Which objects below an archive belong to Delta tables: they are not records, whoever wrote the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

THREADS = 16  # each check is mostly waiting


class DeltaFolders:
    """Finds folders with a `_delta_log`, checking each folder once."""

    def __init__(self, root: str, has_log: Callable[[str], bool]) -> None:
        """An archive's root, without a trailing slash, and a check whether a folder has a table's log."""
        self._root = root
        self._has_log = has_log
        self._known: dict[str, bool] = {}

    def holding(self, keys: Iterable[str]) -> set[str]:
        """The outermost folders of tables, the root among them, in which some of these objects lie."""
        folders = [self._folders(key) for key in keys if _may_be_of_a_table(key)]
        unknown = sorted({folder for above in folders for folder in above} - set(self._known))
        with ThreadPoolExecutor(THREADS) as pool:
            self._known.update(zip(unknown, pool.map(self._has_log, unknown), strict=True))
        found = ([folder for folder in above if self._known[folder]] for above in folders)
        return {tables[0] for tables in found if tables}

    def _folders(self, key: str) -> list[str]:
        """The folders above an object, from the root down."""
        ends = [i for i in range(len(self._root), len(key)) if key[i] == "/"]
        return [key[:end] for end in ends]


def _may_be_of_a_table(key: str) -> bool:
    """Delta tables consist of Parquet files and deletion vectors, besides hidden files."""
    return key.endswith(".parquet") or key.rpartition("/")[2].startswith("deletion_vector")
