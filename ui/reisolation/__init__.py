"""The re-isolation page: what-if, what has been seen, comparison, cost, trust, assumptions; one question each."""
