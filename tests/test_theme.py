"""Figures name roles; palettes give them colours last, read by light and dark readers and on paper."""

import ast
import copy
import json
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from charts import dots, fan, flow, funnel, heatmap, scurve, series, steps, theme, trend, waterfall
from charts import map as maps
from charts.words import BOLD, ONLY, PLAIN
from metrics import registry

ROOT = Path(__file__).resolve().parent.parent
CHARTS = sorted(p for p in (ROOT / "charts").glob("*.py") if p.name != "theme.py")


def areas(**more):
    rows = pd.DataFrame({
        "area_code": ["11010", "11020", "11030", "11040"], "label": ["@ink", "B", "C", "D"], "short": ["A", "B", "C", "D"],
        "lon": 127.0, "lat": 37.5, "value": [10.0, 45.0, 30.0, np.nan], "lower": [8.0, 40.0, 20.0, np.nan],
        "upper": [12.0, 50.0, 40.0, np.nan], "n": 100, "status": ["ok", "ok", "ok", "suppressed"],
        "class_index": [0.0, 4.0, 2.0, np.nan],
    })  # fmt: skip
    return rows.assign(**more)


def choropleth():
    metric = registry.get("one_person_share")
    return maps.choropleth(
        areas(), metric=metric, lang="en", geojson_url="@places", caption="", selected="11020"
    )


def every_colour(value, found=None, key=""):
    """Every text of a figure that stands where a colour does."""
    found = set() if found is None else found
    if isinstance(value, dict):
        for name, part in value.items():
            every_colour(part, found, name)
    elif isinstance(value, list | tuple):
        for part in value:
            every_colour(part, found, key)
    elif isinstance(value, str) and (key.endswith("color") or key == "colorscale"):
        found.add(value)
    return found


def test_a_map_has_the_colours_of_its_theme():
    drawn = {name: theme.applied(choropleth(), name) for name in ("light", "dark")}
    light, dark = (
        {trace["type"]: trace for trace in reversed(drawn[name]["data"])} for name in ("light", "dark")
    )
    steps_light = ["#E3EDF8", "#B4CFEA", "#7AA9D6", "#3B78B4", "#123F78"]
    steps_dark = ["#1D3350", "#2C5688", "#4B82BF", "#86B4E3", "#D3E6F9"]
    for trace, wanted in ((light["choropleth"], steps_light), (dark["choropleth"], steps_dark)):
        assert list(dict.fromkeys(colour for _, colour in trace["colorscale"])) == wanted
    # On the lightest step a dark ink, on the darkest a white one; without a class the page's own ink.
    assert light["scattergeo"]["textfont"]["color"] == ["#1B2733", "#FFFFFF", "#1B2733", "#1B2733"]
    assert dark["scattergeo"]["textfont"]["color"] == ["#FFFFFF", "#1B2733", "#FFFFFF", "#E9EEF3"]
    _, blank, outline, _ = drawn["light"]["data"]
    assert blank["colorscale"] == [[0, "#F1F3F5"], [1, "#F1F3F5"]]
    assert blank["marker"]["line"]["color"] == "#5A6875"
    assert outline["marker"]["line"]["color"] == "#B3480B" and outline["colorscale"][0][1] == "rgba(0,0,0,0)"


def test_other_figures_have_the_colours_of_their_theme():
    limits = {level: (np.zeros(25), np.ones(25)) for level in (50, 80, 95)}
    paths = [fan.Path("a", np.ones(25), limits, accent=False), fan.Path("b", np.ones(25), limits)]
    drawn = fan.fan(paths, known_to=12, seen=None, labels={"month": "", "band": "", "beyond": ""}, years=["0"], suffix="%", caption="")  # fmt: skip
    assert theme.applied(drawn, "light")["data"][0]["fillcolor"] == "rgba(120,133,145,0.20)"
    assert theme.applied(drawn, "light")["data"][2]["fillcolor"] == "rgba(11,92,173,0.16)"
    assert theme.applied(drawn, "dark")["data"][2]["fillcolor"] == "rgba(125,180,234,0.22)"
    paid = scurve.scurve([1.0] * 12, band=([0.0] * 12, [1.0] * 12, [2.0] * 12), fan=None, stale=True, caption="",
                         labels={"median": "", "band": "", "paid": "", "months": ""})  # fmt: skip
    assert theme.applied(paid, "light")["data"][1]["fillcolor"] == "rgba(90,104,117,0.14)"
    assert theme.applied(paid, "dark")["data"][1]["fillcolor"] == "rgba(165,178,191,0.20)"
    assert theme.applied(paid, "dark")["data"][3]["line"]["color"] == "#A5B2BF"
    left = steps.funnel([steps.Step("a", 2, ""), steps.Step("b", 1, "", left=True)], caption="")
    marker = theme.applied(left, "light")["data"][0]["marker"]
    assert marker["color"] == ["#0B5CAD", "rgba(0,0,0,0)"] and marker["line"]["color"] == [
        "#0B5CAD",
        "#B3480B",
    ]
    layout = theme.applied(left, "dark")["layout"]
    assert layout["font"]["color"] == "#E9EEF3" and layout["xaxis"]["gridcolor"] == "#263039"
    assert layout["hoverlabel"]["bgcolor"] == "#12181F" and layout["paper_bgcolor"] == "rgba(0,0,0,0)"
    grid = pd.DataFrame([[1.0, 2.0]], columns=[0, 1])
    warm = heatmap.heatmap(grid, labels=["@mon"], hover=[["@a", "b"]], caption="", suffix="", reverse=True)
    scale = theme.applied(warm, "light")["data"][0]["colorscale"]
    assert scale[0] == [0.0, "#123F78"] and scale[-1] == [1.0, "#E3EDF8"]


def figures():
    rows = pd.DataFrame(
        {"n": [10.0, 20.0], "lower_95": 1.0, "upper_95": 2.0, "lower_998": 0.0, "upper_998": 3.0}
    )
    points = pd.DataFrame({"area_code": ["a", "b"], "short": ["@a", "b"], "n": [10, 20], "value": [1.0, 4.0], "verdict": ["inside", "high_998"]})  # fmt: skip
    metric = registry.get("one_person_share")
    yield choropleth()
    yield dots.ranked(areas(), metric=metric, lang="en", caption="@", city=30.0, selected="11010")
    yield funnel.funnel(points, rows, target=(1.5, "@"), hover=np.array([["@a"], ["b"]], dtype=object), template="@t",
                        size_label="@n", suffix="@", lang="en", selected="a")  # fmt: skip
    yield flow.sankey([flow.Link("@a", "b", 1.0, "@1")], {"@a": "@A", "b": "@ink"}, unit="@")
    yield waterfall.waterfall([waterfall.Bar("@a", "@ink", 1.0, "@page", True)], caption="@", unit="@")


@pytest.mark.parametrize("palette", theme.PALETTES)
@pytest.mark.parametrize("figure", list(figures()))
def test_every_colour_is_a_role_before_and_none_after_and_nothing_else_changes(figure, palette):
    kept = copy.deepcopy(figure)
    drawn = theme.applied(figure, palette)
    plain = json.dumps(figure, default=np.ndarray.tolist)
    assert plain == json.dumps(kept, default=np.ndarray.tolist)
    assert every_colour(figure) and all(c in theme.PALETTES[palette] for c in every_colour(figure))
    assert not any(c.startswith("@") for c in every_colour(drawn))
    # Putting roles and signs back gives the figure: texts and codes were never touched, also those that begin with @.
    found = json.dumps(_with_colours_of(figure, drawn), default=np.ndarray.tolist, ensure_ascii=False)
    for tag, sign in (("<br>", "\\n"), ("<b>", BOLD), ("</b>", PLAIN), ("<extra></extra>", ONLY)):
        found = found.replace(tag, sign)
    assert json.loads(found) == json.loads(plain)


def _with_colours_of(figure, drawn, key=""):
    """`drawn` with the colours of `figure`."""
    if key.endswith("color") or key == "colorscale":
        return figure
    if isinstance(drawn, dict):
        return {name: _with_colours_of(figure[name], part, name) for name, part in drawn.items()}
    if isinstance(drawn, list) and drawn and isinstance(drawn[0], dict):
        return [_with_colours_of(a, b) for a, b in zip(figure, drawn, strict=True)]
    return drawn


def test_numbers_are_passed_on_and_inks_in_an_array_are_found():
    z, hover = np.arange(3), [["@ink", "b"]]
    figure = {"data": [{"z": z, "customdata": hover, "marker": {"color": np.array(["@ink", "@page"]), "size": (1, 2)}}], "layout": {}}  # fmt: skip
    trace = theme.applied(figure, "light")["data"][0]
    assert trace["z"] is z and trace["customdata"] is hover and trace["marker"]["size"] == (1, 2)
    assert trace["marker"]["color"] == ["#1B2733", "#FFFFFF"]
    values = np.array([0.1, 0.2])
    assert theme.applied({"marker": {"color": values}}, "light")["marker"]["color"] is values


@pytest.mark.parametrize("place", [{"color": "@inc"}, {"bgcolor": ["@ink", "@inc"]}, {"colorscale": [[0, "@inc"]]}])  # fmt: skip
def test_an_unknown_role_is_named(place):
    with pytest.raises(ValueError, match="@inc"):
        theme.applied({"data": [{"marker": place}]}, "light")
    with pytest.raises(ValueError, match="sepia"):
        theme.colour("@ink", "sepia")


def test_what_is_no_role_stays():
    assert theme.colour("var(--soft)", "dark") == "var(--soft)"


def test_no_figure_knows_a_theme_or_a_colour():
    for path in CHARTS:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                names = {a.arg for a in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs)}
                assert not names & {"dark", "theme"}, f"{path.name}: {node.name}"
        assert not re.search(r"#[0-9A-Fa-f]{6}|rgba?\(|hsla?\(", text), path.name
        assert set(re.findall(r'"(@[a-z0-9-]+)"', text)) <= set(theme.PALETTES["light"]), path.name


def test_one_place_shows_figures():
    shown = {
        str(p.relative_to(ROOT))
        for folder in ("ui", "pages")
        for p in (ROOT / folder).rglob("*.py")
        if "plotly_chart(" in p.read_text(encoding="utf-8")
    }
    assert shown == {"ui/draw.py", "ui/reisolation/moving.py"}


def test_a_spark_line_takes_its_ink_from_the_style_sheet():
    drawn = trend.spark([1, 2, 3], label="up")
    assert drawn.startswith('<img class="spark" alt="up"') and "%3Cpath" in drawn
    assert not any(c[1:] in drawn for c in theme.PALETTES["light"].values() if c.startswith("#"))
    sheet = (ROOT / "ui" / "static" / "ieum.css").read_text(encoding="utf-8")
    assert "background: var(--accent)" in sheet
    for name in ("accent", "better", "worse", "steady"):
        assert f"--{name}: {theme.PALETTES['light'][f'@{name}']};" in sheet


# ── Palettes ──────────────────────────────────────────────────────────────────────────────────────


def brightness(colour):
    """Relative luminance (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


def test_palettes_have_the_same_roles():
    assert set(theme.PALETTES) == {"light", "dark", "print"}
    assert len({frozenset(palette) for palette in theme.PALETTES.values()}) == 1
    roles = set(theme.PALETTES["light"])
    assert {*theme.colours().values(), *theme.sequential(), *theme.diverging()} <= roles
    for better in ("lower", "higher", "neither"):
        # Whatever fills an area has an ink that is written on it.
        assert {
            theme.on(role) for role in (*theme.trends(better).values(), *theme.clusters().values())
        } <= roles


@pytest.mark.parametrize("name", theme.PALETTES)
def test_more_is_always_further_from_the_page(name):
    palette = theme.PALETTES[name]
    apart = [contrast(palette[role], palette["@page"]) for role in theme.sequential()]
    assert apart == sorted(apart)
    assert all(b / a > 1.25 for a, b in zip(apart[:-1], apart[1:], strict=True))


# Linear RGB as seen without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
SIGHT = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip
XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)


def lab(colour, sight):
    """CIELAB (D65) of a colour as it is seen."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = np.array(XYZ) @ np.clip(np.array(SIGHT[sight]) @ linear, 0, 1) / (0.95047, 1, 1.08883)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", theme.PALETTES)
def test_the_classes_of_a_map_are_told_apart_by_every_eye(name, sight):
    seen = [lab(theme.PALETTES[name][role], sight) for role in theme.sequential()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 10
    light = [one[0] for one in seen]
    assert light in (sorted(light), sorted(light, reverse=True))


def test_on_paper_less_and_more_differ_in_lightness():
    paper = [brightness(theme.PALETTES["print"][role]) for role in theme.diverging()]
    assert paper == sorted(paper, reverse=True)
    better, worse = (theme.PALETTES["print"][role] for role in ("@better", "@worse"))
    assert contrast(better, worse) > 2


@pytest.mark.parametrize("name", theme.PALETTES)
def test_inks_read_on_what_they_are_written_on(name):
    palette = theme.PALETTES[name]
    for role in ("@ink", "@muted", "@accent", "@better", "@worse", "@steady"):
        assert contrast(palette[role], palette["@page"]) >= 4.5, role
    for role in (*theme.sequential(), *theme.diverging(), "@accent", "@better", "@worse", "@missing"):
        assert contrast(palette[theme.on(role)], palette[role]) >= 3, role


def test_a_band_at_even_steps_sends_its_first_place_and_the_step_alone():
    def band(x, kind):
        line = series.Line("a", [1.0, 2.0, 3.0], ["p", "q", "r"])
        return series.lines(x, [line], caption="c", kind=kind, band=([0, 1, 2], [2, 3, 4]))["data"][0]

    hours = band(["2026-11-01 22", "2026-11-01 23", "2026-11-02 00"], "date")
    assert (hours["x0"], hours["dx"]) == ("2026-11-01 22", 3_600_000) and "x" not in hours
    months = ["2026-01-01", "2026-02-01", "2026-03-01"]  # 31 and 28 days
    assert band(months, "date")["x"] == months and band([1, 2, 3], "linear")["x"] == [1, 2, 3]
