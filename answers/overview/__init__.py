"""The plan in one view: what needs a decision first, then money, need, reach, services and re-isolation."""
