"""The overview, and what the bell on it tells."""

from answers.overview import news, overview

__all__ = ["overview", "news"]
