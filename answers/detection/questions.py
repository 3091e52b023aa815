"""Detection's questions, in the order in which the page offers them."""

from answers.detection import steps, signs, workload, points  # noqa: I001  the order is the page's

__all__ = ["steps", "signs", "workload", "points"]
