"""The pages are true: scripts exist, examples run, tables.md agrees with the schemas."""

from __future__ import annotations

import doctest
import os
import re
import sys
from pathlib import Path

from driftwell.tables.schemas import TABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

sys.path.insert(0, str(ROOT / "scripts"))
import tables_doc  # noqa: E402  # the script is outside the package


def test_the_two_commands_of_the_readme_can_be_run():
    commands = re.search(r"## Two commands.*?```bash\n(.*?)```", README, re.DOTALL)
    assert commands is not None
    scripts = commands[1].split()
    assert scripts == ["./scripts/demo.sh", "./scripts/test.sh"]
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


def test_the_readme_shows_output():
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False) == (0, 10)


def test_links_of_the_pages_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_tables_page_is_generated_from_the_schemas():
    assert tables_doc.FILE.read_text(encoding="utf-8") == tables_doc.text()


def test_every_column_has_a_description_and_every_table_its_indexable_columns():
    for table in TABLES.values():
        assert all(column.meaning for column in table.columns), table.name
        assert set(table.indexed) | set(table.partitioned_by) <= set(table.column_names), table.name
        assert not set(table.indexed) & {"text", "excerpt", "detail", "metadata"}, table.name
