"""Which records have come, from whom, and which months are closed."""
