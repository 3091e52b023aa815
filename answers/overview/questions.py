"""The one question of the overview."""

from answers.overview import overview

__all__ = ["overview"]
