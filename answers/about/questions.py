"""The one question of the page of measures and sources."""

from answers.about import about

__all__ = ["about"]
