"""Contact points side by side: who sends people on, and how many are taken in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data import queries
from data.codes import CODES, label
from locales import t
from ui import blocks, services

# Named by the plan but without a code in any record: said to be missing, not zero.
UNRECORDED = ("convenience_store",)


def draw(lang: str, *, months: queries.Span) -> None:
    """Referrals received, accepted and accepted in time by source."""
    columns = ("received", "accepted", "accepted_in_14_d")
    rows = services.totals("referral_monthly", columns=columns, keys=("source",), where={"month_key": months})
    if rows.empty:
        blocks.lead(t("chart.no_figures", lang))
        return
    found = rows.set_index("source")
    whole = services.total("referral_monthly", columns=columns, where={"month_key": months})
    value, interval = services.share_words(whole["accepted"], whole["received"], lang)
    blocks.lead(
        t(
            "detection.points_sentence",
            lang,
            n=services.counted(whole["received"], lang, "cases"),
            value=value,
            interval=interval,
        )
    )
    table = []
    for source in CODES["referral_source"]:
        if source not in found.index:
            table.append((label("referral_source", source, lang), t("status.missing", lang), "–", "–", "–"))
            continue
        row = found.loc[source]
        shares = [
            services.share_cells(np.minimum(row[c], row["received"]), row["received"], lang)
            for c in columns[1:]
        ]
        part = services.share_cells(row["received"], whole["received"], lang)[0]
        table.append((label("referral_source", source, lang), services.count_words(row["received"], lang), part,
                      *(f"{v} ({limits})" if limits else v for v, limits in shares)))  # fmt: skip
    table += [
        (t(f"detection.point_{name}", lang), t("detection.not_recorded", lang), "–", "–", "–")
        for name in UNRECORDED
    ]
    heads = [
        (t(f"detection.point_col_{c}", lang), c != "name")
        for c in ("name", "received", "share", "accepted", "in_time")
    ]
    blocks.table(heads, table, stacked=True)
    blocks.note(t("detection.points_note", lang))
    evidence = "synthetic" if (pd.Series(rows["evidence"]) == "synthetic").any() else "recorded"
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "detection.how_points")
