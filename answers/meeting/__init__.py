"""The page of a meeting: what has changed since the last one, and what became of what was agreed."""
