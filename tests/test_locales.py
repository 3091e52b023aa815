"""Sentences and numbers in both languages."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import numbers, sentences, t

ROOT = Path(__file__).resolve().parent.parent


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_hold_the_same_sentences_with_the_same_places():
    ko, en = sentences("ko"), sentences("en")
    assert set(ko) == set(en)
    assert {key for key in ko if places(ko[key]) != places(en[key])} == set()


def test_english_has_no_hangul_left_over():
    left = {key for key, text in sentences("en").items() if re.search(r"[가-힣]", text)}
    assert left == set()


def test_every_key_asked_for_in_code_exists():
    asked = set()
    for folder in ("ui", "pages", "charts"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "t"
                    and node.args
                ):
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        asked.add(first.value)
    assert asked and asked <= set(sentences("ko"))


def test_an_unfilled_place_is_an_error():
    with pytest.raises(KeyError):
        t("app.as_of", "ko")


@pytest.mark.parametrize(
    ("amount", "ko", "en"),
    [
        (451_300_000_000, "4,513억 원", "KRW 451.3bn"),
        (1_234_500_000_000, "1조 2,345억 원", "KRW 1.2tn"),
        (1_000_000_000_000, "1조 원", "KRW 1.0tn"),
        (3_050_000_000, "30.5억 원", "KRW 3.1bn"),  # 3.05 rounds half up
        (9_200_000, "920만 원", "KRW 9.2m"),
        (9_999, "9,999원", "KRW 9,999"),
        (-9_200_000, "−920만 원", "−KRW 9.2m"),
    ],
)
def test_money_reads_in_its_largest_unit(amount, ko, en):
    assert numbers.won(amount, "ko") == ko
    assert numbers.won(amount, "en") == en


def test_rounding_is_half_up_and_not_bankers():
    assert numbers.number(0.5) == "1" and numbers.number(2.5) == "3" and numbers.number(2.675, 2) == "2.68"


@given(st.integers(-(10**15), 10**15))
def test_a_count_loses_no_digit(value):
    assert int(numbers.number(value).replace(",", "")) == value


def test_an_interval_narrower_than_a_tenth_of_a_point_is_still_seen():
    assert numbers.interval(40.46, 40.51, "percent", "en") == "95% interval 40.46–40.51%"
    assert numbers.interval(39.1, 42.0, "percent", "ko") == "95% 구간 39.1–42.0%"


def test_dates_and_months_in_both_languages():
    from datetime import date

    assert numbers.day(date(2025, 4, 1), "ko") == "2025. 4. 1."
    assert numbers.day(date(2025, 4, 1), "en") == "1 Apr 2025"
    assert numbers.month(202610, "ko") == "2026년 10월"
