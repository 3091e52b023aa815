"""A district's profile, or the way to pick one."""

from __future__ import annotations

from answers.answer import Answer, Beside, Go, Piece
from answers.ask import Ask, Choice
from answers.districts import verdict
from answers.overview import home
from answers.profile import measures, parts, peers, standing
from answers.reader import Reader
from answers.registry import question
from data.coverage import with_summaries
from locales import t

GU = Choice(
    name="gu",
    options=lambda read, codes: ["", *read.district_names("ko")],
    default="",
    label="map.district",
    width=4.0,
    say=lambda code, lang, read: read.district_names(lang).get(code, t("profile.pick", lang)),
)


@question(
    "district_profile",
    choices=(GU, peers.BY, *peers.WHICH, home.HOME),
    needs=with_summaries(standing.FEEDS),
    ahead=GU,
    rest=lambda ask, read: profile(ask, read).blocks,
)
def profile(ask: Ask, read: Reader) -> Answer:
    """Everything that is known of one district."""
    code, lang = ask["gu"], ask.lang
    if not code:
        return Answer(
            ask.t("nav.district_profile"), ask.t("profile.pick_lead"), blocks=(Piece("profile.grid"),)
        )
    found, way = standing.known(read), Go("district_map", ask.t("profile.open_map"), (("gu", code),))
    name = read.district_names(lang)[code]
    return Answer(
        ask.t("profile.title", name=name),
        measures.lead(read, found, code, lang),
        blocks=(
            *verdict.blocks(read, code, lang),
            Beside(((Piece("profile.print"),), (way,), ()), (2, 3, 5), "small"),
            *measures.blocks(read, found, code, lang),
            *parts.changes(read, found, code, lang),
            parts.served_and_spent(read, code, lang),
            *peers.blocks(ask, read, found),
            *parts.ward(read, ask.many("home"), code, lang),
            *parts.dong(read, code, lang),
        ),
        geography=name,
        actions=(way,),
    )
