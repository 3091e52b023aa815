"""`python -m tools.bench`: how fast pages answer, alone and together, and how fast the budget and the projection work."""
