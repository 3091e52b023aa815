"""The districts most like one by covariates that the reader sees and may change."""

from __future__ import annotations

import pandas as pd

from answers import words
from answers.answer import Block, Column, Control, Heading, Note, Table
from answers.ask import EMPTY, Ask, Choice, Codes
from answers.kept import kept
from answers.profile import measures, standing
from answers.reader import Reader
from answers.studies import Pending
from locales import numbers, t

COVARIATES = ("one_person_share", "basic_livelihood_rate", "population", "density")
USUAL = COVARIATES[:3]
MEASURES = ("isolation_prevalence", "loneliness_prevalence", "reach_rate", "answer_rate")
USUALLY_SHOWN, MOST = 4, 6
DISTRICTS = tuple(f"11{n:02d}0" for n in range(1, 26))

BY = Choice(
    name="peerby",
    options=COVARIATES,
    default=".".join(USUAL),
    label="profile.peer_by",
    say="profile.peer_",
    kind="many",
    most=len(COVARIATES),
    place="inline",
    when=lambda read, codes: bool(codes["gu"]),
)


def _which(code: str) -> Choice:
    """The peers of one district: each has its own, so that a link to one says nothing of another."""

    def usual(read: Reader, codes: Codes) -> str:
        if codes["gu"] != code:
            return EMPTY
        by = () if codes["peerby"] == EMPTY else tuple(codes["peerby"].split("."))
        try:
            return ".".join(nearest(read, code, by).index[:USUALLY_SHOWN]) or EMPTY
        except Pending:
            return EMPTY

    return Choice(
        name=f"peers_{code}",
        options=lambda read, codes: [c for c in read.district_names("ko") if c != code],
        default=usual,
        label="profile.peer_which",
        say=lambda c, lang, read: read.district_names(lang)[c],
        kind="many",
        most=MOST,
        place="inline",
        when=lambda read, codes: codes["gu"] == code,
    )


WHICH = tuple(map(_which, DISTRICTS))


def blocks(ask: Ask, read: Reader, found: standing.All) -> list[Block]:
    """The two choices and the table of peers."""
    code, lang = ask["gu"], ask.lang
    by, chosen = tuple(ask.many("peerby")), ask.many(f"peers_{code}")
    out: list[Block] = [Heading(ask.t("profile.peers")), Control("peerby"), Control(f"peers_{code}")]
    if not chosen:
        return [*out, Note(ask.t("profile.peer_none"))]
    said = words.listed([t(f"profile.peer_{c}", lang) for c in by], lang) or ask.t("map.none")
    out.append(Note(ask.t("profile.peer_note", by=words.with_particle(said, "을/를", lang))))
    shown = [found.measures[name] for name in found.measures if name in MEASURES]
    order, names = nearest(read, code, by), read.district_names(lang)
    columns = [
        Column(ask.t("map.col_area")),
        Column(ask.t("profile.col_distance"), number=True),
        *(Column(f"{s.metric.short(lang)} ({measures.when(read, s, lang)})") for s in shown),
    ]
    rows = []
    for area in (code, *chosen):
        far = "–" if area == code or area not in order.index else numbers.number(order[area], 1)
        rows.append((names[area], far, *(measures.with_interval(s, area, lang) for s in shown)))
    return [*out, Table(columns, rows, ["own", *[""] * len(chosen)], name="peers")]


@kept
def nearest(read: Reader, code: str, by: tuple[str, ...]) -> pd.Series:
    """Distance of every other district in standard deviations of the covariates, nearest first (Euclidean)."""
    table = standing.known(read).covariates
    if not by or code not in table.index:
        return pd.Series(dtype=float)
    scaled = (table[list(by)] - table[list(by)].mean()) / table[list(by)].std()
    distance = ((scaled - scaled.loc[code]) ** 2).sum(axis=1) ** 0.5
    return distance.drop(code).sort_values(kind="stable")
