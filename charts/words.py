"""What stands in a figure is text. Only these signs make it look otherwise, and no text that came from a file can hold them.

plotly takes `<b>`, `<a href>`, `<span style>` in any name, label or hover text for markup, so a title of an imported event could be a
link. A figure therefore writes a new line as "\\n" and emphasis between `BOLD` and `PLAIN`; whoever shows it turns these, and nothing
else, into plotly's own tags last (`marked_up`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

# Private signs of Unicode: readers of files drop them. ONLY says that a hover box has no second part.
BOLD, PLAIN, ONLY = "\ue000", "\ue001", "\ue002"
_OURS = str.maketrans({"<": "&lt;", "\n": "<br>", BOLD: "<b>", PLAIN: "</b>", ONLY: "<extra></extra>"})
_NOTHING = str.maketrans({"\n": " · ", BOLD: "", PLAIN: "", ONLY: ""})
_SIGNS = frozenset(f"<\n{BOLD}{PLAIN}{ONLY}")


def bare(text: str) -> str:
    """A text of a figure in one line, without any sign."""
    return text.translate(_NOTHING).strip() if not _SIGNS.isdisjoint(text) else text


def unsigned(text: str) -> str:
    """A text from elsewhere without the private signs, so that it cannot make itself look otherwise."""
    return (
        text if _SIGNS.isdisjoint(text) else text.translate({ord(sign): None for sign in (BOLD, PLAIN, ONLY)})
    )


def marked_up(value: Any) -> Any:
    """Texts as plotly takes them: our signs are tags, every `<` of the text is one. Numbers and what holds no sign are passed on."""
    if isinstance(value, str):
        return value if _SIGNS.isdisjoint(value) else value.translate(_OURS)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "OU":
            return value
        plain = value.tolist()
        made = marked_up(plain)
        return value if made is plain else made
    if isinstance(value, list | tuple):
        if not value or isinstance(value[0], int | float):
            return value
        made = [marked_up(item) for item in value]
        return value if all(a is b for a, b in zip(made, value, strict=True)) else made
    return value
