"""The budget page: every part on full, first-year and empty books; the same won in tree, CSV, XLSX and sentences."""

import csv
import dataclasses
import io
import math
import re
from datetime import date
from decimal import Decimal

import ledgers
import openpyxl
import pandas as pd
import proof
import pytest
from hypothesis import given, settings
from screen import launched as opened
from screen import specs, words_of
from small import add
from sqlalchemy import text
from test_pages import empty_store  # noqa: F401

from answers import registry, studies, words
from answers.answer import Answer
from answers.budget import decisions, ends, entries, flow, pace, plans, source, stopped, tree, value, won
from answers.budget.choices import COLUMN_SETS
from answers.budget.seen import seen
from answers.reader import Reader
from answers.store import Store
from answers.written import csv_bytes
from charts import theme
from data import ledger
from data.codes import label
from data.engine import make_engine, writing
from locales import numbers, t
from metrics import budget
from reports import book
from ui.budget import pieces

PARTS = ("moves", "pace", "end", "value", "plan", "flow")


@pytest.fixture
def here(store):
    """A reader of the demonstration store."""
    return Reader(Store.of(store))


class Altered(Reader):
    """A reader to whom one query answers with other rows; nothing is kept with those of the others."""

    def __init__(self, read, query, rows):
        super().__init__(read.store, read.rights)
        self.key = (*self.key, id(self))
        self.query, self.found = query, rows

    def rows(self, query, **arguments):
        return self.found if query is self.query else super().rows(query, **arguments)


def files_of(found):
    """The tree's file as lines of CSV and as a sheet."""
    csv_file, xlsx_file = tree.downloads(found)
    content = csv_bytes(csv_file.rows(), found.lang)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    content = book.of_table(xlsx_file.rows(), found.lang, xlsx_file.head)
    return lines, openpyxl.load_workbook(io.BytesIO(content)).active


def html_of(read, fy, prog="", unit="eok", lang="ko"):
    return pieces.table_html(tree.ledger(read, fy, prog, unit, lang), Answer("", lang=lang, city="demo"))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("fy", ["2026", "2025", "2020", "plan"])
def test_every_part_opens_for_every_kind_of_year(monkeypatch, store, part, fy):
    app = opened(monkeypatch, store, "budget", "ko", part=part, fy=fy)
    assert not app.exception and t("app.error", "ko") not in words_of(app)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_on_an_empty_store(monkeypatch, empty_store, part):  # noqa: F811
    app = opened(monkeypatch, empty_store, "budget", "en", part=part)
    assert not app.exception and t("app.error", "en") not in words_of(app)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_for_the_suspended_programme_and_for_a_document(monkeypatch, store, part):
    app = opened(
        monkeypatch, store, "budget", "en", part=part, fy="2025", prog="mind_counselling", doc="2025-전용S1"
    )
    assert not app.exception and t("app.error", "en") not in words_of(app)
    assert t("budget.sides_even", "en") in words_of(app)


def test_the_published_total_and_its_source_are_always_drawn(monkeypatch, store):
    said = words_of(opened(monkeypatch, store, "budget", "ko"))
    assert "4,513.0억 원" in said and "https://cm.asiae.co.kr/en/article/2024102115094922625" in said


def test_the_plans_bar_is_the_raw_ledger_and_the_rest_to_the_published_total(here, store):
    with make_engine(store).connect() as connection:
        paid, back = (
            connection.execute(text("SELECT SUM(amount_krw) FROM ledger_entry WHERE superseded_by IS NULL AND fiscal_year BETWEEN 2025 AND 2029 "
                                    f"AND kind = '{kind}'")).scalar() for kind in ("expenditure", "refund")
        )  # fmt: skip
    found = plans.recorded(here)
    assert found["spent"] == paid - back and min(found.values()) > 0
    assert sum(found.values()) == 451_300_000_000
    (bar, *over) = plans.bar(seen(here, "2026", "", "eok", "ko"))
    assert over == [] and sum(share for _, share, _, _ in bar.parts) == pytest.approx(100)


def test_the_ledgers_columns_are_two_sets_of_at_most_seven_that_together_are_all(here):
    sets = [c for names in COLUMN_SETS.values() for c in names]
    assert sorted(sets) == sorted(("rate", *tree.COLUMNS)) and all(
        len(names) <= 6 for names in COLUMN_SETS.values()
    )
    for name, columns in COLUMN_SETS.items():
        piece = tree.shown(here, "2026", "", "eok", "ko", name)
        assert [c.label for c in piece.data.table.columns[1:]] == [
            t(f"budget.col_{c}", "ko") for c in columns
        ]
        assert len(piece.blocks[0].columns) == 13  # other faces get them all


def test_allocated_unallocated_and_unknown_sum_to_the_published_total(here):
    found = plans.parts(here)
    assert sum(found.values()) == 451_300_000_000
    assert found == {
        "allocated": 0,
        "unallocated": 0,
        "unknown": 451_300_000_000,
    }  # every split of the demo is ours


def test_a_version_that_states_one_programme_leaves_the_rest_of_the_plan_standing(here):
    rows = here.rows(ledger.baselines)
    own = rows[(rows["programme_id"] == "hotline") & (rows["fiscal_year"] == 2027) & (rows["version"] == 2)]
    third = own.assign(version=3, planned_krw=own["planned_krw"] + 1000)
    read = Altered(here, ledger.baselines, pd.concat([rows, third], ignore_index=True))
    assert source.ends(read) == (1, 3)
    assert source.planned(read, (2025, 2026, 2027, 2028, 2029))["plan_current"].sum() == 451_300_001_000
    assert plans.parts(read)["unallocated"] == -1000


def test_the_root_of_the_tree_is_the_raw_ledger_to_the_won(here, store):
    with make_engine(store).connect() as connection:
        paid, back = (
            connection.execute(text(
                f"SELECT SUM(amount_krw) FROM ledger_entry WHERE superseded_by IS NULL AND fiscal_year = 2025 AND kind = '{kind}'"
            )).scalar() for kind in ("expenditure", "refund")
        )  # fmt: skip
    assert int(source.scope(here, "2025").total["expenditure"]) == paid - back


@pytest.mark.parametrize("unit", list(won.CHOICES))
def test_csv_and_xlsx_hold_the_figures_of_the_tree_in_the_unit_of_the_screen(here, unit):
    scope = source.scope(here, "2025")
    lines, sheet = files_of(seen(here, "2025", "", unit, "ko"))
    assert [sheet.cell(row, 1).value for row in (2, 3)] == [won.caption(unit, "ko"), t("evidence.demo", "ko")]
    nodes = scope.nodes[scope.nodes["level"] != "district"].set_index("node")
    html = html_of(here, "2025", unit=unit)
    column = lines[0].index(f"{t('budget.col_expenditure', 'ko')} ({t(f'budget.unit_{unit}', 'ko')})")
    for place, printed in enumerate(lines[1:], start=6):
        cell = sheet.cell(place, column + 1).value
        assert Decimal(str(cell)) == Decimal(printed[column])
        assert won.say(float(printed[column]) * won.UNITS[unit][0], unit) in html
    total = int(nodes.loc["total", "expenditure"])
    assert Decimal(lines[1][column]) == won.rounded(total, unit)
    if unit == "won":
        assert int(lines[1][column]) == total


@pytest.mark.parametrize("unit", list(won.CHOICES))
def test_the_answers_tree_is_its_file_row_by_row(here, unit):
    found = registry.answer("budget", here, "ko", {"fy": "2025", "unit": unit})
    shown = next(one for one in found.tables() if one.caption == t("budget.tree_title", "ko"))
    file = next(one for one in found.tables() if one.columns[0].label == t("budget.col_level", "ko"))
    assert len(shown.rows) == len(file.rows) > 20
    for row, printed in zip(shown.rows, file.rows, strict=True):
        figures = [v for v in printed if isinstance(v, Decimal)]
        assert [str(c) for c in row[2:]] == [won.say(float(v) * won.UNITS[unit][0], unit) for v in figures]


@pytest.mark.proof
@settings(max_examples=proof.size(100, 1000))
@given(ledgers.entries(["hotline", "mind_store", "care_corps"], ["unknown", "11210"], most=8))
def test_random_ledgers_reach_csv_and_xlsx_to_the_won(here, cells):
    frame = ledgers.frame(cells)
    base = seen(here, "2025", "", "won", "en")
    planned = source.planned(here, (2025,))
    nodes = budget.tree(frame, here.rows(ledger.programmes), planned, closed_before=2026)
    scope = dataclasses.replace(base.scope, nodes=nodes, cells=frame)
    printed, active = files_of(dataclasses.replace(base, scope=scope))
    sheet = list(active.iter_rows(values_only=True))
    level = printed[0].index(t("budget.col_level", "en"))
    for name in ("expenditure", "current", "remaining"):
        place = printed[0].index(f"{t(f'budget.col_{name}', 'en')} (KRW)")
        in_csv = [int(row[place]) for row in printed[1:]]
        assert in_csv == [row[place] for row in sheet[5:]]
        programmes = [
            v
            for v, row in zip(in_csv, printed[1:], strict=True)
            if row[level] == t("budget.level_programme", "en")
        ]
        assert sum(programmes) == in_csv[0] == int(nodes[name].iloc[0])
    signs = budget.STAGES["expenditure"]
    assert int(nodes["expenditure"].iloc[0]) == sum(signs.get(c[4], 0) * c[7] for c in cells)


def test_every_programme_of_the_plan_is_listed_the_suspended_one_with_its_date(here):
    rows = tree.file_table(seen(here, "2026", "", "eok", "ko")).rows
    listed = [row for row in rows if row[0] == t("budget.level_programme", "ko")]
    assert len(listed) == len(here.rows(ledger.programmes))
    assert "2025. 8. 1. 중단" in html_of(here, "2026")


def test_a_closed_year_says_what_stood_out_and_how_it_ended_not_what_to_decide(monkeypatch, store):
    closed, running = (words_of(opened(monkeypatch, store, "budget", "ko", fy=fy)) for fy in ("2025", "2026"))
    decide, stood_out = (t(f"budget.decide_title{end}", "ko") for end in ("", "_closed"))
    assert stood_out in closed and decide not in closed and "쓰지 못했습니다(불용)" in closed
    assert decide in running and stood_out not in running and "쓰고 끝날 것으로" in running


def test_an_item_about_a_line_opens_the_entries_of_that_line_only(here):
    found = decisions.items(here, source.scope(here, "2025"), "en")
    lines = [item for item in found if item.kind != "stopped"]
    assert lines and all(re.fullmatch(r"programme:\w+\.\w+", item.opens) for item in lines)
    for asked, line in (
        ("hotline.operating", "hotline.operating"),
        ("mind_store.operating", ""),
        ("hotline.nonsense", ""),
        ("", ""),
    ):
        assert registry.codes_of("budget", here, {"prog": "hotline", "line": asked})["line"] == line


def test_entries_of_the_lines_of_a_programme_are_together_those_of_the_programme(here):
    asked = {"programme": "hotline", "years": (2025,), "kinds": ("expenditure",)}
    every = here.rows(ledger.entry_sums, **asked, line_type="")
    parts = [here.rows(ledger.entry_sums, **asked, line_type=line) for line in ("personnel", "operating")]
    assert all(len(part) == 1 for part in parts)  # the hotline has these two lines and no other
    assert sum(int(part["amount_krw"].sum()) for part in parts) == int(every["amount_krw"].sum())


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_file_of_entries_sums_to_the_figure_that_opened_them_to_the_won(here, lang):
    asked = {"programme": "hotline", "years": (2025,), "kinds": ("expenditure", "refund"), "line_type": ""}
    table = entries.file_table(here, asked, lang)
    heads = [column.label for column in table.columns]
    kind, amount = (heads.index(t(f"budget.entry_{name}", lang)) for name in ("kind", "amount"))
    paid = {
        code: sum(row[amount] for row in table.rows if row[kind] == label("ledger_kind", code, lang))
        for code in asked["kinds"]
    }
    scope = source.scope(here, "2025")
    node = scope.nodes.set_index("node").loc["programme:hotline"]
    assert paid["expenditure"] - paid["refund"] == int(node["expenditure"])
    head = tree.file_head(scope, "won", here, lang)
    printed = list(csv.reader(io.StringIO(csv_bytes(table, lang).decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(book.of_table(table, lang, head))).active
    assert sum(int(row[amount]) for row in printed[1:]) == sum(row[amount] for row in table.rows)
    in_sheet = [row[amount] for row in sheet.iter_rows(min_row=6, values_only=True)]
    assert sum(in_sheet) == sum(row[amount] for row in table.rows)


def test_the_page_of_entries_is_what_its_link_says(here):
    asked = {"fy": "2025", "prog": "hotline", "kind": "expenditure.refund", "part": "flow"}
    found = registry.answer("budget", here, "ko", asked)
    shown = next(one for one in found.tables() if one.caption.startswith("외로움안녕120"))
    assert len(shown.rows) == entries.PAGE
    later = registry.answer("budget", here, "ko", {**asked, "sheet": "1"})
    second = next(one for one in later.tables() if one.caption.startswith("외로움안녕120"))
    assert [str(row[3]) for row in shown.rows] != [str(row[3]) for row in second.rows]
    exact = registry.answer("budget", here, "ko", {**asked, "exact": "won"})
    won_rows = next(one for one in exact.tables() if one.caption.startswith("외로움안녕120")).rows
    for row, printed in zip(shown.rows, won_rows, strict=True):
        assert row[2] == won.entry(int(str(printed[2]).replace(",", "").replace("−", "-")), "eok")


def test_a_small_entry_in_eok_is_not_shown_as_nothing():
    # 3,120,000 won are 0.0312 of 100 million; the tree's own column keeps one decimal.
    assert won.entry(3_120_000, "eok") == "0.0312" and won.say(3_120_000, "eok") == "0.0"
    assert won.entry(-3_120_000, "eok") == "−0.0312" and won.entry(3_120_500, "cheon") == "3,121"
    assert won.entry(3_120_500, "won") == "3,120,500"


def test_english_tables_and_sentences_count_in_billions_to_the_same_ten_million_won(here):
    found = seen(here, "2026", "", "eok", "en")
    total = int(found.scope.total["current"])
    assert found.caption == "(Unit: KRW bn)" and found.whole(total) == f"KRW {found.say(total)}bn"
    assert Decimal(found.say(total)) * 10 == Decimal(won.say(total, "eok").replace(",", ""))
    assert won.entry(3_120_000, "bn") == "0.00312"


def test_english_sentences_say_millions_and_billions_unless_won_is_chosen():
    assert won.whole(90_930_269_000, "eok", "en") == won.whole(90_930_269_000, "cheon", "en") == "KRW 90.9bn"
    assert won.whole(5_061_000, "cheon", "en") == "KRW 5.1m"


def test_owners_have_english_names_and_an_office_without_one_keeps_its_own(here):
    units = set(here.rows(ledger.programmes)["owner_unit"])
    assert all(words.owner(unit, "ko", here) == unit for unit in units)
    assert not any(re.search("[가-힣]", words.owner(unit, "en", here)) for unit in units)
    assert words.owner("관악구 복지정책과", "en", here) == "관악구 복지정책과"


def test_a_district_shows_every_stage_that_districts_book_and_a_dash_where_the_city_does(here):
    def cells(kinds):
        return ledgers.frame(
            [
                (2026, 202601, "mind_store", place, kind, "city", "operating", won)
                for place, kind, won in kinds
            ]
        )

    def figures(kinds):
        nodes = budget.tree(
            cells(kinds), here.rows(ledger.programmes), source.planned(here, (2026,)), closed_before=2026
        )
        booked = tree.booked_by_district(nodes)
        row = nodes[(nodes["level"] == "district") & (nodes["key"] == "11210")].iloc[0].to_dict()
        return {name: tree.figure(row, name, "won", booked) for name in tree.COLUMNS}

    payments = [
        ("unknown", "appropriation_original", 900),
        ("11210", "commitment", 500),
        ("11210", "expenditure", 400),
    ]
    city = figures(payments)
    assert (city["committed"], city["expenditure"]) == ("500", "400")
    assert {
        city[name]
        for name in ("plan_original", "appropriated", "current", "carry_out", "remaining", "lapsed")
    } == {"–"}
    own = figures([*payments, ("11210", "appropriation_original", 700)])
    assert (own["appropriated"], own["current"], own["remaining"], own["plan_current"]) == (
        "700",
        "700",
        "300",
        "–",
    )


def test_a_budget_below_nothing_has_no_execution_rate(here):
    root = {"node": "total", "parent": "", "level": "total", "expenditure": 5}
    look = tree.Look(seen(here, "2026", "", "won", "ko"), {}, {}, set(), set())
    assert [str(tree.cell(root | {"current": amount}, "rate", look)) for amount in (-1, 0, 10)] == ["–", "–", "50.0%"]  # fmt: skip


def test_folded_on_a_phone_every_figure_names_its_column_and_the_illustrative_ones_say_so(here):
    html = html_of(here, "2026", "hotline")
    for name in tree.COLUMNS:
        assert f'data-label="{tree.header(name, seen(here, "2026", "hotline", "eok", "ko"))}"' in html
    assert 'data-label="계획(현재) [예시]"' in html


def test_a_recorded_plan_stands_out_from_the_illustrative_ones_in_tree_and_file(here):
    rows = here.rows(ledger.baselines)
    hotline = rows[
        (rows["programme_id"] == "hotline") & (rows["fiscal_year"] == 2026) & (rows["version"] == 2)
    ]
    third = hotline.assign(version=3, split="recorded")
    read = Altered(here, ledger.baselines, pd.concat([rows, third], ignore_index=True))
    found = seen(read, "2026", "", "won", "ko")
    assert tree.header("plan_current", found) == "계획(현재) [기울임은 예시]"
    ours = tree.ours(found)
    assert ("programme:mind_store", "plan_current") in ours and ("total", "plan_current") in ours
    assert ("programme:hotline", "plan_current") not in ours and (
        "programme:hotline",
        "plan_original",
    ) in ours
    file = {row[1]: row[3] for row in tree.file_table(found).rows}
    assert file["외로움안녕120"] == t("budget.split_recorded", "ko")
    assert file["서울마음편의점"] == t("budget.split_illustrative", "ko")


def test_the_money_of_the_suspended_programme_is_traced_to_who_received_it(here):
    parts = stopped.account(here, "mind_counselling", 2026)
    plan = source.plan(here, 1)
    assert (
        sum(part.amount for part in parts)
        == plan[plan["programme_id"] == "mind_counselling"]["planned_krw"].sum()
    )
    moves = here.rows(ledger.transfers)
    own = moves[(moves["programme_id"] == "mind_counselling") & (moves["kind"] == "transfer_out")]
    assert len(own) == 3
    assert sum(p.amount for p in parts if p.way == "transferred") == own["amount_krw"].sum()
    words = [stopped.way(part, seen(here, "2026", "", "eok", "ko")) for part in parts]
    assert "전용: 외로움안녕120" in words and "추경 감액: 국비" in words
    assert any(word.startswith("계획 변경: ") and "바우처" in word for word in words)
    assert {"spent", "lapsed"} <= {part.way for part in parts} and not any(p.way == "unknown" for p in parts)


def test_flows_conserve_at_every_node_and_carry_the_whole_current_budget(here):
    from charts.flow import conserved

    scope = source.scope(here, "2025")
    links = flow.flows(here, "2025")
    assert conserved(links) == []
    ended = sum(v for _, b, v in links if b.startswith("end:"))
    assert ended == int(scope.total["current"])
    broken = [(a, b, v + (b == "end:expenditure")) for a, b, v in links]
    assert conserved(broken) != []


def test_earned_value_is_withheld_without_verified_outputs(here):
    found = {item.programme: item for item in value.earned(here, "2026")}
    assert found["hotline"].found is not None and found["hotline"].share == pytest.approx(45264 / 50000)
    assert found["ddokddok_24"].found is None
    assert found["hotline"].ev == pytest.approx(found["hotline"].bac * 45264 / 50000)


def test_a_closed_year_with_all_its_output_is_on_schedule_and_none_is_ahead_by_the_past(here):
    # Planned value of a whole year is the whole budget: full output gives an SPI of exactly 1, never more.
    good = [item for item in value.earned(here, "2025") if item.found is not None]
    assert good and all(item.pv == item.bac for item in good)
    for item in good:
        assert item.found.spi == pytest.approx(item.share) and item.found.spi <= 1
        assert item.ac < item.bac or math.isnan(
            item.found.tcpi
        )  # nothing left to spend: no pace could meet the budget


def test_cost_per_answered_contact_is_spending_over_contacts_with_an_interval_around_it(here):
    cost = value.costs(here)["answered"]
    assert cost.value == pytest.approx(cost.won / cost.outcomes)
    assert cost.lower < cost.value < cost.upper and cost.months == 12


def test_a_plan_without_later_years_is_not_forecast(here):
    assert source.outlook(here).plan is not None
    read = Altered(here, ledger.baselines, here.rows(ledger.baselines).iloc[:0])
    assert source._outlook(read).plan is None


def test_a_page_whose_forecasts_are_in_the_making_says_all_the_rest(store_copy, tmp_path):
    url = store_copy(tmp_path / "s.db")
    hasty = Reader(Store.of(url), patient=False)
    studies.drop(hasty.store, [])
    for part in ("pace", "end", "value"):
        found = registry.answer("budget", hasty, "ko", {"part": part})
        assert "지출했습니다" in found.sentence and len(found.tables()) >= 2
        assert any(name.startswith("budget.") for name in found.awaited) and not found.late
    pending = [getattr(block, "text", "") for block in registry.answer("budget.end", hasty, "ko").blocks]
    assert t("studies.pending", "ko") in pending
    patient = registry.answer("budget", Reader(Store.of(url)), "ko", {"part": "end"})
    assert "쓰고 끝날 것으로" in patient.sentence and not patient.awaited


def test_every_bar_of_the_waterfall_sums_to_the_current_budget_and_on_to_the_outturn(monkeypatch, store):
    figure = specs(opened(monkeypatch, store, "budget", "ko", part="moves", fy="2025", unit="won"))[0][
        "data"
    ][0]
    assert figure["type"] == "waterfall"
    running, totals = 0, {}
    for key, x, kind in zip(figure["y"], figure["x"], figure["measure"], strict=True):
        if kind == "total":
            totals[key] = (x, running)
        else:
            running += x
    assert set(totals) == {"current", "outturn"} and figure["y"][-1] == "outturn"
    assert all(drawn == added for drawn, added in totals.values())
    assert {"carry_out_approved", "lapsed"} <= set(figure["y"])


def test_money_parked_with_bodies_is_told_of_one_year_also_when_the_whole_plan_is_chosen(here):
    one, plan = (pace.habits(seen(here, code, "", "eok", "en")) for code in ("2026", "plan"))
    assert "Held by executing bodies 2026" in one.checks[2].name
    assert one == plan  # the plan's running year is 2026: no rate mixes it with the closed 2025


def test_a_line_that_has_paid_nothing_for_months_is_drawn_grey_not_coloured(monkeypatch, store):
    stopped = specs(
        opened(monkeypatch, store, "budget", "ko", part="pace", fy="2025", prog="mind_counselling")
    )[0]["data"]
    running = specs(opened(monkeypatch, store, "budget", "ko", part="pace", fy="2025", prog="mind_store"))[0][
        "data"
    ]
    inks = [figure[-1]["line"]["color"] for figure in (stopped, running)]
    assert inks == [theme.PALETTES["light"]["@muted"], theme.PALETTES["light"]["@accent"]]


def test_an_official_early_execution_target_is_compared_once_an_office_has_recorded_it(
    monkeypatch, store_copy, tmp_path
):
    url = store_copy(tmp_path / "s.db")
    assert t("budget.early_note", "ko") in words_of(opened(monkeypatch, url, "budget", "ko", part="pace"))
    with writing(make_engine(url)) as connection:
        add(connection, "target", [{
            "metric_id": "early_execution_rate", "valid_from": date(2026, 1, 1), "group_key": "all", "value": 60.0,
            "basis": "b", "author": "a",
        }])  # fmt: skip
    Store.of(url).forget()
    said = words_of(opened(monkeypatch, url, "budget", "ko", part="pace"))
    assert t("budget.early_target", "ko", target="60.0%") in said


def test_chances_at_the_ends_are_not_certainties():
    assert (
        ends.chance(0.0, "ko") == "1% 미만"
        and ends.chance(1.0, "en") == "over 99%"
        and ends.chance(0.25, "ko") == "25%"
    )


def test_small_sums_beside_eok_are_told_in_smaller_money():
    assert (
        won.whole(5_061_000, "eok", "ko") == "506만 원"
        and won.whole(90_930_269_000, "eok", "ko") == "909.3억 원"
    )
    assert won.whole(90_930_269_000, "won", "en") == "KRW 90,930,269,000"
    assert (
        won.say(-5, "won") == "−5"
        and won.say(4_000_000, "eok") == "0.0"
        and won.say(float("nan"), "eok") == "–"
    )


def test_a_broken_ledger_is_said_on_screen_with_programme_and_won(here):
    found = [budget.Break("overdrawn", 2025, "hotline", -7, ("expenditure",))]
    broken = seen(here, "2026", "", "eok", "ko")
    checks = tree.identities(
        dataclasses.replace(broken, scope=dataclasses.replace(broken.scope, breaks=found))
    ).checks
    said = " ".join(f"{check.text} {check.verdict}" for check in checks)
    assert "외로움안녕120" in said and "-7원" in said and t("budget.identity_bad", "ko") in said


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_pace_says_the_chance_of_the_years_target_and_which_targets_would_have_which(
    here, monkeypatch, lang
):
    found = seen(here, "2026", "", "eok", lang)
    fan = {
        "estimate": 84.4,
        "low_50": 83.5,
        "low_80": 82.6,
        "low_95": 81.8,
        "high_50": 85.3,
        "high_80": 86.1,
        "high_95": 87.0,
    }
    text_ = pace._reached(found, fan)[0].text
    even, safe = (
        numbers.percent(x) for x in (fan["estimate"], fan["low_50"] - (fan["low_50"] - fan["low_80"]) / 3)
    )
    assert (
        t("attain.proposed", lang, even=even, safe=safe) in text_
    )  # 20 lies a third of the way from 25 to 10
    assert t("budget.pace_target", lang, year=2026, target="", said="").split(",")[0].strip() not in text_
    for target, state in (
        (fan["low_80"], "likely"),
        (fan["estimate"], "open"),
        (fan["high_95"] + 1, "unlikely"),
    ):
        monkeypatch.setattr(pace, "_target", lambda seen, metric, year, target=target: target)
        said = pace._reached(found, fan)[0].text
        chance = {"likely": "90%", "open": "50%", "unlikely": "3%"}[state]
        assert t(f"attain.{state}", lang, chance=chance) in said
    assert pace._reached(found, None) == []
