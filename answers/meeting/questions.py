"""The questions of the page of a meeting, in order."""

from answers.meeting import agreed, alerts, changes, published

__all__ = ["changes", "agreed", "alerts", "published"]
