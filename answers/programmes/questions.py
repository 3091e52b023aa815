"""The page's only question."""

from answers.programmes import programmes

__all__ = ["programmes"]
