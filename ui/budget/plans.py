"""The plan itself: its published total always drawn whole, its versions, and what became of stopped programmes."""

from __future__ import annotations

from data import ledger
from locales import numbers, t
from metrics import budget
from ui import access, blocks, words
from ui.budget import source, stopped, tree, won
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
            (int(v["version"]), numbers.day(v["decided_on"], lang), words.owner(v["author"], lang), source.side(v["reason"], lang), won.say(int(sums[v["version"]]), unit),
             t(f"budget.split_{v['split']}", lang)) for v in first.to_dict("records")
        ], stacked=True)  # fmt: skip
        blocks.note(t("budget.versions_note", lang))
        _variances(scope, lang)
    stopped.show(scope, lang)
    blocks.heading(t("budget.published_title", lang))
    blocks.note(t("overview.published_note", lang))
    facts = access.published_facts("budget")
    blocks.published_table(facts[facts["fact_id"].isin(PUBLISHED)], lang)


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
    blocks.table(heads, rows, stacked=True)
