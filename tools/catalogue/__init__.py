"""Sixty kinds of file that offices send, each as files made on the spot, with what the importer says of them.

`python -m tools.catalogue` reads every file, holds the outcome against the declared one and writes the table into
docs/import.md.
"""
