"""A workbook of answers.

python -m reports book hotline.flow --months 3 --lang ko --out FILE.xlsx
python -m reports book --page hotline --out FILE.xlsx
"""

from __future__ import annotations

import argparse

from reports import cli

HELP = "answers as a workbook: typed cells, native charts, definitions"
CHOICES = True
arguments = cli.arguments


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write the file."""
    return cli.write("xlsx", asked, parser)
