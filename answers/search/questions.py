"""The one question of the search."""

from answers.search import search

__all__ = ["search"]
