"""Pseudonyms: every number by which an office knows a person, a case, a contact or whom it paid, as an HMAC of it.

The same number under the same key gives the same pseudonym, so that tables join and a row that is sent again finds itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

import pandas as pd

LENGTH = 16
# Column -> what its numbers name. Numbers of one kind are one in every table; those of two kinds never meet.
KINDS = {
    "person_id": "",  # the first kind: its pseudonyms bear no mark of it
    "case_id": "case",
    "contact_id": "contact",
    "session_id": "session",
    "referral_id": "referral",
    "spell_id": "spell",
    "respondent_id": "respondent",
    "counterpart": "counterpart",
}
COLUMNS = frozenset(KINDS)


def pseudonym(value: str, *, secret: str, kind: str = "") -> str:
    """HMAC-SHA256 of an office's number under the store's secret, first 16 hexadecimal digits.

    Args:
        kind: one of `KINDS`' values: person (''), case, contact …
    """
    told = f"{kind}\x1f{value}" if kind else value
    return hmac.digest(secret.encode(), told.encode(), "sha256")[: LENGTH // 2].hex()


def pseudonymised(frame: pd.DataFrame, *, secret: str, programmes: Collection[str] = ()) -> pd.DataFrame:
    """The frame with every office's number replaced by its pseudonym.

    Args:
        programmes: programme ids; a counterpart that is one (of a transfer) is nobody and stays.
    """
    out = frame.copy()
    for name in COLUMNS & set(out.columns):
        kept = programmes if name == "counterpart" else ()
        known = {
            value: value if value in kept else pseudonym(value, secret=secret, kind=KINDS[name])
            for value in set(out[name])
            if value is not None
        }
        out[name] = pd.Series([known.get(value) for value in out[name]], index=out.index, dtype=object)
    return out
