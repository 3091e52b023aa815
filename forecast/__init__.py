"""The future: re-isolation, call demand and staffing, budget outturn."""
