"""Questions on the choice, in the order in which the page offers them."""

from answers.choice import best, frontier, move, sure

__all__ = ["best", "frontier", "sure", "move"]
