"""The choice on the demonstration city: what the page says is what the model says, both directions of each rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from answers import registry
from answers.answer import Go
from answers.choice import common, source
from answers.choice.frontier import half_at, steps
from answers.choice.move import moved_sizes
from answers.reader import Reader
from answers.reisolation import levers
from answers.reisolation import source as forecast
from answers.store import Store
from forecast.reisolation import allocation


@pytest.fixture(scope="module")
def read(store: str) -> Reader:
    return Reader(Store.of(store))


def test_the_mix_opens_as_a_scenario_with_the_same_numbers(read: Reader) -> None:
    mix = source.best(read, "returns", "100", "free")[2]
    link = levers.written_link(source.starts(mix))
    again = levers.made("", levers.read_link(link, levers.ends(read)), levers.in_force(read))
    found, draws = forecast.register(read), forecast.FULL[forecast.acting(again)]
    assert draws >= 200
    mine = source.outcome(read, mix, "ko")[1]
    assert mine.fingerprint() == forecast.run(read, found, again, draws=draws).fingerprint()
    ways = [one for one in registry.answer("choice.best", read, "ko", {}).every() if isinstance(one, Go)]
    assert [dict(go.choices)["lv"] for go in ways if go.page == "reisolation"] == [link]


def test_the_surface_is_near_the_model(read: Reader) -> None:
    """Within a fifth of what the model says: nearer than a twentieth of the interval's width."""
    mix = source.best(read, "returns", "100", "free")[2]
    base, mine = source.outcome(read, mix, "ko")
    draws = allocation.gained(base, mine, "returns")
    assert abs(mix.gain - draws.mean()) < 0.05 * np.ptp(np.quantile(draws, [0.025, 0.975]))
    assert mine.cost_krw.sum(axis=(1, 2)).mean() <= 1.01 * 100 * source.HUNDRED_MILLION
    assert mix.gap <= allocation.GAP


def test_a_mix_is_told_apart_only_where_its_interval_lies_above_nothing(read: Reader) -> None:
    assert common.told_apart(np.linspace(1, 100, 200)) and not common.told_apart(np.linspace(-10, 100, 200))
    mix = source.best(read, "returns", "100", "free")[2]
    draws = allocation.gained(*source.outcome(read, mix, "en"), "returns")
    said = registry.answer("choice.best", read, "en", {}).sentence
    assert ("no mix can be told from" in said) == (np.quantile(draws, 0.025) <= 0)


def test_detection_is_in_no_mix_against_returns(read: Reader) -> None:
    for money in ("100", "left"):
        mix = source.best(read, "returns", money, "free")[2]
        assert "detection" not in source.starts(mix)
    assert source.every(read, "returns", "100").often()["detection"] == 0


def test_more_money_never_gains_less(read: Reader) -> None:
    sums, at = steps(source.every(read, "returns", "left"))
    gains = [float(source.every(read, "returns", "left").gain[:, n].mean()) for n in at]
    assert gains == sorted(gains) and sums[0] == 0 and gains[0] == 0
    assert half_at(sums, gains) < sums[-1] / 2  # diminishing
    assert half_at([0, 10, 20], [0, 30, 40]) == pytest.approx(20 / 3)


def test_moved_money_is_neither_made_nor_lost(read: Reader) -> None:
    surface = source.sized(read, "returns")
    size = source.best(read, "returns", "100", "free")[2].size
    after, moved = moved_sizes(surface, size, "aftercare", "peer", 1e9)
    before, then = (float(allocation.does(surface, s)[1].sum(axis=1).mean()) for s in (size, after))
    assert moved == pytest.approx(1e9) and then == pytest.approx(before, rel=1e-9)
    everything, all_of_it = moved_sizes(surface, size, "aftercare", "peer", 1e15)
    assert everything[surface.levers.index("aftercare")] == 0 and all_of_it < 1e15


def test_no_district_can_be_counted(read: Reader) -> None:
    """Shares in half percents of a couple of thousand people, risks in twentieths."""
    rows, over = read.study("choice.districts"), source.areas(read)
    for column, step in (("share", source.SHARE_STEP), ("risk", source.RISK_STEP)):
        assert np.allclose(rows[column] / step, np.round(rows[column] / step))
    assert len(over.codes) == 25 and over.share.sum() == pytest.approx(1)
    assert over.need.sum() in range(5, 11)  # published values are rounded: several may share the edge


def test_surfaces_are_made_of_a_forecast_that_may_be_shown_and_of_no_other(
    read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = forecast.record(read)
    assert kept is not None and kept.verdict.published
    failed = replace(kept, verdict=replace(kept.verdict, published=False, reasons=("total_off",)))
    monkeypatch.setattr(allocation, "surfaces", lambda *_, **__: dict.fromkeys(allocation.GOALS, "made"))
    for record, made in ((kept, True), (failed, False), (None, False)):
        monkeypatch.setattr(forecast, "record", lambda _, record=record: record)
        assert (source.make_surfaces(read, source.version(read)) is not None) == made


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_an_office_without_a_record_says_so(office: str, lang: str) -> None:
    own = Reader(Store.of(office))
    for name in ("best", "frontier", "sure", "move"):
        assert registry.answer(f"choice.{name}", own, lang, {}).sentence
