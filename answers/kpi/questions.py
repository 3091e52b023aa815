"""The one question of the page of service measures."""

from answers.kpi import page

__all__ = ["page"]
