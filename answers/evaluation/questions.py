"""The questions of the page of evaluations, in order."""

from answers.evaluation import registered, result, power, look  # isort: skip

__all__ = ["registered", "result", "power", "look"]
