"""The hotline's questions, in the order in which the page offers them."""

from answers.hotline import flow, waits, hours, callers, staffing  # noqa: I001  the order is the page's

__all__ = ["flow", "waits", "hours", "callers", "staffing"]
