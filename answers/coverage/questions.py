"""The one question of the page of what has come."""

from answers.coverage import coverage

__all__ = ["coverage"]
