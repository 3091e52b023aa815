"""Questions on re-isolation, in the order in which the page offers them."""

from answers.reisolation import assumptions, compare, cost, seen, trust, whatif

__all__ = ["whatif", "compare", "cost", "seen", "trust", "assumptions"]
