"""The sources behind every figure, read once from sources.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def sources() -> dict[str, dict[str, Any]]:
    """source_id -> title_ko, title_en, publisher, url (if any), licence, as_of, notes."""
    return tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))
