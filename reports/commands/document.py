"""A document of answers.

python -m reports document hotline.flow --months 3 --lang ko --out FILE.docx
python -m reports document --page hotline --out FILE.docx
"""

from __future__ import annotations

import argparse

from reports import cli

HELP = "answers as a document that Hangul and Word open"
CHOICES = True
arguments = cli.arguments


def run(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Write the file."""
    return cli.write("docx", asked, parser)
