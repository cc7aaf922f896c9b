"""The pages that people read, and the blocks of code in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
NAMES = ("glue", "emr", "standalone", "athena", "alerts")
GUIDES = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in NAMES}
GUIDES["README"] = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(guide: str, kind: str, words: str = "") -> list[str]:
    """Blocks of code of a kind, such as `bash`, that contain some words."""
    return [block for block in re.findall(rf"```{kind}\n(.*?)```", GUIDES[guide], re.DOTALL) if words in block]


def lines(guide: str) -> list[str]:
    """Shell lines, with continuations joined."""
    return [line for block in blocks(guide, "bash") for line in block.replace("\\\n", " ").splitlines()]


def shown_json(guide: str, words: str = "") -> Any:
    """The value of the one JSON block that contains these words."""
    (block,) = blocks(guide, "json", words)
    return json.loads(block)
