"""The questions of the page of a meeting, in order."""

from answers.meeting import agreed, changes, published

__all__ = ["changes", "agreed", "published"]
