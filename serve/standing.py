"""What Streamlit works out anew in every run though it stands from the start: the look of its settings, and whether a label begins with an emoji.

Together a tenth of a run. Both go on saying what Streamlit says (`tests/test_serve.py` holds them equal); settings of the look are read once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from streamlit import string_util
from streamlit.runtime import app_session

LABELS = 4096  # labels of buttons that are kept; all of ours in both languages are fewer


def begin() -> None:
    """From here on both are worked out once. To be called when the settings have been read."""
    if not hasattr(app_session._populate_theme_msg, "__wrapped__"):
        app_session._populate_theme_msg = once(app_session._populate_theme_msg)
        string_util.extract_leading_emoji = lru_cache(LABELS)(string_util.extract_leading_emoji)


def once(populate: Callable[[Any, str], None]) -> Callable[..., None]:
    """What writes a section of the look into a message, from the second time on as the first time gave it."""
    kept: dict[str, bytes] = {}

    @wraps(populate)
    def populated(message: Any, section: str = "theme") -> None:
        if section not in kept:
            populate(message, section)
            kept[section] = message.SerializeToString()
        elif kept[section]:
            message.MergeFromString(kept[section])

    return populated
