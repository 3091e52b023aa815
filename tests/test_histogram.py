"""Percentiles from bins against the raw values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.histogram import longest, lorenz, percentile, top_share


@given(st.lists(st.integers(0, 900), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_whole_second_bins_give_the_exact_percentile(waits, q):
    starts, counts = np.unique(waits, return_counts=True)
    assert percentile(starts[::-1], counts[::-1], q) == np.percentile(waits, 100 * q, method="inverted_cdf")


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_thirty_second_bins_stay_within_two_percent(q):
    talk = np.exp(np.random.default_rng(3).normal(np.log(1500), 0.55, 5000)).astype(int)
    starts, counts = np.unique(talk - talk % 30, return_counts=True)
    assert percentile(starts, counts, q, width=30) == pytest.approx(np.quantile(talk, q), rel=0.02)


def test_nothing_counted_has_no_percentile():
    assert np.isnan(percentile([], [], 0.5)) and np.isnan(percentile([1, 2], [0, 0], 0.5))
    assert np.isnan(longest([3], [0])) and longest([3, 9, 12], [1, 2, 0]) == 9
    with pytest.raises(ValueError):
        percentile([1], [1], 0)
    with pytest.raises(ValueError):
        percentile([1], [-1], 0.5)


def test_concentration_by_hand():
    # 97 callers once, 3 callers 50 times: the top 3 % make 150 of 247 contacts.
    assert top_share([1, 50], [97, 3], 0.03) == pytest.approx(150 / 247)
    assert top_share([2], [40], 0.03) == pytest.approx(0.03)  # equal callers: no concentration
    callers, contacts = lorenz([1, 50], [97, 3])
    assert callers.tolist() == pytest.approx([0, 0.03, 1]) and contacts[-1] == 1
    assert top_share([], [], 0.03) == pytest.approx(0.03)
