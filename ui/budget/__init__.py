"""What only a screen does with the budget: rows that unfold and open their entries, pages of entries, the flow on a phone."""
