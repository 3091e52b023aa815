"""Did it work? Comparisons that are registered before looking, what they show, what the past lets one detect, and looks that are only that."""
