"""One module per command of `python -m reports`: NAME's has `HELP`, `arguments(parser)` and `run(asked, parser)`."""
