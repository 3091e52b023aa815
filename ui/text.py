"""Sentences and numbers for pages, which may not reach past `ui`."""

from locales import LANGUAGES, numbers, t

__all__ = ["LANGUAGES", "numbers", "t"]
