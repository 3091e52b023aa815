"""The districts: what the map asks, and what other pages take from it (views of a measure, their figures, places, trends)."""
