"""Is it changing? Cochran-Armitage on the last comparable periods: rising, falling, or no clear change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from answers import say, words
from answers.answer import Answer, Beside, Block, Figure, Fold, Heading, Note, Picked
from answers.ask import Ask
from answers.districts import choices, figures, mapview, measures, tables, trends
from answers.districts.common import picked_or
from answers.districts.trends import KINDS, SIGNS, TESTED, Change
from answers.reader import Reader
from charts import dots, theme
from locales import numbers, t
from metrics import trend

# Another question of an earlier survey (F224, F225): shown as words, never joined to the line.
OTHER_QUESTION = "isolation_prevalence"


def change(ask: Ask, read: Reader) -> Answer:
    """Change of one measure."""
    c, lang = choices.wanted(ask), ask.lang
    shown = trends.build(read, c.indicator, c.group, c.own, lang)
    table = tables.table(rows(shown, lang), c.named(f"change_{c.indicator}"))
    span = " · ".join((shown.said[0], shown.said[-1])) if shown.said else ""
    template = _template(shown, f"{span} · {t(f'evidence.{shown.evidence}', lang)}", lang)
    palette, counts = theme.trends(shown.metric.better), shown.areas["kind"].value_counts()
    vintage = measures.vintage_of(0, c.own)
    ground = mapview.boundary_words(read, vintage, c.tile, lang)
    changed = any(counts.get(k, 0) for k in ("rising", "falling"))
    left: list[Block] = [
        figures.kinds_legend(
            (palette[k], t(f"district.trend_{k}", lang) + SIGNS[k], int(counts.get(k, 0)))
            for k in KINDS
            if k in TESTED or counts.get(k, 0)
        ),
        figures.categories(
            read,
            shown.areas,
            vintage,
            kinds=KINDS,
            palette=palette,
            hover=_hover(shown.areas, lang),
            template=template,
            selected=c.district,
            alt=sentence(shown, lang),
            tile=c.tile,
            table=tables.lean(table),
        ),
        say.metric_source(shown.metric, shown.evidence, lang, period=", ".join(shown.said), boundary=ground),
        say.how_text(t("district.change_how_title", lang), t(f"district.change_how_{shown.per}", lang)),
    ]
    slopes = _slopes(shown, c.district, template, lang)
    other = [Note(t("district.other_question", lang))] if c.indicator == OTHER_QUESTION else []
    return Answer(
        "",
        sentence(shown, lang),
        sure(shown, lang),
        blocks=(
            *other,
            picked_or(_picked(shown, c.district, lang), "map.selected_hint", lang),
            # A map of one colour says nothing: where no district changes clearly, slopes and intervals stand alone.
            *(
                (Beside((left, slopes), (6, 5), gap="medium"),)
                if changed or not slopes
                else (*slopes, Fold(t("chart.as_table", lang), (tables.lean(table),)), *left[2:])
            ),
            say.figures(
                lang, *((t("figures.city", lang, name=shown.metric.name(lang)), v) for v in shown.steps)
            ),
            tables.file(table),
        ),
        period=", ".join(shown.said),
        geography=ground,
    )


def sentence(shown: Change, lang: str) -> str:
    """How many districts rose and fell and which; or why nothing can be said."""
    name = shown.metric.name(lang)
    if len(shown.said) < trend.FEWEST:
        said = ", ".join(shown.said) or t("map.none", lang)
        return t("district.change_too_few", lang, name=name, n=len(shown.said), said=said)
    known = shown.areas[shown.areas["verdict"].isin(TESTED)]
    rising, falling = (known[known["verdict"] == verdict] for verdict in ("rising", "falling"))
    return t(
        "district.change_sentence",
        lang,
        name=name,
        first=shown.said[0],
        last=shown.said[-1],
        n=len(shown.said),
        total=len(known),
        rising=words.stated(words.counted_names(rising, lang), len(rising), "and", lang),
        falling=words.stated(
            words.counted_names(falling.assign(value=-falling["value"]), lang), len(falling), "stop", lang
        ),
    )


def sure(shown: Change, lang: str) -> str:
    """How many of those called changing may be wrong, and who could not be tested."""
    if len(shown.said) < trend.FEWEST:
        return ""
    withheld = int((shown.areas["verdict"] == "withheld").sum())
    more = f" {t('district.change_withheld', lang, n=withheld)}" if withheld else ""
    steps = f"{t('district.change_steps', lang, steps=' → '.join(shown.steps))} " if shown.steps else ""
    return steps + t("district.change_sure", lang) + more


def rows(shown: Change, lang: str) -> pd.DataFrame:
    """What is shown, as text."""
    areas = shown.areas.sort_values("area_code")
    points = " (%p)" if shown.metric.unit == "percent" else ""

    def numbered(column: str, digits: int = 2) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v, digits) for v in areas[column]]

    return pd.DataFrame(
        {
            t("map.col_code", lang): areas["area_code"].tolist(),
            t("map.col_area", lang): areas["label"].tolist(),
            t("map.col_indicator", lang): [shown.metric.name(lang)] * len(areas),
            t("map.col_period", lang): [", ".join(shown.said)] * len(areas),
            t("district.col_verdict", lang): [t(f"district.trend_{v}", lang) for v in areas["verdict"]],
            t(f"district.col_slope_{shown.per}", lang) + points: numbered("value"),
            t("map.col_lower", lang): numbered("lower"),
            t("map.col_upper", lang): numbered("upper"),
            t("district.col_q", lang): numbered("q_value", 2),
            t("map.col_evidence", lang): [t(f"evidence.{shown.evidence}", lang)] * len(areas),
        }
    )


def _picked(shown: Change, code: str, lang: str) -> Picked | None:
    found = shown.areas[shown.areas["area_code"] == code]
    if found.empty:
        return None
    row = found.iloc[0]
    return Picked(
        t(
            "district.change_picked",
            lang,
            name=row["label"],
            verdict=t(f"district.trend_{row['verdict']}", lang),
        ),
        _slope_words(row, shown, lang),
        t(
            "district.change_city",
            lang,
            verdict=t(f"district.trend_{shown.city['verdict']}", lang),
            slope=_slope_words(shown.city, shown, lang),
        ),
    )


def _slopes(shown: Change, district: str, template: str, lang: str) -> list[Block]:
    known, unknown = dots.in_order(shown.areas)
    figure = dots.intervals(
        known,
        unknown,
        kinds=known["verdict"].map({"rising": "higher", "falling": "lower"}).fillna("similar"),
        hover=_hover(known, lang),
        selected=district or None,
        template=template,
        absent=[t(f"district.trend_{v}", lang) for v in unknown["verdict"]],
        line=(0.0, t("district.no_change", lang)),
        suffix="%p" if shown.metric.unit == "percent" else "",
        inks=known["verdict"].map(theme.trends(shown.metric.better, ink=True)),
    )
    return [
        Heading(t(f"district.change_plot_{shown.per}", lang)),
        Note(t("district.change_hint", lang)),
        Figure("dots", figure, sentence(shown, lang), picks=figures.PICKS, shown=True),
    ]


def _slope_words(row: pd.Series, shown: Change, lang: str) -> str:
    if pd.isna(row["value"]):
        return ""
    points = "%p" if shown.metric.unit == "percent" else ""
    return t(
        f"district.slope_{shown.per}",
        lang,
        slope=_signed(row["value"]) + points,
        lower=_signed(row["lower"]),
        upper=_signed(row["upper"]),
    )


def _signed(value: float) -> str:
    return numbers.signed(value, 1, plus=True)


def _hover(areas: pd.DataFrame, lang: str) -> np.ndarray:
    """Per area: name, verdict, slope with limits; the words around them travel once, in `_template`."""
    limits = zip(areas["value"], areas["lower"], areas["upper"], strict=True)
    slopes = [
        "–" if pd.isna(v) else f"{_signed(v)} ({_signed(low)} ~ {_signed(high)})" for v, low, high in limits
    ]
    said = [t(f"district.trend_{v}", lang) for v in areas["verdict"]]
    return np.array(list(zip(areas["label"], said, slopes, strict=True)), dtype=object).reshape(len(areas), 3)


def _template(shown: Change, caption: str, lang: str) -> str:
    points = " (%p)" if shown.metric.unit == "percent" else ""
    slope = f"{t(f'district.col_slope_{shown.per}', lang)}{points}, {t('hover.interval', lang)}: %{{customdata[2]}}"
    return f"\ue000%{{customdata[0]}}\ue001\n%{{customdata[1]}}\n{slope}\n{caption}\ue002"
