"""Counselling's questions, in the order in which the page offers them."""

from answers.counselling import attendance, cascade, outcomes, providers, waits

__all__ = ["cascade", "waits", "attendance", "outcomes", "providers"]
