"""Constituencies (선거구) of council members: named lists of dong, brought in by file or set up in place."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, select

from data import tables as t
from data.batches import read_frame


def listing(connection: Connection) -> pd.DataFrame:
    """Current rows by name, district and dong: name, district_code, dong (as the office wrote it)."""
    c = t.ward.c
    chosen = select(c.name, c.district_code, c.dong).where(c.superseded_by.is_(None))
    return read_frame(connection, chosen.order_by(c.name, c.district_code, c.row_id))
