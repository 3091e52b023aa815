"""The sixty kinds in their order."""

from __future__ import annotations

from tools.catalogue.kind import Kind
from tools.catalogue.of_files import FILES
from tools.catalogue.of_record import RECORD
from tools.catalogue.of_values import VALUES

KINDS: tuple[Kind, ...] = tuple(sorted((*FILES, *VALUES, *RECORD), key=lambda kind: kind.number))
