"""The budget page's parts: one module per question, all reading from `source`."""
