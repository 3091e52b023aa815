"""Contact points side by side: who sends people on, and how many are taken in."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Note, Table
from answers.ask import Ask
from answers.detection.common import MONTHS, detection, span
from answers.reader import Reader
from answers.registry import question
from data.codes import CODES, label
from locales import t

COLUMNS = ("received", "accepted", "accepted_in_14_d")
# Named by the plan but without a code in any record: said to be missing, not zero.
UNRECORDED = ("convenience_store",)
NOTHING = ("–", "–", "–")


@question("detection.points", choices=(MONTHS,), needs=("referral",))
@detection
def points(ask: Ask, read: Reader) -> Answer:
    """Referrals received, accepted and accepted in time by source."""
    lang, months = ask.lang, span(ask, read)
    rows = read.totals("referral_monthly", columns=COLUMNS, keys=("source",), where={"month_key": months})
    if rows.empty:
        return Answer("", t("chart.no_figures", lang))
    by_source = {row["source"]: row for row in rows.to_dict("records")}
    whole = read.total("referral_monthly", columns=COLUMNS, where={"month_key": months})
    value, interval = say.share_words(read, whole["accepted"], whole["received"], lang)
    together = (
        say.with_limits(say.share_cells(read, whole[c], whole["received"], lang)) for c in COLUMNS[1:]
    )
    body: list[tuple[str, ...]] = [
        (t("detection.points_all", lang), say.count_words(whole["received"], lang), "", *together)
    ]
    for source in CODES["referral_source"]:
        name, row = label("referral_source", source, lang), by_source.get(source)
        if row is None:
            body.append((name, t("status.missing", lang), *NOTHING))
            continue
        shares = (
            say.share_cells(read, np.minimum(row[c], row["received"]), row["received"], lang)
            for c in COLUMNS[1:]
        )
        part = say.share_cells(read, row["received"], whole["received"], lang)[0]
        body.append((name, say.count_words(row["received"], lang), part, *map(say.with_limits, shares)))
    body += [
        (t(f"detection.point_{name}", lang), t("detection.not_recorded", lang), *NOTHING)
        for name in UNRECORDED
    ]
    names = ("name", "received", "share", "accepted", "in_time")
    said = t(
        "detection.points_sentence",
        lang,
        n=say.counted(whole["received"], lang, "cases"),
        value=value,
        interval=interval,
    )
    return Answer(
        "",
        said,
        blocks=(
            Table(
                say.heads("detection.point_col_", names, lang, words=("name",)),
                body,
                ["total", *[""] * (len(body) - 1)],
            ),
            Note(t("detection.points_note", lang)),
            say.source(read.whose, lang, period=say.span_words(months, lang)),
            say.how(lang, "detection.how_points"),
        ),
        period=say.span_words(months, lang),
    )
