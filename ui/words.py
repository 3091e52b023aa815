"""Generated sentences, which stand with the answers."""

from answers.words import *  # noqa: F403
