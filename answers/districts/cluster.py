"""Do high districts lie beside each other? Which surely do, and that mostly none can be told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from answers import say, terms, words
from answers.answer import Answer, Beside, Block, Column, Heading, Note, Picked, Table
from answers.ask import Ask
from answers.districts import choices, clusters, figures, mapview, tables
from answers.districts.choices import Wanted
from answers.districts.clusters import FOUND, KINDS, SIGNS, Clusters
from answers.districts.common import picked_or
from answers.districts.measures import DIRECT
from answers.reader import Reader
from charts import theme
from charts.map import line_template
from locales import numbers, t


def cluster(ask: Ask, read: Reader) -> Answer:
    """Clusters of one measure."""
    c, lang = choices.wanted(ask), ask.lang
    shown = clusters.build(read, c.indicator, c.period, c.group, c.estimate, ask["banks"], c.own, lang)
    table = tables.table(rows(shown, lang), c.named(f"cluster_{c.indicator}_{c.period}"))
    ground = mapview.boundary_words(read, shown.vintage, c.tile, lang)
    palette, counts = theme.clusters(), shown.areas["kind"].value_counts()
    kinds: list[Block] = [
        figures.kinds_legend(
            (palette[k], t(f"district.kind_{k}", lang) + SIGNS[k], int(counts.get(k, 0)))
            for k in KINDS
            if k != "missing" or counts.get(k, 0)
        ),
        figures.categories(
            read,
            shown.areas,
            shown.vintage,
            kinds=KINDS,
            palette=palette,
            hover=_hover(shown, lang),
            template=line_template(f"{shown.when} · {t(f'evidence.{shown.evidence}', lang)}"),
            selected=c.district,
            alt=sentence(shown, lang),
            tile=c.tile,
            table=tables.lean(table),
        ),
    ]
    # A map of one colour says nothing: where no district clusters the values themselves are drawn.
    plain = not any(counts.get(k, 0) for k in FOUND)
    left = [
        *(_values(read, c, tables.lean(table), lang) if plain else kinds),
        say.metric_source(
            shown.metric,
            shown.evidence,
            lang,
            period=shown.when,
            modelled=shown.method != DIRECT,
            boundary=ground,
        ),
        say.how_text(t("district.q_cluster", lang), t("district.cluster_how", lang)),
    ]
    return Answer(
        "",
        sentence(shown, lang),
        sure(shown, lang),
        blocks=(
            picked_or(_picked(shown, c.district, lang), "map.selected_hint", lang),
            Beside((left, _named(shown, lang)), (6, 5), gap="medium"),
            *_figures(shown, lang),
            terms.card(lang, "moran"),
            tables.file(table),
        ),
        period=shown.when,
        geography=ground,
    )


def _values(read: Reader, c: Wanted, table: Table, lang: str) -> list[Block]:
    """The measure itself on the map, with what a cluster would have been."""
    own = mapview.build(
        read, c.indicator, period=c.period, lang=lang, group=c.group, estimate=c.estimate, own=c.own
    )
    drawn = figures.choropleth(read, own, c.district, lang, tile=c.tile, table=table)
    return [Note(t("district.cluster_values", lang)), *drawn[:2]]


def sentence(shown: Clusters, lang: str) -> str:
    """Whether neighbours resemble each other, which districts surely cluster, or that none does; figures stand in `sure`."""
    name, whole = shown.metric.name(lang), shown.whole
    if shown.withheld:
        return t("district.cluster_withheld", lang, name=name, when=shown.when, n=shown.withheld)
    if whole.state != "ok":
        return t(f"district.cluster_{whole.state}", lang, name=name, when=shown.when)
    first = t(f"district.moran_{whole.verdict}", lang, name=name, when=shown.when)
    found = [
        t(
            "district.cluster_named",
            lang,
            kind=t(f"district.kind_{kind}", lang),
            areas=words.counted_names(shown.areas[shown.areas["kind"] == kind], lang),
        )
        for kind in FOUND
        if (shown.areas["kind"] == kind).any()
    ]
    if not found:
        return f"{first} {t('district.cluster_nothing', lang)}"
    return f"{first} {t('district.cluster_reliable', lang, found=', '.join(found))}"


def _moran(shown: Clusters) -> dict[str, str]:
    """The figures of the whole map in words; none where there is nothing to say."""
    whole = shown.whole
    if shown.withheld or whole.state != "ok":
        return {}
    low, high = (numbers.signed(v, 2) for v in whole.chance)
    return {"i": numbers.signed(whole.index, 2), "low": low, "high": high, "p": _p(whole.p)}


def _figures(shown: Clusters, lang: str) -> list[Block]:
    found = _moran(shown)
    return (
        [say.figures(lang, *((t(f"figures.moran_{k}", lang), v) for k, v in found.items()))] if found else []
    )


def sure(shown: Clusters, lang: str) -> str:
    """The figures behind the sentence, and that a smoothed map is smoothed."""
    found = _moran(shown)
    if not found:
        return ""
    said = t("district.moran_figures", lang, **found)
    return said if shown.method == DIRECT else f"{said} {t('district.cluster_modelled', lang)}"


def rows(shown: Clusters, lang: str) -> pd.DataFrame:
    """What is shown, as text."""
    areas = shown.areas.sort_values("area_code")

    def numbered(column: str, digits: int) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v, digits) for v in areas[column]]

    return pd.DataFrame(
        {
            t("map.col_code", lang): areas["area_code"].tolist(),
            t("map.col_area", lang): areas["label"].tolist(),
            t("map.col_indicator", lang): [shown.metric.name(lang)] * len(areas),
            t("map.col_period", lang): [shown.when] * len(areas),
            t("district.col_kind", lang): [t(f"district.kind_{k}", lang) for k in areas["kind"]],
            t("district.col_own", lang): numbered("z", 2),
            t("district.col_around", lang): numbered("lag", 2),
            t("district.col_q", lang): numbered("p_adjusted", 3),
            t("map.col_evidence", lang): [t(f"evidence.{shown.evidence}", lang)] * len(areas),
        }
    )


def _named(shown: Clusters, lang: str) -> list[Block]:
    """How to read the map, what counts as a neighbour, and the districts that surely cluster."""
    named = shown.areas[shown.areas["kind"].isin(FOUND)].sort_values(["p_adjusted", "area_code"])
    river = t("district.cluster_river", lang, n=shown.cut) if shown.cut else t("district.cluster_touch", lang)
    found: list[Block] = [
        Heading(t("district.cluster_table" if len(named) else "district.cluster_read", lang)),
        Note(t("district.cluster_hint", lang)),
        Note(river),
        *(
            Note(
                t(
                    "district.cluster_joined",
                    lang,
                    area=words.with_particle(area, "은/는", lang),
                    nearest=nearest,
                )
            )
            for area, nearest in shown.joined
        ),
    ]
    if len(named):
        columns = [
            Column(t("map.col_area", lang)),
            Column(t("district.col_kind", lang)),
            Column(t("district.col_q", lang), number=True),
        ]
        cells = zip(named["label"], named["kind"], named["p_adjusted"], strict=True)
        found.append(
            Table(
                columns,
                [(label, t(f"district.kind_{kind}", lang), numbers.number(p, 3)) for label, kind, p in cells],
                stacked=False,
            )
        )
    return found


def _picked(shown: Clusters, code: str, lang: str) -> Picked | None:
    found = shown.areas[shown.areas["area_code"] == code]
    if found.empty:
        return None
    row = found.iloc[0]
    line = t("district.cluster_picked", lang, name=row["label"], kind=t(f"district.kind_{row['kind']}", lang))
    return Picked(line, "", _line(row, lang))


def _hover(shown: Clusters, lang: str) -> np.ndarray:
    areas = shown.areas.to_dict("records")
    kinds = [t(f"district.kind_{kind}", lang) for kind in shown.areas["kind"]]
    cells = [(row["label"], f"{kind} · {_line(row, lang)}") for kind, row in zip(kinds, areas, strict=True)]
    return np.array(cells, dtype=object).reshape(len(cells), 2)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {numbers.number(value, 3)}"


def _line(row: Any, lang: str) -> str:
    if pd.isna(row["z"]):
        return t("status.missing", lang)
    return t(
        "district.cluster_line",
        lang,
        own=_deviation(row["z"]),
        around=_deviation(row["lag"]),
        p=_p(row["p_adjusted"]),
    )


def _deviation(z: float) -> str:
    return numbers.signed(z, 1, plus=True)
