"""The plan itself: its published total always drawn whole, its versions, and what became of stopped programmes."""

from __future__ import annotations

import streamlit as st

from data import ledger
from locales import numbers, t
from metrics import budget
from ui import access, blocks, store
from ui.budget import clicks, source, tree, won
from ui.budget.source import Scope

PUBLISHED = ("F050", "F054", "F055", "F061", "F062", "F063")


def parts() -> dict[str, int]:
    """The published total by what is known of its split; the three sum to it, to the won.

    allocated: to programmes by a published or recorded plan; unknown: split only for illustration, since no split is
    published; unallocated: in no programme of the first version.
    """
    rows = source.plan(source.ends()[1])
    by_split = rows.groupby("split")["planned_krw"].sum()
    known = int(by_split.get("published", 0)) + int(by_split.get("recorded", 0))
    unknown = int(by_split.get("illustrative", 0))
    return {"allocated": known, "unallocated": budget.PLAN_TOTAL_KRW - known - unknown, "unknown": unknown}


def bar_html(lang: str) -> str:
    """451.3 billion won as one bar: the total is published, an illustrative split is hatched."""
    found = parts()
    unit = won.unit()
    fact = access.published_facts("budget").set_index("fact_id")
    link = ""
    if "F050" in fact.index:
        row = fact.loc["F050"]
        link = (
            f' <a href="{blocks.esc(row["source_url"])}" rel="noopener">{blocks.esc(row["source_title"])}</a>'
        )
    pieces = "".join(
        f'<span class="{name}" style="flex-grow:{max(won_, 0) / 1e9:.3f}"></span>'
        for name, won_ in found.items()
        if won_ > 0
    )
    keys = "".join(
        f'<span class="key"><i class="{name}"></i>{blocks.esc(t(f"budget.plan_{name}", lang))} <b>{won.say(won_, unit)}</b></span>'
        for name, won_ in found.items()
    )
    title = blocks.esc(
        t(
            "budget.plan_total",
            lang,
            won=won.whole(budget.PLAN_TOTAL_KRW, unit, lang),
        )
    )
    over = (
        f'<p class="ieum-source">{blocks.esc(t("budget.plan_over", lang))}</p>'
        if found["unallocated"] < 0
        else ""
    )
    return (
        f'<div class="ieum-planbar"><p class="ieum-source"><strong>{title}</strong> {blocks.mark("published", lang)}{link}</p>'
        f'<div class="bar" role="img" aria-label="{title}">{pieces}</div><div class="ieum-legend">{keys}</div>{over}</div>'
    )


def show(scope: Scope, lang: str) -> None:
    """Versions, variances against both, stopped programmes, published fragments."""
    rows = source.read(ledger.baselines)
    blocks.heading(t("budget.versions_title", lang))
    if rows.empty:
        blocks.note(t("budget.versions_none", lang))
    else:
        heads = [
            (t(f"budget.version_{name}", lang), name in ("version", "sum"))
            for name in ("version", "day", "author", "reason", "sum", "split")
        ]
        first, unit = rows.drop_duplicates("version"), won.unit()
        sums = {v: source.plan(int(v))["planned_krw"].sum() for v in first["version"]}
        blocks.note(won.caption(unit, lang))
        blocks.table(heads, [
            (int(v["version"]), numbers.day(v["decided_on"], lang), v["author"], _side(v["reason"], lang), won.say(int(sums[v["version"]]), unit),
             t(f"budget.split_{v['split']}", lang)) for v in first.to_dict("records")
        ])  # fmt: skip
        blocks.note(t("budget.versions_note", lang))
        _variances(scope, lang)
    stopped(lang)
    blocks.heading(t("budget.published_title", lang))
    blocks.note(t("overview.published_note", lang))
    facts = access.published_facts("budget")
    blocks.published_table(facts[facts["fact_id"].isin(PUBLISHED)], lang)


def _side(text: str | None, lang: str) -> str:
    """'한국어 / English' as the files of the plan write reasons: the reader's side."""
    halves = str(text or "").split(" / ")
    return halves[0] if lang == "ko" or len(halves) < 2 else halves[1]


def _variances(scope: Scope, lang: str) -> None:
    unit = won.unit()
    nodes = scope.nodes[scope.nodes["level"].isin(["total", "programme"])]
    heads = [(t(f"budget.var_{name}", lang), name != "name")
             for name in ("name", "original", "current", "change", "appropriated", "from_original", "from_current")]  # fmt: skip
    rows = []
    for row in nodes.to_dict("records"):
        first, now, given = (int(row[n]) for n in ("plan_original", "plan_current", "appropriated"))
        if first or now or given:
            rows.append(
                (
                    tree.name_of(row["node"], lang),
                    *(won.say(v, unit) for v in (first, now, now - first, given, given - first, given - now)),
                )
            )
    blocks.heading(t("budget.var_title", lang))
    blocks.note(f"{won.caption(unit, lang)} · {t('budget.var_note', lang)}")
    blocks.table(heads, rows)


def stopped(lang: str) -> None:
    """Programmes that were suspended, merged or dropped: when, why, and where their money went."""
    rows = source.read(ledger.programmes)
    rows = rows[rows["status"] != "active"]
    blocks.heading(t("budget.stopped_title", lang))
    if rows.empty:
        blocks.note(t("budget.stopped_none", lang))
        return
    for row in rows.to_dict("records"):
        clicks.table(_stopped_html(row["programme_id"], won.unit(), lang, store.version(), store.url()),
                     key=f"budget_stopped_{row['programme_id']}", on_pick=tree.pick)  # fmt: skip


@st.cache_data(max_entries=32, show_spinner=False)
def _stopped_html(programme: str, unit: str, lang: str, version: int, address: str) -> str:
    row = source.read(ledger.programmes).set_index("programme_id").loc[programme]
    names = source.names(lang)
    head = t("budget.stopped_head", lang, name=row[f"name_{lang}"], status=t(f"budget.status_{row['status']}", lang),
             day=numbers.day(row["status_on"], lang))  # fmt: skip
    lines = [
        *_moved_out(programme, names, unit, lang),
        *_cuts(programme, unit, lang),
        *_replanned(programme, names, unit, lang),
    ]
    items = (
        "".join(f"<li>{blocks.esc(line)}</li>" for line in lines)
        or f"<li>{blocks.esc(t('budget.stopped_nowhere', lang))}</li>"
    )
    link = clicks.pick(blocks.esc(f"programme:{programme}"), blocks.esc(t("budget.see_entries", lang)))
    return (f'<div class="ieum-pick"><strong>{blocks.esc(head)}</strong> {link}<br>{blocks.esc(_side(row["status_reason"], lang))}'
            f'<p class="ieum-source">{blocks.esc(t("budget.stopped_where", lang))} {blocks.esc(won.caption(unit, lang))}</p><ul class="ieum-checks">{items}</ul></div>')  # fmt: skip


def _moved_out(programme: str, names: dict[str, str], unit: str, lang: str) -> list[str]:
    moves = source.read(ledger.transfers)
    own = moves[(moves["programme_id"] == programme) & (moves["kind"] == "transfer_out")]
    return [t("budget.stopped_transfer", lang, day=numbers.day(m["booked_on"], lang), to=names.get(f"programme:{m['counterpart']}", m["counterpart"] or ""),
              won=won.say(m["amount_krw"], unit), number=m["document_no"]) for m in own.to_dict("records")]  # fmt: skip


def _cuts(programme: str, unit: str, lang: str) -> list[str]:
    cells = source.read(ledger.cells)
    own = cells[
        (cells["programme_id"] == programme)
        & (cells["kind"] == "appropriation_supplementary")
        & (cells["amount_krw"] < 0)
    ]
    by_year = own.groupby(["fiscal_year", "funding"])["amount_krw"].sum()
    return [t("budget.stopped_cut", lang, year=year, funding=t(f"budget.funding_{funding}", lang), won=won.say(int(v), unit))
            for (year, funding), v in by_year.items()]  # fmt: skip


def _replanned(programme: str, names: dict[str, str], unit: str, lang: str) -> list[str]:
    """What the newest version took from the programme's later years and whom it gave it to."""
    first, last = source.ends()
    before, now = (source.plan(v).groupby("programme_id")["planned_krw"].sum() for v in (first, last))
    change = now.sub(before, fill_value=0).astype("int64")
    if change.get(programme, 0) >= 0:
        return []
    gained = change[change > 0].sort_values(ascending=False)
    to = ", ".join(
        f"{names.get(f'programme:{key}', key)} +{won.say(int(v), unit)}" for key, v in gained.items()
    )
    return [t("budget.stopped_plan", lang, version=last, won=won.say(int(change[programme]), unit), to=to)]
