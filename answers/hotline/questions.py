"""The hotline's questions, in the order in which the page offers them."""

from answers.hotline import flow

__all__ = ["flow"]
