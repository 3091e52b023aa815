"""Registering before looking, what the page then says, and that a causal word stands nowhere else."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from actions import evaluation as acts
from answers import registry, written
from answers.evaluation import compared, panels, registered
from answers.reader import Raw, Reader
from answers.rights import Rights
from answers.store import Store
from answers.viewer import rules
from data import audit
from data.imports.problems import typed
from evaluation import registration as reg
from locales import LANGUAGES

AT = datetime(2025, 9, 2, 9, 0)
STARTS = "\n".join(
    f"{name} {month}"
    for name, month in zip(
        ("종로구", "중구", "용산구", "성동구", "광진구", "동대문구", "중랑구", "성북구"),
        ("2025-10",) * 4 + ("2025-12",) * 4,
        strict=True,
    )
)


@pytest.fixture(scope="module")
def kept(store_copy, tmp_path_factory):
    return Store(store_copy(tmp_path_factory.mktemp("evaluation") / "ieum.db"))


@pytest.fixture
def read(kept):
    """A reader of a store in which what earlier tests registered still stands, as it always does: the newest comes first."""
    kept.changed()
    return Reader(kept)


def note(read, **changed):
    said = {
        "measure": "referral_rate", "design": "rollout", "programme": "", "starts": STARTS, "after": 4, "smallest": 2.0,
        "reason": "연결을 늘리는지", "author": "박분석 주무관", "replaces": "", "at": AT,
    }  # fmt: skip
    return acts.register(read, **said | changed)


def made(read, monkeypatch, effect):
    """A city of our own in place of the records, with an effect put in where and when STARTS says, closed to August 2025 at registration."""
    codes = panels.districts_of(read)
    keys = [panels.shifted(202301, n) for n in range(46)]
    rng = np.random.default_rng(5)
    values = (
        40
        + rng.normal(0, 5, (len(codes), 1))
        + rng.normal(0, 1, len(keys))
        + rng.normal(0, 1.5, (len(codes), len(keys)))
    )
    starts = {code: panels.key_of(m) for code, m in acts.starts_of(read, STARTS).items()}
    for n, code in enumerate(codes):
        values[n] += effect * (np.array(keys) >= starts.get(code, 999912))
    frame = pd.DataFrame(
        [
            {"area_code": c, "month_key": k, "numerator": values[i, j], "denominator": 100.0}
            for i, c in enumerate(codes)
            for j, k in enumerate(keys)
        ]
    )
    monkeypatch.setattr(panels, "sums", lambda read, measure: Raw(frame))
    monkeypatch.setattr(panels, "closed_to", lambda read, metric: 202508)
    found = note(read)
    monkeypatch.setattr(panels, "closed_to", lambda read, metric: 202610)
    return found


def result(read, lang="ko", **codes):
    read.store.changed()
    return registry.answer("evaluation.result", Reader(read.store), lang, codes)


def test_starts_are_read_as_people_type_them(read):
    codes = {name: code for code, name in read.district_names("ko").items()}
    assert acts.starts_of(read, "관악구 2027-01\nGwanak-gu, 2027.2\n\n서울 2027. 3.") == {
        codes["관악구"]: "2027-02",
        compared.CITY: "2027-03",
    }
    for line in ("관악구", "관악 구청 2027-01", "관악구 2027-13"):
        with pytest.raises(acts.Unread):
            acts.starts_of(read, line)


def test_a_registration_is_kept_with_its_digest_in_the_trail_and_never_changed(read):
    first = note(read)
    second = note(read, smallest=3.0, replaces=first.digest)
    rows = registered.rows_of(Reader(read.store))
    assert rows["digest"].tolist()[:2] == [second.digest, first.digest] and rows["whole"][:2].all()
    assert rows["replaces"].tolist()[:2] == [first.digest, ""]
    assert reg.digest(registered.content_of(rows.iloc[1].to_dict())) == first.digest
    with read.store.engine.connect() as connection:
        told = [e.facts for e in audit.entries(connection) if e.kind == "registration"]
    assert {f["digest"] for f in told} >= {first.digest, second.digest}
    page = written.as_text(registry.answer("evaluation.registered", Reader(read.store), "ko"))
    assert "새 등록으로 바뀜" in page and first.digest[:12] in page
    with pytest.raises(ValueError, match="no registration"):
        note(read, replaces="0" * 64)


def test_content_changed_in_the_store_is_seen_and_not_shown(read):
    found = note(read, reason="바꿔 볼 것")
    with read.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE registration SET content = replace(content, '2.0', '0.1') WHERE digest = :digest"),
            {"digest": found.digest},
        )
    assert "지문과 맞지 않습니다" in result(read).sentence
    assert "내용이 지문과 다릅니다" in written.as_text(
        registry.answer("evaluation.registered", Reader(read.store), "ko")
    )


@pytest.mark.parametrize(("field", "value"), [("reason", " "), ("author", ""), ("starts", " ")])
def test_nothing_is_registered_without_reason_name_and_start(read, field, value):
    with pytest.raises(acts.Blank):
        note(read, **{field: value})


def test_starts_that_do_not_fit_the_design_are_refused(read):
    with pytest.raises(acts.Refused):
        note(read, design="synthetic")
    with pytest.raises(acts.Refused):
        note(read, design="series")


def test_a_result_waits_for_its_last_month(read):
    note(read, starts="종로구 2027-01\n중구 2027-01\n용산구 2027-02")
    found = result(read)
    assert "2027년 5월" in found.sentence and not found.figures()


def test_months_already_closed_are_exploratory_whatever_they_show(read):
    assert not note(
        read, starts="종로구 2026-03\n중구 2026-03\n용산구 2026-04\n성동구 2026-04", after=3
    ).in_time
    assert result(read).sentence.startswith("탐색:")
    assert result(read, "en").sentence.startswith("Exploratory:")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_effect_that_was_registered_and_passed_is_told_as_a_cause_with_its_design(read, monkeypatch, lang):
    assert made(read, monkeypatch, 9.0).in_time
    found = result(read, lang)
    assert {"ko": "시작 때문에", "en": "caused"}[lang] in found.sentence
    assert {"ko": "자치구마다 다른 시작", "en": "starts by district"}[lang] in found.sentence
    (curve,) = found.figures()
    drawn = [v for trace in curve.spec["data"] for v in trace["y"]]
    assert all(v == round(v, 1) for v in drawn)  # a chart tells no more than its table
    assert len(curve.table.rows) == 4 * 4 + 4 and "comparison of districts" in found.judged


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_effect_is_told_without_one(read, monkeypatch, lang):
    made(read, monkeypatch, 0.0)
    sentence = result(read, lang).sentence
    assert {"ko": "구별되지 않습니다", "en": "cannot be told apart"}[lang] in sentence
    assert "때문에" not in sentence and "caused" not in sentence


def test_what_is_registered_says_what_could_be_told(read, monkeypatch):
    found = made(read, monkeypatch, 0.0)
    assert found.detects is not None and 1.0 < found.detects < 8.0
    assert f"80% 확률로 {found.detects:.1f}%p" in written.as_text(result(read))


@pytest.mark.parametrize("design", ["series", "synthetic"])
def test_other_designs_say_what_they_can(read, design):
    starts = "서울 2026-05" if design == "series" else "관악구 2026-05"
    note(read, design=design, starts=starts, measure="answer_rate")
    found = result(read)
    assert found.sentence and ("없" in found.sentence or found.figures())


def test_who_registers_is_who_may():
    assert {role for role in rules().roles if rules().may(role, "actions", "registration")} == {
        "analyst",
        "admin",
        "local",
    }


def test_a_power_that_is_stated_is_for_so_many_districts_and_months(read):
    found = registry.answer("evaluation.power", read, "en", {"measure": "answer_rate", "after": "6"})
    assert (
        "With 25 districts, 12 of which start next month, and 6 months after" in found.sentence
        and "80%" in found.sentence
    )


def test_what_is_shown_is_the_same_in_the_published_and_the_raw_view(read):
    shown = [
        registry.answer("evaluation.look", Reader(read.store, rights), "ko").sentence
        for rights in (Rights(), Rights("analyst"))
    ]
    assert shown[0] == shown[1]


def test_names_do_not_stay_in_a_reason():
    assert typed("홍길동 010-1234-5678 때문", 400) != "홍길동 010-1234-5678 때문"
