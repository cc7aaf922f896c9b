"""Names that Java cannot see in a locale without UTF-8 are an error, not an empty archive."""

from types import SimpleNamespace

import pytest

from driftwell.errors import StorageError
from driftwell.spark.paths import check_readable_names, first_hidden_name


def session(encoding: str):
    system = SimpleNamespace(getProperty={"sun.jnu.encoding": encoding}.get)
    return SimpleNamespace(_jvm=SimpleNamespace(java=SimpleNamespace(lang=SimpleNamespace(System=system))))


@pytest.mark.parametrize("name", ["Fragen-\u00fc.gz", "\u8cea\u554f/a.gz"])
def test_a_non_ascii_name_is_reported_if_java_cannot_see_it(tmp_path, name):
    path = tmp_path / "2026" / name
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(StorageError, match=r"ANSI_X3.4-1968.*LC_ALL=C.UTF-8"):
        check_readable_names(session("ANSI_X3.4-1968"), f"file:{tmp_path}")
    with pytest.raises(StorageError, match="does not see non-ASCII names"):
        check_readable_names(session("ANSI_X3.4-1968"), f"file:{path}")
    for encoding in ("UTF-8", "utf8"):
        check_readable_names(session(encoding), f"file:{tmp_path}")


def test_other_names_and_other_storage_are_accepted_in_any_locale(tmp_path):
    (tmp_path / "a b[c]").touch()
    check_readable_names(session("ANSI_X3.4-1968"), f"file:{tmp_path}")
    check_readable_names(session("ISO-8859-1"), "s3://bucket/Fragen-\u00fc")
    assert first_hidden_name(str(tmp_path / "missing")) is None
