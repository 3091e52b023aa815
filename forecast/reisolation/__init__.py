"""Re-isolation over five years: states, hazards, projection, what-if, cost and their own evaluation."""
