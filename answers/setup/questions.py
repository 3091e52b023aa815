"""The page's questions: one for each kind of thing that is set up, and one for the codes."""

from answers.setup import setup

__all__ = ["setup"]
