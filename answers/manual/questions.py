"""The one question of the manual."""

from answers.manual import manual

__all__ = ["manual"]
