"""Rights follow from the viewer and one declaration; a district's scope cuts what is raw in the query, not on the screen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from answers import registry, viewer
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from answers.viewer import ANONYMOUS, LOCAL, Forbidden, Viewer, rules
from data import release
from data.queries import Span
from ui.shell import PAGES

ROLES = {"anonymous", "council", "manager", "analyst", "importer", "admin", "local"}


def test_every_page_and_question_is_declared_and_nothing_else_is():
    declared = rules().allowed
    assert set(rules().roles) == ROLES
    assert set(PAGES) <= set(declared["pages"])
    assert {q.page for q in registry.every()} <= set(declared["pages"])
    assert set(declared.get("questions", {})) <= {q.id for q in registry.every()}
    assert not rules().may("admin", "pages", "no_such_page") and not rules().may(
        "nobody", "pages", "overview"
    )


def test_a_declaration_that_names_nobody_we_know_is_refused():
    with pytest.raises(ValueError, match="kings"):
        viewer.read('roles = ["a"]\n[groups]\n[pages]\nx = "kings"\n')
    with pytest.raises(ValueError, match="king"):
        viewer.read('roles = ["a"]\n[groups]\n[pages]\nx = ["a", "king"]\n')


@pytest.mark.parametrize(
    ("who", "city", "view", "given"),
    [
        (ANONYMOUS, "demo", "published", Rights(released=True)),
        (ANONYMOUS, "office", "published", None),
        (ANONYMOUS, "demo", "analyst", None),
        (Viewer("council"), "office", "published", Rights(released=True)),
        (Viewer("council"), "demo", "analyst", None),
        (Viewer("manager"), "office", "analyst", None),
        (Viewer("admin"), "office", "analyst", None),
        (Viewer("analyst", "kim"), "office", "analyst", Rights("analyst", (), True)),
        (Viewer("analyst", "kim", ("11010",)), "demo", "analyst", Rights("analyst", ("11010",), True)),
        (Viewer("analyst", "kim", ("11010",)), "demo", "published", Rights()),  # shared with everybody
        (LOCAL, "demo", "analyst", Rights("analyst")),
        (LOCAL, "office", "analyst", None),
    ],
    ids=str,
)  # fmt: skip
def test_rights_are_what_is_declared_and_no_more(who, city, view, given):
    if given is None:
        with pytest.raises(Forbidden):
            who.rights(city, view)
        assert view not in who.views(city) or city not in who.cities()
    else:
        assert who.rights(city, view) == given


def test_a_question_follows_its_page():
    assert ANONYMOUS.may_ask("hotline.flow") and not ANONYMOUS.may_ask("setup.targets")
    assert not Viewer("admin").may_ask("nowhere.at_all")


def test_a_scoped_analyst_sees_raw_counts_of_the_own_districts_alone(store):
    url = store
    mine = ("11010", "11020")
    with Store.of(url).connect() as connection:
        rows = connection.execute(
            text("SELECT district_code, SUM(visits) FROM attendance_monthly GROUP BY 1")
        )
        true = {str(code): float(n) for code, n in rows}
    read = Reader(Store.of(url), Rights("analyst", mine, True))
    asked = {"columns": ("visits",), "keys": ("area_code",)}
    found = read.totals("attendance_monthly", **asked)
    assert dict(zip(found["area_code"], found["visits"], strict=True)) == {code: true[code] for code in mine}
    assert read.total("attendance_monthly", columns=("visits",))["visits"] == sum(true[c] for c in mine)
    for where in ({"area_code": "11210"}, {"district_code": ["11210", "11230"]}, {"area_code": ("11210",)}):
        assert not read.totals("attendance_monthly", **asked, where=where)["visits"].sum()
    both = read.totals("attendance_monthly", **asked, where={"area_code": ("11010", "11210")})
    assert list(both["area_code"]) == ["11010"]


def test_what_has_no_district_stays_protected_for_a_scoped_analyst(store):
    scoped = Reader(Store.of(store), Rights("analyst", ("11010",), True))
    asked = {"columns": ("households",), "where": {"month_key": Span(202509, 202608)}}
    assert scoped.totals("detection_count", **asked).equals(
        Reader(Store.of(store)).totals("detection_count", **asked)
    )
    raw = Reader(Store.of(store), Rights("analyst")).totals("detection_count", **asked)
    assert not np.array_equal(raw["households"], scoped.totals("detection_count", **asked)["households"])


def test_what_was_summed_over_all_districts_before_follows_the_rule_for_a_scoped_analyst(store):
    """Raw rows of a query are not cut to districts: only whoever sees every district raw sees sums of them raw."""
    free, scoped = (Reader(Store.of(store), Rights("analyst", d)) for d in ((), ("11010",)))
    counts = pd.Series([7.0, 10.0, 123.0])
    assert list(free.protected(counts)) == [7, 10, 123] and free.slack == 0 and free.one(7) == 7
    assert list(scoped.protected(counts).fillna(-1)) == [-1, 10, 120] and scoped.slack == 5
    assert scoped.share_digits(500) == 0 and free.share_digits(500) == 1
    assert scoped.step(100) == Reader(Store.of(store)).step(100) and free.step(100) == 0
    for question in ("hotline.callers", "counselling.waits", "detection.workload"):
        bodies = [str(registry.answer(question, r, "ko").blocks) for r in (free, scoped)]
        assert bodies[0] != bodies[1], question


def test_an_own_raw_count_is_known_and_one_that_may_be_rounded_covers_its_rounding(store):
    """7 and 123 cannot come of the rule; 10 may: it then stands for 10 to 14. A share of own counts is exact and never withheld."""
    scoped = Reader(Store.of(store), Rights("analyst", ("11010",)))
    low, high = scoped.compatible(pd.Series([0.0, 7.0, 123.0, 10.0, np.nan]))
    assert low.tolist() == [0, 7, 123, 10, 0] and high.tolist() == [0, 7, 123, 14, 9]
    assert scoped.share(11, 11)[0] == 1 and np.isnan(scoped.share(20, 20)[0])
    exact, rough = scoped.share(33, 61), scoped.share(30, 60)
    assert exact[2] - exact[1] < rough[2] - rough[1]


def test_the_closed_list_holds_for_a_scoped_analyst_where_there_is_no_district(store):
    read = Reader(Store.of(store), Rights("analyst", ("11010",)))
    seven = {"month_key": Span(202601, 202607)}
    with pytest.raises(release.GrainError, match="detection_count"):
        read.total("detection_count", columns=("households",), where=seven)
    assert read.total("attendance_monthly", columns=("visits",), where=seven)["visits"] > 0


def test_the_answer_says_whose_districts_it_speaks_for(store):
    scoped = Reader(Store.of(store), Rights("analyst", ("11010",), True))
    found = registry.answer("hotline.flow", scoped, "ko")
    assert any(scoped.district_names("ko")["11010"] in line for line in found.caveats)


def test_the_offices_records_are_raw_for_a_person_with_a_name_alone(office):
    with pytest.raises(ValueError, match="analyst"):
        Reader(Store.of(office), Rights("analyst"))
    assert Reader(Store.of(office), Rights("analyst", (), True)).analyst
    assert Reader(Store.of(office), Rights("analyst", (), True)).study_view == "published"
