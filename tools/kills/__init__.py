"""Processes killed at any moment of a load, an undo or a study: nothing in part, nothing acknowledged lost."""
