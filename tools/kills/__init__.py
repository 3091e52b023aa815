"""Processes killed at any moment of a load, an undo, a study or a release: nothing in part, nothing acknowledged lost."""
