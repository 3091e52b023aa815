"""One district on one page: need, change, services reached, money where known, outcomes, peers, its dong; on paper too."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from answers.answer import Answer, Beside
from answers.districts import estimates, figures, mapview, newest, ranks, tables, trends
from answers.districts import measures as catalogue
from charts import waves
from charts.dots import comparison
from locales import numbers, t
from metrics import registry
from metrics.spec import Metric
from ui import access, blocks, draw, periods, shell, store, view, words

OUTCOMES = ("first_wait_42", "recovery_rate", "reisolation_rate")
ACCESS = ("answer_rate", "referral_rate")
CHARTED = ("isolation_prevalence", "loneliness_prevalence", "one_person_share")
WORDS = {"higher": "▲", "lower": "▼", "similar": "●"}
DONG_MEASURE = "one_person_share"
COVARIATES = ("one_person_share", "basic_livelihood_rate", "population", "density")
PEER_MEASURES = ("isolation_prevalence", "loneliness_prevalence", "reach_rate", "answer_rate")
MOST_PEERS = 4


def views(lang: str) -> dict[str, mapview.MapView]:
    """Measure -> its newest view, in the profile's order."""
    return {v.metric.metric_id: v for v in newest.views(view.reader(), lang)}


def lead(code: str, lang: str) -> str:
    """On which measures the district clearly differs from the city, which way, and where it cannot be told."""
    name = access.district_names(lang)[code]
    sides: dict[str, list[str]] = {"higher": [], "lower": [], "similar": [], "unknown": []}
    for v in views(lang).values():
        row = mapview.picked(v, code)
        known = row is not None and pd.notna(row["value"]) and pd.notna(v.city["value"])
        side = comparison(pd.DataFrame([row]), v.city["value"]).iloc[0] if known else "unknown"
        said = (
            v.metric.short(lang)
            if row is None or not known
            else f"{v.metric.short(lang)} {words.value_of(row, v.metric, lang)}"
        )
        sides[side].append(said)
    parts = [
        t(f"profile.lead_{side}", lang, which=words.listed(sides[side], lang, most=6))
        for side in ("higher", "lower") if sides[side]
    ]  # fmt: skip
    rest = t("profile.lead_similar", lang, n=len(sides["similar"]))
    if sides["unknown"]:
        rest = f"{rest} {t('profile.lead_unknown', lang, n=len(sides['unknown']))}"
    return " ".join([t("profile.lead", lang, name=name), *parts, rest])


def name(code: str, lang: str) -> str:
    """The district's name."""
    return access.district_names(lang)[code]


def synthetic(lang: str) -> bool:
    """Whether the page holds synthetic figures."""
    return any(v.evidence == "synthetic" for v in views(lang).values())


def measures(code: str, lang: str) -> None:
    """Need, access, reach and outcomes: value, interval, against the city, place as an interval, change."""
    known = views(lang)
    groups = (("profile.need", catalogue.NEED[:4]), ("profile.services", (registry.REACH.metric_id, *ACCESS)),
              ("profile.outcomes", OUTCOMES))  # fmt: skip
    heads = [(t(f"profile.col_{c}", lang), c in ("value", "city")) for c in
             ("measure", "value", "interval", "city", "against", "place", "change")]  # fmt: skip
    for title, names in groups:
        blocks.heading(t(title, lang))
        rows = [_row(known[name], code, lang) for name in names if name in known]
        if rows:
            blocks.table(heads, rows, stacked=True)
        else:
            blocks.note(t("chart.no_figures", lang))
    blocks.note(t("profile.measures_note", lang))


def _row(v: mapview.MapView, code: str, lang: str) -> tuple[str, ...]:
    row = mapview.picked(v, code)
    name = f"{v.metric.name(lang)} ({v.when})"
    if row is None or pd.isna(row["value"]):
        absent = words.absent("missing" if row is None else str(row["status"]), v.metric, lang)
        return name, absent, "", words.value_of(v.city, v.metric, lang), "", "", _change(v.metric, code, lang)
    side = comparison(pd.DataFrame([row]), v.city["value"]).iloc[0]
    interval = numbers.limits(row["lower"], row["upper"], v.metric.unit, digits=words.digits_of(row))
    return (name, words.value_of(row, v.metric, lang), interval, words.value_of(v.city, v.metric, lang),
            f"{WORDS[side]} {t(f'profile.{side}', lang)}", _place(v, code, lang), _change(v.metric, code, lang))  # fmt: skip


def _place(v: mapview.MapView, code: str, lang: str) -> str:
    """The place as an interval; reach is not ranked, its two parts already are a comparison."""
    if v.metric.metric_id == registry.REACH.metric_id:
        return ""
    order = ranks.of(
        view.reader(), v.metric.metric_id, period=v.period, estimate=catalogue.kinds(v.metric)[0]
    )
    if code not in order.index or pd.isna(order.loc[code, "median"]):
        return ""
    low, high = int(order.loc[code, "lower"]), int(order.loc[code, "upper"])
    return (
        t("profile.place", lang, low=low, high=high) if low != high else t("profile.place_one", lang, low=low)
    )


def _change(metric: Metric, code: str, lang: str) -> str:
    if metric.metric_id not in catalogue.INDICATORS:
        return ""
    found = trends.build(view.reader(), metric.metric_id, "all", 0, lang).areas
    rows = found[found["area_code"] == code]
    verdict = "too_few" if rows.empty else str(rows.iloc[0]["verdict"])
    return f"{trends.SIGNS[verdict].strip()} {t(f'district.trend_{verdict}', lang)}".strip()


def changes(code: str, lang: str) -> None:
    """Survey waves and census years, measured values with intervals, the city beside."""
    blocks.heading(t("profile.changes", lang))
    blocks.note(f"{t('profile.changes_note', lang)} {t('district.other_question', lang)}")
    columns = st.columns(len(CHARTED), gap="medium")
    names = access.district_names(lang)[code], t("map.whole_city", lang)
    for column, indicator in zip(columns, CHARTED, strict=True):
        metric = registry.get(indicator)
        area, city = series(indicator, code, lang)
        with column:
            blocks.heading(metric.name(lang), level=3)
            if area.empty:
                blocks.note(t("chart.no_figures", lang))
                continue
            blocks.note(_series_words(area, metric, lang))
            figure = waves.against_city(
                area, city, metric=metric, names=names,
                template=f"<b>{{name}}</b> %{{x}}<br>%{{customdata}}<br>{metric.name(lang)}<extra></extra>",
            )  # fmt: skip
            alt = t(
                "profile.series_alt",
                lang,
                name=names[0],
                measure=metric.name(lang),
                said=_series_words(area, metric, lang),
            )
            blocks.chart(figure, key=f"waves_{indicator}", alt=alt)


def series(indicator: str, code: str, lang: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A measure's direct values by year for one district and for the city."""
    metric = registry.get(indicator)
    rows = []
    for year in sorted(catalogue.periods_of(view.reader(), metric)):
        where = catalogue.where(view.reader(), metric, year)
        known = estimates.areas(view.reader(), indicator, where=where, estimate=catalogue.DIRECT, year=year)
        own = known.frame[known.frame["area_code"] == code]
        for kind, row in (("area", own.iloc[0] if len(own) else None), ("city", known.city)):
            if row is not None:
                said = " ".join(
                    x for x in (words.value_of(row, metric, lang), words.interval_of(row, metric, lang)) if x
                )
                rows.append({"kind": kind, "period": year, "value": row["value"], "lower": row["lower"], "upper": row["upper"],
                             "said": said, "estimate": catalogue.DIRECT, "instrument_id": where.get("instrument_id", "")})  # fmt: skip
    frame = pd.DataFrame(
        rows, columns=["kind", "period", "value", "lower", "upper", "said", "estimate", "instrument_id"]
    )
    return frame[frame["kind"] == "area"], frame[frame["kind"] == "city"]


def _series_words(area: pd.DataFrame, metric: Metric, lang: str) -> str:
    """'2022 21 % → 2024 withheld → 2026 8 %'."""
    said = [f"{row['period']} {row['said'].split(' 95%')[0]}" for _, row in area.iterrows()]
    return " → ".join(said)


def services(code: str, lang: str) -> None:
    """People whose service began, by door and year; visits by programme in the last twelve months."""
    left, right = st.columns(2, gap="large")
    with left:
        blocks.heading(t("profile.served", lang))
        rows = served(code, lang)
        if rows:
            blocks.table([(t("profile.col_year", lang), False), (t("profile.col_people", lang), True)], rows)
            blocks.note(registry.get("people_served").caveat(lang))
        else:
            blocks.note(t("chart.no_figures", lang))
    with right:
        blocks.heading(t("profile.visits", lang))
        rows = visits(code, lang)
        if rows:
            blocks.table(
                [(t("import.col_programme", lang), False), (t("profile.col_visits", lang), True)], rows
            )
            blocks.note(registry.get("programme_visits").caveat(lang))
        else:
            blocks.note(t("chart.no_figures", lang))


def served(code: str, lang: str) -> list[tuple[str, str]]:
    """(year in words, people) newest first."""
    metric = registry.get("people_served")
    found = access.frame("people_served", keys=("area_code", "year"))
    mine = found[found["area_code"] == code].sort_values("year", ascending=False)
    spoken = registry.get("hotline_answered")  # says how far the running year goes
    return [(catalogue.period_words(view.reader(), spoken, int(row["year"]), lang), words.value_of(row, metric, lang)) for _, row in mine.iterrows()]  # fmt: skip


def visits(code: str, lang: str) -> list[tuple[str, str]]:
    """(programme, visits) of the last twelve months, most first."""
    metric = registry.get("programme_visits")
    where = {"month_key": periods.last(store.as_of(), 12), "area_code": code}
    found = access.frame("programme_visits", keys=("programme_id",), where=where).sort_values(
        "value", ascending=False
    )
    names = access.programme_names(lang)
    return [(names.get(row["programme_id"], row["programme_id"]), words.value_of(row, metric, lang)) for _, row in found.iterrows()]  # fmt: skip


def money(code: str, lang: str) -> None:
    """Expenditure that the ledger places in the district, by year, and how much of the city's it places at all."""
    blocks.heading(t("profile.money", lang))
    metric = registry.get("expenditure")
    found = access.frame("expenditure", keys=("area_code", "fiscal_year"))
    mine = found[(found["area_code"] == code) & found["value"].notna()].sort_values(
        "fiscal_year", ascending=False
    )
    if mine.empty:
        blocks.note(t("profile.money_none", lang))
        return
    places = set(access.district_names("ko"))
    rows = []
    for _, row in mine.iterrows():
        year = found[found["fiscal_year"] == row["fiscal_year"]]
        placed = year.loc[year["area_code"].isin(places), "value"].sum() / year["value"].sum()
        rows.append((t("profile.fiscal", lang, year=int(row["fiscal_year"])), words.value_of(row, metric, lang),
                     numbers.percent(100 * placed, 0)))  # fmt: skip
    blocks.table(
        [
            (t("profile.col_year", lang), False),
            (t("profile.col_spent", lang), True),
            (t("profile.col_placed", lang), True),
        ],
        rows,
    )
    blocks.note(f"{t(f'evidence.{blocks.evidence_of(mine)}', lang)} · {t('profile.money_note', lang)}")


def peers(code: str, lang: str) -> None:
    """The districts most like this one by covariates that the reader sees and may change."""
    blocks.heading(t("profile.peers", lang))
    names = access.district_names(lang)
    by = view.choose_many("peerby", list(COVARIATES), label=t("profile.peer_by", lang), most=len(COVARIATES),
                          say=lambda c: t(f"profile.peer_{c}", lang), default=COVARIATES[:3])  # fmt: skip
    order = nearest(code, tuple(by))
    chosen = view.choose_many(f"peers_{code}", [c for c in names if c != code], label=t("profile.peer_which", lang), most=6,
                              say=names.__getitem__, default=list(order.index[:MOST_PEERS]))  # fmt: skip
    if not chosen:
        blocks.note(t("profile.peer_none", lang))
        return
    blocks.note(
        t(
            "profile.peer_note",
            lang,
            by=words.with_particle(
                words.listed([t(f"profile.peer_{c}", lang) for c in by], lang) or t("map.none", lang),
                "을/를",
                lang,
            ),
        )
    )
    shown = [v for name, v in views(lang).items() if name in PEER_MEASURES]
    heads = [(t("map.col_area", lang), False), (t("profile.col_distance", lang), True),
             *((f"{v.metric.short(lang)} ({v.when})", False) for v in shown)]  # fmt: skip
    rows = []
    for area in [code, *chosen]:
        far = "–" if area == code or area not in order.index else numbers.number(order[area], 1)
        rows.append((names[area], far, *(_figure(v, area, lang) for v in shown)))
    blocks.table(heads, rows, classes=["own", *[""] * len(chosen)], stacked=True)


def nearest(code: str, by: tuple[str, ...]) -> pd.Series:
    """Distance of every other district in standard deviations of the covariates, nearest first (Euclidean)."""
    table = _covariates(store.version(), store.url())[list(by)]
    if not by or code not in table.index:
        return pd.Series(dtype=float)
    scaled = (table - table.mean()) / table.std()
    distance = ((scaled - scaled.loc[code]) ** 2).sum(axis=1) ** 0.5
    return distance.drop(code).sort_values(kind="stable")


@st.cache_resource(max_entries=4, show_spinner=False)
def _covariates(version: int, address: str) -> pd.DataFrame:
    year = store.as_of().year
    people = estimates.population(view.reader(), year)
    area = access.polygons(catalogue.DISTRICT_VINTAGE, "district").set_index("area_code")["area_km2"]
    return pd.DataFrame({
        **{name: estimates.covariate(view.reader(), name, year) for name in estimates.COVARIATES},
        "population": people, "density": people / area,
    })  # fmt: skip


def _figure(v: mapview.MapView, code: str, lang: str) -> str:
    row = mapview.picked(v, code)
    if row is None or pd.isna(row["value"]):
        return words.absent("missing" if row is None else str(row["status"]), v.metric, lang)
    interval = numbers.limits(row["lower"], row["upper"], v.metric.unit, digits=words.digits_of(row))
    return (
        f"{words.value_of(row, v.metric, lang)} ({interval})"
        if interval
        else words.value_of(row, v.metric, lang)
    )


def dong(code: str, lang: str) -> None:
    """The dong beneath, at the grain that the census publishes."""
    blocks.heading(t("profile.dong", lang))
    years = catalogue.periods_of(view.reader(), registry.get(DONG_MEASURE))
    if not years:
        blocks.note(t("chart.no_figures", lang))
        return
    shown = mapview.build(
        view.reader(), DONG_MEASURE, period=years[0], level="dong", district=code, lang=lang
    )
    own = mapview.picked(shown, code)
    whole = "" if own is None else t("profile.dong_own", lang, own=words.value_of(own, shown.metric, lang))
    blocks.lead(
        f"{words.dong_sentence(shown.areas, shown.metric, lang=lang)} {whole}", t("profile.dong_note", lang)
    )
    table = tables.table(
        tables.shown_rows(shown.areas, shown.metric, lang, when=shown.when),
        f"dong_{code}_{years[0]}",
        synthetic=False,
    )
    left = figures.choropleth(view.reader(), shown, code, lang, table=tables.lean(table))
    right = figures.ranked(shown, code, lang)
    draw.answer(
        Answer("", blocks=(Beside((left, right), (6, 5), gap="medium"), tables.file(table)), lang=lang)
    )


def pick_one(lang: str) -> str:
    """The profile's district; '' until one is picked."""
    names = access.district_names(lang)
    return view.choose("gu", ["", *names], label=t("map.district", lang), default="",
                       say=lambda code: names.get(code, t("profile.pick", lang)))  # fmt: skip


def tap_grid(lang: str, key: str) -> None:
    """All 25 districts as buttons: one tap picks one and opens its profile."""
    names = access.district_names(lang)

    def opened() -> None:
        if st.session_state[key]:
            view.put("gu", st.session_state[key], "")
            st.session_state["open_page"] = "district_profile"

    st.pills(t("profile.pick", lang), list(names), format_func=lambda code: mapview.short(names[code]), key=key,
             on_change=opened, label_visibility="collapsed")  # fmt: skip


_PRINT = st.components.v2.component(
    "ieum_print",
    html='<button type="button" class="ieum-print"></button>',
    css=".ieum-print { font: inherit; padding: .3rem .9rem; border: 1px solid currentColor; border-radius: 6px; background: none; color: inherit; cursor: pointer; min-height: 2.4rem; }",
    js="""export default ({ data, parentElement }) => {
        const button = parentElement.querySelector('button');
        button.textContent = data.label;
        button.onclick = () => window.print();
    };""",
)  # fmt: skip


def print_button(lang: str) -> None:
    """Print this page, or save it as a PDF."""
    with st.container(key="noprint_print"):
        _PRINT(data={"label": t("profile.print", lang)}, key="print")


def links(code: str, lang: str) -> None:
    """On to the map, with this district picked."""
    shell.link("district_map", t("profile.open_map", lang), gu=code)
