"""The dump of everything that the pages say: what becomes of a piece of HTML and of a chart, and what a comparison finds."""

import base64

import numpy as np

from tools import texts


def packed(values, dtype, shape=None):
    """A typed array as plotly sends it."""
    data = base64.b64encode(np.asarray(values, dtype=dtype).tobytes()).decode()
    return {"dtype": dtype, "bdata": data, **({"shape": shape} if shape else {})}


def test_html_becomes_a_line_per_paragraph_item_and_row():
    body = """<style>p {content: 'Choose a file'}</style><h2 class="x">Calls &amp; chats</h2>
      <p>Answered <strong>84.2%</strong>
         of all</p><span>one</span><span>two</span><ul><li>first</li><li>second</li></ul>
      <table aria-label="by month"><tr><th>Month</th><th>Rate</th></tr>
      <tr><td data-label="Month"><a href="/kpi?kpi=x">May</a></td><td><div>76.4%</div><div>low</div></td></tr></table>
      <svg><title>a spark</title><path d="M0 0"/></svg>after"""
    assert texts.html_lines(body) == [
        "content: Choose a file", "Calls & chats", "Answered 84.2% of all", "one two", "first", "second",
        "aria-label: by month", "Month | Rate", "href: /kpi?kpi=x", "May | 76.4% low", "data-label: Month", "a spark", "after",
    ]  # fmt: skip


def test_markdown_loses_its_signs():
    body = "**Rate**: share of calls\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    assert texts.markdown_lines(body) == ["Rate: share of calls", "one", "two", "a | b", "1 | 2"]


def test_a_chart_says_its_numbers_and_words_and_nothing_of_its_looks():
    spec = {
        "data": [{
            "type": "bar", "name": "Offered", "x": packed([1, 2], "i2"), "y": packed([1 / 3, np.nan], "f8"),
            "customdata": packed([1, 2, 3, 4], "i4", "2, 2"), "marker": {"color": "#fff", "size": 8},
            "error_y": {"array": [0.5, 1.0], "color": "red"},
        }],
        "layout": {
            "xaxis": {"title": {"text": "Month", "font": {"size": 9}}, "tickvals": [1, 2], "ticktext": ["May", "June"]},
            "annotations": [{"text": "opens", "x": 1, "y": 0.5, "font": {"color": "red"}}],
            "shapes": [{"type": "line", "x0": 1, "x1": 1, "y0": 0, "y1": 1, "line": {"color": "red"}}], "font": {"size": 12},
        },
    }  # fmt: skip
    assert texts.chart_lines(spec) == [
        'trace bar "Offered"', 'trace bar "Offered" x: [1, 2]', 'trace bar "Offered" y: [0.3333333333, null]',
        'trace bar "Offered" customdata: [[1, 2], [3, 4]]', 'trace bar "Offered" error_y.array: [0.5, 1]',
        'xaxis title: "Month"', "xaxis tickvals: [1, 2]", 'xaxis ticktext: ["May", "June"]',
        'annotation "opens" at [1, 0.5, null, null]', 'shape ["line", 1, 1, 0, 1, null]',
    ]  # fmt: skip


def test_a_comparison_finds_what_is_lost_and_gained_and_not_what_moved():
    before, after = ["a", "b", "b", "c"], ["c", "b", "a", "d"]
    assert texts.differences(before, after) == ["- b", "+ d"]
    assert texts.differences(["a", "b"], ["b", "a"]) == []
    assert texts.differences(["a", "b"], ["b", "a"], ordered=True)


def test_two_dumps_differ_unless_every_difference_is_accepted(tmp_path, capsys):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, line in ((old, "84.2%"), (new, "84.3%")):
        folder.mkdir()
        (folder / "kpi.en.published.txt").write_text(f"## kpi lang=en view=published\nsame\n{line}\n\n")
    asked = ["compare", str(old), str(new)]
    assert texts.main(asked) == 1
    assert "- 84.2%\n+ 84.3%" in capsys.readouterr().out
    assert texts.main(["compare", str(old), str(old)]) == 0
    rules = tmp_path / "accept"
    rules.write_text(r"^[-+] 84\.\d%$ # rounded at the screen since then")
    assert texts.main([*asked, "--accept", str(rules)]) == 0
    (new / "kpi.en.published.txt").unlink()
    assert texts.main([*asked, "--accept", str(rules)]) == 1


def test_every_page_has_views_to_write_out():
    pages = {path.stem for path in (texts.ROOT / "pages").glob("*.py")}
    assert set(texts.states()) == pages
