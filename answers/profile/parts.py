"""The other parts of a profile: change over the years, people served, visits, money, and the dong beneath."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from answers import periods, words
from answers.answer import Beside, Block, Column, Figure, Fold, Heading, Lead, Note, Table
from answers.districts import estimates, figures, mapview, tables
from answers.districts import measures as catalogue
from answers.overview import home
from answers.profile.standing import CHARTED, All
from answers.reader import Reader
from charts import waves
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric

DONG_MEASURE = "one_person_share"
MONEY = ("year", "spent", "head", "head_city", "placed")
SHOWN = 3  # fiscal years before the older ones fold


def _rows_or_none(
    title: str, columns: list[Column], rows: list[tuple[str, ...]], note: str, lang: str, name: str
) -> list[Block]:
    if not rows:
        return [Heading(title), Note(t("chart.no_figures", lang))]
    return [Heading(title), Table(columns, rows, stacked=False, name=name), Note(note)]


# --- Change -----------------------------------------------------------------------------------------------


def changes(read: Reader, found: All, code: str, lang: str) -> list[Block]:
    """Survey waves and census years, measured values with intervals, the city beside."""
    return [
        Heading(t("profile.changes", lang)),
        Note(f"{t('profile.changes_note', lang)} {t('district.other_question', lang)}"),
        Beside([_change(read, found, metric_id, code, lang) for metric_id in CHARTED], gap="medium"),
    ]


def _change(read: Reader, found: All, metric_id: str, code: str, lang: str) -> list[Block]:
    metric, names = registry.get(metric_id), (read.district_names(lang)[code], t("map.whole_city", lang))
    area, city = (series(found, metric_id, of, lang) for of in (code, ""))
    if area.empty:
        return [Heading(metric.name(lang), 3), Note(t("chart.no_figures", lang))]
    said = _series_words(area)
    figure = waves.against_city(
        area,
        city,
        metric=metric,
        names=names,
        template=f"\ue000{{name}}\ue001 %{{x}}\n%{{customdata}}\n{metric.name(lang)}\ue002",
    )
    alt = t("profile.series_alt", lang, name=names[0], measure=metric.name(lang), said=said)
    whole = dict(zip(city["period"], city["said"], strict=True))
    rows = [(str(p), mine, whole.get(p, "")) for p, mine in zip(area["period"], area["said"], strict=True)]
    columns = [Column(t("profile.col_year", lang)), *map(Column, names)]
    table = Table(columns, rows, stacked=False, name=f"waves_{metric_id}")
    notes = [mapview.remark_of(row, lang) for rows in (area, city) for row in rows.to_dict("records")]
    return [
        Heading(metric.name(lang), 3),
        Note(" · ".join(filter(None, (said, *notes)))),
        Figure(f"waves_{metric_id}", figure, alt, table),
    ]


def series(found: All, metric_id: str, code: str, lang: str) -> pd.DataFrame:
    """A measure's direct values by year for one district, or for the city ('')."""
    metric, rows = registry.get(metric_id), found.waves
    mine = rows[(rows["metric_id"] == metric_id) & (rows["area_code"] == code)].reset_index(drop=True)
    said = [_said(row, metric, lang) for _, row in mine.iterrows()]
    return mine.assign(said=said, estimate=catalogue.DIRECT)


def _said(row: pd.Series, metric: Metric, lang: str) -> str:
    return " ".join(x for x in (words.value_of(row, metric, lang), words.interval_of(row, metric, lang)) if x)


def _series_words(area: pd.DataFrame) -> str:
    """'2022 21 % → 2024 withheld → 2026 8 %'."""
    return " → ".join(
        f"{p} {said.split(' 95%')[0]}" for p, said in zip(area["period"], area["said"], strict=True)
    )


# --- Services and money -------------------------------------------------------------------------------------


def served_and_spent(read: Reader, code: str, lang: str) -> Beside:
    """People whose service began and visits by programme in the last twelve months, beside the money placed here."""
    people = _rows_or_none(
        t("profile.served", lang),
        [Column(t("profile.col_year", lang)), Column(t("profile.col_people", lang), number=True)],
        _served(read, code, lang),
        registry.get("people_served").caveat(lang),
        lang,
        "served",
    )
    visits = _rows_or_none(
        t("profile.visits", lang),
        [Column(t("import.col_programme", lang)), Column(t("profile.col_visits", lang), number=True)],
        _visits(read, code, lang),
        registry.get("programme_visits").caveat(lang),
        lang,
        "visits",
    )
    return Beside(([*money(read, code, lang), *people], visits), (3, 2))


def _served(read: Reader, code: str, lang: str) -> list[tuple[str, ...]]:
    """(year in words, people) newest first."""
    metric = registry.get("people_served")
    found = read.frame("people_served", keys=("area_code", "year"))
    mine = found[found["area_code"] == code].sort_values("year", ascending=False)
    spoken = registry.get("hotline_answered")  # says how far the running year goes
    return [
        (catalogue.period_words(read, spoken, int(row["year"]), lang), words.value_of(row, metric, lang))
        for _, row in mine.iterrows()
    ]


def _visits(read: Reader, code: str, lang: str) -> list[tuple[str, ...]]:
    """(programme, visits) of the last twelve months, most first."""
    metric, names = registry.get("programme_visits"), read.programme_names(lang)
    where = {"month_key": periods.last(read.end("attendance"), 12), "area_code": code}
    found = read.frame("programme_visits", keys=("programme_id",), where=where).sort_values(
        "value", ascending=False
    )
    return [
        (names.get(row["programme_id"], row["programme_id"]), words.value_of(row, metric, lang))
        for _, row in found.iterrows()
    ]


def money(read: Reader, code: str, lang: str) -> list[Block]:
    """Expenditure that the ledger places in the district, by year: per resident here and in the city, and how much of the
    city's it places at all. The running year says how far it goes; years before the newest three fold."""
    title, metric = Heading(t("profile.money", lang)), registry.get("expenditure")
    found = read.frame("expenditure", keys=("area_code", "fiscal_year"))
    mine = found[(found["area_code"] == code) & found["value"].notna()].sort_values(
        "fiscal_year", ascending=False
    )
    if mine.empty:
        return [title, Note(t("profile.money_none", lang))]
    inside = found["area_code"].isin(list(read.district_names("ko")))
    whole = found.groupby("fiscal_year")["value"].sum()
    placed = found[inside].groupby("fiscal_year")["value"].sum()
    rows = []
    for row in mine.to_dict("records"):
        year, people = int(row["fiscal_year"]), estimates.population(read, int(row["fiscal_year"]))
        rows.append(
            (
                _fiscal(read, year, lang),
                words.value_of(row, metric, lang),
                _per_head(row["value"], people.get(code), lang),
                _per_head(placed[year], people.sum(), lang),
                numbers.percent(100 * placed[year] / whole[year], 0),
            )
        )
    columns = [Column(t(f"profile.col_{c}", lang), number=c != "year") for c in MONEY]
    newest, older = (
        Table(columns, part, name=name)
        for part, name in ((rows[:SHOWN], "money"), (rows[SHOWN:], "money_before"))
    )
    note = f"{t(f'evidence.{read.whose}', lang)} · {t('profile.money_note', lang)}"
    before = [Fold(t("profile.money_before", lang), (older,))] if older.rows else []
    return [title, newest, *before, Note(note)]


def _fiscal(read: Reader, year: int, lang: str) -> str:
    """A fiscal year in words; the running one with the month that the ledger has reached."""
    end = read.end("ledger_entry")
    if year == end.year and end.month < 12:
        month = str(end.month) if lang == "ko" else f"{end:%b}"
        return t("profile.fiscal_so_far", lang, year=year, month=month)
    return t("profile.fiscal", lang, year=year)


def _per_head(won: float, people: float | None, lang: str) -> str:
    """Won per resident of the nearest census, to the nearest hundred; nothing without residents."""
    if not people or pd.isna(people):
        return ""
    return t("profile.per_head", lang, won=numbers.number(100 * int(numbers.rounded(won / people / 100))))


# --- Dong -----------------------------------------------------------------------------------------------


def ward(read: Reader, mine: Sequence[str], code: str, lang: str) -> list[Block]:
    """The reader's constituency, or dong of their own, as far as it lies in the district: each dong and all together, by the census.

    Nothing else is published below the district (decision 17): of services the district itself speaks.
    """
    spread = [one for one in home.areas(mine, read) if len(one) > len(code) and home.district_of(one) == code]
    years = catalogue.periods_of(read, registry.get(DONG_MEASURE))
    if not spread or not years:
        return []
    names = [
        ward.name for key in mine if (ward := home.wards(read).get(key)) and set(ward.dong) & set(spread)
    ]
    shown = mapview.build(read, DONG_MEASURE, period=years[0], level="dong", district=code, lang=lang)
    inside = shown.areas[shown.areas["area_code"].isin(spread)]
    metric = shown.metric
    all_of = home.together(spread, read, years[0])
    own = mapview.picked(shown, code)
    rows: list[tuple[str, str, str]] = [
        (
            str(row["label"]),
            words.value_of(row, metric, lang),
            numbers.limits(*words.outward(row), metric.unit),
        )
        for _, row in inside.iterrows()
    ]
    if all_of is not None:
        whole = t("profile.ward_all", lang, n=len(spread))
        rows.append((whole, numbers.percent(all_of[0], 1), numbers.limits(*all_of[1:], metric.unit)))
    if own is not None:
        name = read.district_names(lang)[code]
        rows.append(
            (name, words.value_of(own, metric, lang), numbers.limits(*words.outward(own), metric.unit))
        )
    heads = [
        Column(t("map.col_area", lang)),
        Column(f"{metric.name(lang)} {shown.when}", number=True),
        Column(t("profile.ward_interval", lang)),
    ]
    classes = [
        *([""] * len(inside)),
        *(["total"] if all_of is not None else []),
        *(["sub"] if own is not None else []),
    ]
    title = t("profile.ward", lang, name=", ".join(names)) if names else t("profile.ward_own", lang)
    return [
        Heading(title),
        Note(t("profile.ward_note", lang)),
        Table(heads, rows, classes, name=f"ward_{code}", caption=title),
    ]


def dong(read: Reader, code: str, lang: str) -> list[Block]:
    """The dong beneath, at the grain that the census publishes."""
    title = Heading(t("profile.dong", lang))
    years = catalogue.periods_of(read, registry.get(DONG_MEASURE))
    if not years:
        return [title, Note(t("chart.no_figures", lang))]
    shown = mapview.build(read, DONG_MEASURE, period=years[0], level="dong", district=code, lang=lang)
    own = mapview.picked(shown, code)
    whole = "" if own is None else t("profile.dong_own", lang, own=words.value_of(own, shown.metric, lang))
    rows = tables.shown_rows(shown, lang)
    table = tables.table(rows, f"dong_{code}_{years[0]}")
    left = figures.choropleth(read, shown, code, lang, table=tables.lean(table))
    return [
        title,
        Lead(
            f"{mapview.dong_sentence(shown.areas, shown.metric, lang)} {whole}",
            t("profile.dong_note", lang),
        ),
        Beside((left, figures.ranked(shown, code, lang)), (6, 5), gap="medium"),
        tables.file(table),
    ]
