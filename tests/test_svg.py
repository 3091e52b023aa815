"""The SVG writer: marks stand where their values say, every word is kept, what it cannot draw it refuses."""

import re
from xml.etree import ElementTree

import pytest

from answers import registry
from answers.answer import Figure
from answers.layers import layer
from answers.reader import Reader
from answers.store import Store
from charts import fan, series, waterfall, words
from charts.theme import PALETTES
from reports.svg import KINDS, UnknownMark, axes, svg
from tests.proof import size

SVG = "{http://www.w3.org/2000/svg}"


def drawn(spec, **more):
    return ElementTree.fromstring(svg(spec, alt="a < b", **more))


def texts(root):
    return ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]


def figure(*traces, **layout):
    return {
        "data": list(traces),
        "layout": {"height": 300, "margin": {"l": 4, "r": 8, "t": 8, "b": 28}, **layout},
    }


def test_bars_are_as_long_as_their_values():
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [10, 5, 0],
        "y": ["a", "b", "c"],
        "marker": {"color": "@accent"},
    }
    widths = [float(r.get("width")) for r in drawn(figure(trace)).iter(f"{SVG}rect") if r.get("fill")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.05)
    assert widths[2] == 0


def test_a_waterfall_goes_on_where_the_step_before_ended():
    bars = [
        waterfall.Bar(k, k, v, str(v), t) for k, v, t in (("a", 10, False), ("b", -4, False), ("c", 6, True))
    ]
    found = drawn(waterfall.waterfall(bars, caption="", unit=""))
    a, b, c = ([float(r.get(n)) for n in ("x", "width")] for r in found.iter(f"{SVG}rect") if r.get("fill"))
    assert b[0] + b[1] == pytest.approx(a[0] + a[1], abs=0.05)
    assert b[0] == pytest.approx(c[0] + c[1], abs=0.05)


def test_a_line_is_drawn_through_its_values_and_breaks_where_there_is_none():
    spec = figure(
        {"type": "scatter", "mode": "lines", "x": [0, 1, 2, 3], "y": [0, 10, None, 5], "line": {"color": "@accent", "width": 2}},
        yaxis={"range": [0, 10], "showgrid": False}, xaxis={"range": [0, 3], "showgrid": False},
    )  # fmt: skip
    (path,) = (p.get("d") for p in drawn(spec).iter(f"{SVG}path") if p.get("stroke-width") == "2")
    assert len(re.findall("M", path)) == 2
    (x0, y0), (x1, y1), (x3, y3) = (map(float, p.split()) for p in re.split("[ML]", path)[1:])
    assert x3 - x0 == pytest.approx(3 * (x1 - x0), abs=0.1)
    assert y0 - y3 == pytest.approx((y0 - y1) / 2, abs=0.1)


def test_an_unknown_mark_is_refused_not_left_out():
    with pytest.raises(UnknownMark, match="pie"):
        svg(figure({"type": "pie"}), alt="")
    odd = {"type": "scatter", "mode": "markers", "x": [1], "y": [1], "marker": {"symbol": "star"}}
    with pytest.raises(ValueError, match="star"):
        svg(figure(odd), alt="")


def test_texts_are_made_safe_and_emphasis_is_kept():
    note = {
        "x": 0,
        "y": 0,
        "xref": "paper",
        "yref": "paper",
        "text": f"{words.BOLD}<b>&{words.PLAIN} ok",
        "font": {},
    }
    root = drawn(figure({"type": "scatter", "x": [1], "y": [1]}, annotations=[note]))
    assert "<b>& ok" in texts(root)
    assert root.find(f"{SVG}title").text == "a < b"


@pytest.mark.parametrize(
    ("form", "said"), [("%Y. %-m.", "2026. 3."), ("%b %Y", "Mar 2026"), ("%-m. %-d.", "3. 1.")]
)
def test_dates_are_written_the_same_on_every_system(form, said):
    assert axes.Axis("date", 0, 1, {"tickformat": form}).say(axes.days("2026-03-01")) == said


def test_ticks_are_round_few_enough_and_inside():
    ticks = axes.Axis("linear", 3.0, 36.0, {"nticks": 5, "ticksuffix": "%"}).ticks(200, 26)
    assert [said for _, said in ticks] == ["10%", "20%", "30%"]
    assert ticks[0][0] == pytest.approx((10 - 3) / 33)


@pytest.fixture(scope="module")
def every_figure(store):
    """Every figure of every question's first answer; what waits for a study is drawn by its own tests."""
    read = Reader(Store.of(store), patient=False)
    found = {}
    for lang in ("ko", "en")[: size(1, 2)]:
        for one in registry.every():
            given = {"gu": "11210"} if one.id == "district_profile" else {}
            for block in registry.answer(one.id, read, lang, given).every():
                if isinstance(block, Figure):
                    found[one.id, lang, block.name] = block
    return read, found


def said_by(spec):
    """Every word that a figure writes: ticks by name, texts at marks, notes, names in the legend, titles."""
    layout = spec["layout"]
    for trace in spec["data"]:
        if "text" in str(trace.get("mode", "")) or trace["type"] == "bar":
            value = trace.get("text", [])
            yield from [value] if isinstance(value, str) else list(value)
        if layout.get("showlegend") and trace.get("showlegend", True):
            yield trace.get("name") or ""
        yield from trace.get("node", {}).get("label", ())
    for name in ("xaxis", "yaxis"):
        own = layout.get(name, {})
        if own.get("visible") is not False and name == "yaxis":
            yield from own.get("ticktext", ())
        title = own.get("title", "")
        yield title["text"] if isinstance(title, dict) else title
    yield from (note["text"] for note in layout.get("annotations", ()))


@pytest.mark.proof
def test_every_figure_of_every_question_is_drawn_with_all_its_words(every_figure):
    read, found = every_figure
    assert len(found) >= 28
    kinds = {trace["type"] for block in found.values() for trace in block.spec["data"]}
    assert kinds <= set(KINDS)
    for key, block in found.items():
        root = ElementTree.fromstring(
            svg(block.spec, alt=block.alt, layers=lambda vintage, level: layer(read, vintage, level)[0])
        )
        written = "\n".join(texts(root))
        lost = [
            w
            for w in map(str, said_by(block.spec))
            if any(p.strip() not in written for p in re.split("[\n\ue000\ue001]", w))
        ]
        assert not lost, (key, lost)


@pytest.mark.parametrize("palette", sorted(PALETTES))
def test_no_role_is_left_a_colour_in_any_palette(palette):
    line = series.Line("선", [1, 2, 3], ["", "", ""])
    band = svg(
        series.lines([1, 2, 3], [line], caption="", band=([0, 1, 2], [2, 3, 4])), alt="", palette=palette
    )
    assert '"@' not in band and "rgba" not in band and 'fill-opacity="' in band


def test_a_band_beyond_what_was_seen_is_hatched():
    path = fan.Path("오늘", *_future())
    spec = fan.fan(
        [path], known_to=6, seen=None, labels=dict.fromkeys(("month", "band", "seen", "beyond"), "말"), years=["0", "1"],
        suffix="%", caption="",
    )  # fmt: skip
    root = drawn(spec)
    assert len(list(root.iter(f"{SVG}pattern"))) == 3
    assert sum("url(#hatch" in (p.get("fill") or "") for p in root.iter(f"{SVG}path")) == 3


def _future():
    import numpy as np

    middle = np.linspace(0, 10, 13)
    return middle, dict.fromkeys((50, 80, 95), (middle - 1, middle + 1))


def test_a_picture_is_written_with_its_choices_and_what_is_not_there_is_said(
    monkeypatch, tmp_path, store, capsys
):
    from reports.__main__ import main

    monkeypatch.setenv("DATABASE_URL", store.replace("-demo.db", ".db"))
    file = tmp_path / "f.svg"
    assert main(["picture", "hotline.flow", "--months", "3", "--lang", "en", "--out", str(file)]) == 0
    assert ElementTree.fromstring(file.read_text(encoding="utf-8")).get("role") == "img"
    for words_, reason in (
        (["hotline.flow", "--months", "13"], "months"),
        (["hotline.flow", "--figure", "none"], "hotline_funnel"),
        (["about"], "no figure"),
    ):
        with pytest.raises(SystemExit):
            main(["picture", *words_, "--out", str(file)])
        assert reason in capsys.readouterr().err
