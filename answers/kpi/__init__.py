"""Service measures on control charts: what needs a decision, why, and what its target says."""
