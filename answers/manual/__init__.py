"""The manual: what each page answers, how it is read, and where care is due; by role or by page."""
