"""Slides of answers.

python -m reports slides hotline.flow --months 3 --lang ko --out FILE.pptx
python -m reports slides --page hotline --out FILE.pptx
"""

from __future__ import annotations

import argparse

from reports import cli

HELP = "answers as slides with native charts and maps"
CHOICES = True
arguments = cli.arguments


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write the file."""
    return cli.write("pptx", asked, parser)
