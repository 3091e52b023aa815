"""Questions on re-isolation, in the order in which the page offers them."""

from answers.reisolation import assumptions, seen, trust

__all__ = ["seen", "trust", "assumptions"]
