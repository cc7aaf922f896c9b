"""The benchmark's own arithmetic: bars, exponents, and how the document is written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from bench.result import Result, exponent, write_document  # the scripts are outside the package


def test_a_bar_is_reached_from_its_own_side():
    assert Result("faster", "", "", ratio=5, bar=5).reaches()
    assert not Result("faster", "", "", ratio=4.9, bar=5).reaches()
    assert Result("faster", "", "", ratio=2.5, bar=5).reaches(0.5)
    assert Result("smaller", "", "", ratio=1.1, bar=1.1, at_most=True).reaches()
    assert not Result("smaller", "", "", ratio=1.2, bar=1.1, at_most=True).reaches()
    assert Result("smaller", "", "", ratio=2.2, bar=1.1, at_most=True).reaches(0.5)
    assert Result("without a bar", "", "").reaches()


def test_the_exponent_is_the_slope_between_logarithms():
    sizes = [1_000, 2_000, 8_000]
    assert exponent(sizes, [3 * size**1.2 for size in sizes]) == pytest.approx(1.2)


def test_a_section_of_the_document_is_replaced_and_the_others_are_kept(tmp_path):
    document = tmp_path / "page.md"
    document.write_text("before\n<!-- a -->\nold\n<!-- end of a -->\nbetween\n<!-- b -->\n<!-- end of b -->\nafter\n")
    write_document(document, "a", "a machine", [Result("what", "1 s", "2 s", ratio=2.0, bar=1.5)])
    text = document.read_text()
    assert "old" not in text and "a machine" in text
    assert "| what | 1 s | 2 s | 2.00 | at least 1.5 |" in text
    assert text.startswith("before\n") and text.endswith("between\n<!-- b -->\n<!-- end of b -->\nafter\n")


def test_the_page_has_a_place_for_each_line():
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for line in ("4.1", "3.5"):
        assert page.count(f"<!-- spark-{line} -->") == page.count(f"<!-- end of spark-{line} -->") == 1
