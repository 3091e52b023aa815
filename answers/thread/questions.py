"""The questions of the thread, in the order in which the page offers them."""

from answers.thread import cohort, cycle, money, now

__all__ = ["cohort", "now", "cycle", "money"]
