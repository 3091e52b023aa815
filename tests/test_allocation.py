"""The allocation on surfaces made by hand: the optimum by enumeration and by linear programming, its terms, its prices."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from forecast.reisolation import allocation
from forecast.reisolation.allocation import ONE, Areas, Surface, Terms
from forecast.reisolation.parameters import LEVERS


def made(
    rng: np.random.Generator, levers: int = 3, sizes: int = 2, draws: int = 5, years: int = 2
) -> Surface:
    """A surface with diminishing effects, pairs that lose or gain together, and costs that grow with size."""
    f = np.arange(1, sizes + 1) / sizes
    effect = rng.gamma(2, 50, (draws, levers, 1)) * f ** rng.uniform(0.5, 1)
    lost = np.triu(rng.normal(10, 15, (draws, levers, levers)), 1)
    cost = rng.gamma(4, 1e8, (draws, years, levers, 1)) * f
    return Surface(
        tuple("abcdefg"[:levers]),
        rng.uniform(50, 300, levers),
        tuple(map(float, f)),
        effect,
        lost,
        cost,
        tuple(range(2027, 2027 + years)),
        np.zeros((draws, levers)),
        np.zeros(draws),
    )


def whole(surface: Surface) -> float:
    """What every lever at full size costs on average."""
    return float(surface.cost.mean(axis=0).sum(axis=0)[:, -1].sum())


def plain() -> Surface:
    """Two levers that gain 100 and 60 for 10 and 5 million won, and lose 20 of it together; two draws, one twice the other."""
    effect = np.array([[[50.0, 100.0], [30.0, 60.0]]])
    cost = np.array([[[[5e6, 10e6], [2.5e6, 5e6]]]])
    return Surface(
        ("a", "b"),
        np.array([200.0, 80.0]),
        (0.5, 1.0),
        np.concatenate([effect * 2 / 3, effect * 4 / 3]),
        np.array([[[0.0, 20.0], [0.0, 0.0]]] * 2),
        np.concatenate([cost, cost]),
        (2027,),
        np.zeros((2, 2)),
        np.zeros(2),
    )


def test_by_hand() -> None:
    """Both levers whole: 100 + 60 − 20 for 15 million; with nine million half of each: 50 + 30 − 5."""
    mix = allocation.best(plain(), Terms(15e6))
    assert (mix.gain, mix.krw, list(mix.starts)) == (pytest.approx(140), pytest.approx(15e6), [200.0, 80.0])
    less = allocation.best(plain(), Terms(9e6))
    assert (less.gain, list(less.size)) == (pytest.approx(75), [0.5, 0.5])
    assert allocation.best(plain(), Terms(10e6, drop=("b",))).size.tolist() == [1.0, 0.0]
    assert allocation.best(plain(), Terms(0)).size.tolist() == [0.0, 0.0]


def test_200_small_problems_are_solved_as_enumeration_solves_them() -> None:
    rng = np.random.default_rng(120)
    for _ in range(200):
        surface = made(rng)
        year = float(surface.cost.mean(axis=0)[0, :, -1].sum())
        within = Terms(rng.uniform(0.2, 1.2) * whole(surface), {2027: rng.uniform(0.3, 1.2) * year})
        mix, every = allocation.best(surface, within), allocation.every(surface, within, surface.sizes)
        most = float(every.gain.mean(axis=0).max())
        assert mix.gain == pytest.approx(most, rel=allocation.GAP, abs=1e-3)
        assert mix.bound >= most * (1 - 1e-4) - 1e-3
        assert allocation.does(surface, mix.size)[0].mean() == pytest.approx(mix.gain, rel=1e-5, abs=1e-4)
        assert mix.krw <= within.krw * (1 + 1e-6)
        assert allocation.does(surface, mix.size)[1].mean(axis=0)[0] <= within.by_year[2027] * (1 + 1e-6)


def test_districts_are_filled_as_a_linear_programme_of_every_size_fills_them() -> None:
    """For each combination of sizes the districts' part is a linear programme of its own."""
    rng = np.random.default_rng(7)
    for _ in range(15):
        surface = made(rng, levers=2)
        share = rng.dirichlet(np.ones(3) * 4)
        over = Areas(("x", "y", "z"), share, 1 + rng.normal(0, 0.2, 3), np.array([True, False, False]))
        within = Terms(rng.uniform(0.3, 1.0) * whole(surface), least=0.5, to_need=True)
        found = allocation.best(surface, within, over)
        best, one = 0.0, surface.mean()
        for sizes in product((0.0, *surface.sizes), repeat=2):
            size = np.array(sizes)
            if allocation.does(surface, size)[1].mean(axis=0).sum() > within.krw:
                continue
            slope = (one.effect[0, :, -1][:, None] * (over.risk - 1)[None, :]).ravel()
            weigh = np.concatenate([surface.places[i] * (over.need - share[0]) for i in range(2)])
            same = np.kron(np.eye(2), np.ones(3))
            low = (0.5 * size[:, None] * share[None, :]).ravel()
            solved = linprog(
                -slope,
                A_ub=[-weigh],
                b_ub=[0],
                A_eq=same,
                b_eq=size,
                bounds=list(zip(low, np.tile(share, 2), strict=True)),
            )
            if solved.status == 0:
                best = max(best, float(allocation.does(surface, size)[0].mean()) - float(solved.fun))
        assert found.gain == pytest.approx(best, rel=allocation.GAP, abs=1e-3)


def test_terms_hold_and_bind() -> None:
    """Minimum service and the equity floor hold to the start where districts differ, and cost what they take from the optimum."""
    rng = np.random.default_rng(3)
    surface = made(rng, levers=3, sizes=4)
    share = np.array([0.5, 0.3, 0.2])
    over = Areas(("x", "y", "z"), share, np.array([0.7, 1.0, 1.6]), np.array([True, False, False]))
    free = allocation.best(surface, Terms(0.4 * whole(surface)), over)
    bound = Terms(0.4 * whole(surface), least=0.5, to_need=True)
    mix = allocation.best(surface, bound, over)
    assert free.by_area.sum(axis=0)[0] < share[0] * free.starts.sum()  # without the floor the need comes last
    assert mix.by_area.sum(axis=0)[0] >= share[0] * mix.starts.sum() - 1e-6
    assert (mix.by_area >= 0.5 * np.outer(mix.starts, share) - 1e-6).all()
    assert mix.by_area.sum(axis=1) == pytest.approx(mix.starts)
    assert mix.gain < free.gain
    prices = allocation.prices(surface, bound, over, mix)
    assert set(prices) == {"money", "least", "to_need"} and prices["to_need"] > 0


def test_every_mix_draw_by_draw() -> None:
    """In the weaker draw b's overlap outweighs nothing: both draws choose both; a lever that only loses is in no mix."""
    every = allocation.every(plain(), Terms(15e6), (0.5, 1.0))
    assert every.often() == {"a": 1.0, "b": 1.0} and every.regret().tolist() == [0.0, 0.0]
    assert every.krw[every.chosen] == pytest.approx(15e6)
    turned = plain()
    effect = turned.effect.copy()
    effect[0, 1] = [-20.0, -40.0]
    other = allocation.every(replace(turned, effect=effect), Terms(5e6), (0.5, 1.0))
    # Five million: half of a (33 and 67) or all of b (−40 and 80): on average a, in the second draw b.
    assert other.often() == {"a": 0.5, "b": 0.5}
    assert other.regret() == pytest.approx([0.0, 80 - 200 / 3], rel=1e-5)
    assert other.options().shape[1] == 3


def test_between_sizes_it_is_straight() -> None:
    at = plain().at((0.25, 0.75))
    assert at.effect[0, 0].tolist() == pytest.approx([100 / 6, 50.0])
    assert at.cost[0, 0, 1].tolist() == pytest.approx([1.25e6, 3.75e6])


def test_odd_input_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="sum of money"):
        Terms(-1)
    with pytest.raises(ValueError, match="minimum service"):
        Terms(1, least=1.5)
    with pytest.raises(ValueError, match="sum to one"):
        Areas(("x",), np.array([0.5]), np.ones(1), np.zeros(1, bool))
    with pytest.raises(ValueError, match="size between 0 and 1"):
        allocation.does(plain(), np.array([2.0, 0.0]))
    with pytest.raises(ValueError, match="too many"):
        allocation.every(made(np.random.default_rng(1), levers=7), Terms(1e9), np.arange(1, 13) / 12)
    with pytest.raises(ValueError, match="no goal"):
        allocation.gained(None, None, "money")  # type: ignore[arg-type]
    assert ONE.share.sum() == 1


def test_what_a_pair_loses_is_fitted_from_few_runs_as_all_of_them_say(monkeypatch):
    from test_reisolation_project import intake, model

    levers = [one for one in LEVERS if one.acts_on == "return"][:3]
    places = {one.lever_id: 40.0 for one in levers}

    def made(pair_draws: int) -> Surface:
        monkeypatch.setattr(allocation, "PAIR_DRAWS", pair_draws)
        first = pd.Period("2026-11", "M")
        return allocation.surfaces(
            model(0.02), intake(people=5), levers, places, first_month=first, seed=7, draws=150, months=24
        )["returns"]

    few, every = made(50), made(150)
    assert np.array_equal(few.effect, every.effect) and np.array_equal(few.cost, every.cost)
    assert np.allclose(few.lost[:50], every.lost[:50], rtol=1e-9)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        apart = every.effect[:, i, -1] + every.effect[:, j, -1]
        assert every.lost[:, i, j].mean() > 0.01 * apart.mean()
        assert abs(few.lost[:, i, j].mean() - every.lost[:, i, j].mean()) < 0.01 * apart.mean()
        assert np.corrcoef(few.lost[50:, i, j], every.lost[50:, i, j])[0, 1] > 0.9
