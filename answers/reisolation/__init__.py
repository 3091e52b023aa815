"""Re-isolation over five years: today's services, what more would do, what it costs, and how far to trust it."""
