"""Changes one operator, number or decision of the code at a time and asks whether a test notices.

- `draw`: which changes, by Cosmic Ray in an environment of its own;
- `run`: the tests that could notice each, in forked processes;
- `page`: docs/studies/mutants.md, with those that change nothing and why (`equivalent.toml`).
"""
