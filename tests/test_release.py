"""The publishing rule: 0-9 one symbol, the rest rounded to 10 on its own, ratios from protected counts."""

import numpy as np
import pandas as pd
import pytest

from data import release


def counts(*rows):
    return pd.DataFrame(rows, columns=["numerator", "denominator"])


def test_zero_to_nine_become_one_symbol():
    values = release.rounded(pd.Series(range(10)))
    assert values.isna().all()


def test_other_counts_round_half_up_to_ten():
    given_counts = pd.Series([10, 14, 15, 24, 25, 1234, 1235])
    assert release.rounded(given_counts).tolist() == [10, 10, 20, 20, 30, 1230, 1240]


def test_a_published_count_always_leaves_several_possible_values():
    true = pd.Series(range(3000))
    shown = release.rounded(true).fillna(-1)
    possible = shown.map(shown.value_counts())
    assert possible[true < 10].eq(10).all()  # 0 to 9 share one symbol
    assert possible[(true >= 10) & (true < 15)].eq(5).all()  # the narrowest class
    assert possible[(true >= 15) & (true < 2985)].eq(10).all()
    assert (shown[true >= 10] - true[true >= 10]).abs().max() <= 5


def test_a_small_numerator_or_denominator_hides_the_ratio():
    out = release.protect(counts((9, 400), (10, 400), (3, 8)), keys=["district_code"], ratio=True)
    assert out["status"].tolist() == ["suppressed", "ok", "suppressed"]


def test_ratios_use_protected_counts():
    out = release.protect(counts((16, 48)), keys=[], ratio=True)
    assert (out["numerator"].iloc[0], out["denominator"].iloc[0]) == (20, 50)


def test_all_or_none_of_a_small_group_is_hidden_and_of_a_large_group_is_not():
    out = release.protect(counts((25, 25), (34, 34), (35, 35), (250, 250)), keys=[], ratio=True)
    # 30 may stand for 25 to 34 people, so that all of 30 is withheld: whether it is follows from what is published
    assert out["status"].tolist() == ["suppressed", "suppressed", "ok", "ok"]


def test_rounding_apart_never_gives_more_than_the_whole():
    # 13 of 14 -> 15 of 15; 998 of 1002 -> 1000 of 1000
    out = release.protect(counts((38, 42), (998, 1002)), keys=[], ratio=True)
    assert (out["numerator"] <= out["denominator"]).all()


def test_small_denominators_show_whole_percentage_points_only():
    out = release.protect(counts((100, 990), (100, 1200), (88, 9980), (88, 10_000)), keys=[], ratio=True)
    assert out["digits"].iloc[:3].eq(0).all() and np.isnan(out["digits"].iloc[3])
    assert out["whole"].tolist() == [True, False, False, False]


def test_a_tenth_is_printed_only_where_rounding_moves_it_by_no_more_than_half():
    """88 of 1,781 are 4.9 %, shown as 90 of 1,780 they would read 5.1 %."""
    half = release.BASE / 2
    assert 100 * half / release.TENTHS_FROM <= 0.05
    out = release.protect(counts((88, 1781)), keys=[], ratio=True).iloc[0]
    assert f"{100 * out['numerator'] / out['denominator']:.{int(out['digits'])}f}" == f"{100 * 88 / 1781:.0f}"


def test_a_sum_of_seconds_is_restated_from_the_protected_count():
    # 23 waits of 30 s: 690 s over 23 becomes 600 s over 20, the same mean and no exact count
    out = release.protect(counts((690, 23)), keys=[], ratio=True, additive=False)
    assert (out["numerator"].iloc[0], out["denominator"].iloc[0]) == (600, 20)


def test_a_mean_to_the_second_gives_back_no_count():
    """What 23 waits may be is what any of the counts shown as 20 may be: each has a whole sum that rounds to the same second."""
    for total, n in ((701, 23), (700, 17)):
        out = release.protect(counts((total, n)), keys=[], ratio=True, additive=False).iloc[0]
        mean = out["numerator"] / out["denominator"]
        assert mean == np.floor(total / n + 0.5)
        low, high = (int(limit.iloc[0]) for limit in release.compatible(pd.Series([out["denominator"]])))
        fitting = [
            k
            for k in range(low, high + 1)
            if any(np.floor(s / k + 0.5) == mean for s in range(int(k * mean) - k, int(k * mean) + k))
        ]
        assert fitting == list(range(15, 25))


@pytest.mark.parametrize(
    "keys",
    [["district_code", "day"], ["dong_code", "month_key"], ["district_code", "hour"], ["dong_code", "day"]],
)
def test_a_finer_grain_than_published_is_refused(keys):
    with pytest.raises(release.GrainError):
        release.check_grain(keys)


def test_the_published_grain_passes():
    release.check_grain(["district_code", "month_key", "age_band"])
    release.check_grain(["dong_code", "year"])
    release.check_grain(["day"])  # the whole city by day names no place


def test_few_yes_or_few_no_answers_hide_a_weighted_share():
    # 100 respondents of weight 1: 3 yes, 10 yes, 95 yes
    survey = pd.DataFrame({
        "numerator": [3.0, 10.0, 95.0], "denominator": [100.0] * 3, "base": [100] * 3, "cases": [3, 10, 95],
        "squares": [100.0] * 3,
    })  # fmt: skip
    out = release.protect(survey, keys=["district_code"], ratio=True)
    assert out["status"].tolist() == ["suppressed", "ok", "suppressed"]
    assert "cases" not in out
