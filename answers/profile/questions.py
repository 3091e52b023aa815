"""The one question of the district profile."""

from answers.profile import profile

__all__ = ["profile"]
