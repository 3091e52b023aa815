"""Everything that the pages say, as text, so that two states of the code can be compared line by line.

    python -m tools.texts OUT [--only PAGE] [--lang ko] [--view published] [--city demo] [--jobs 2]
    python -m tools.texts compare BEFORE AFTER [--ordered] [--brief] [--accept FILE]

A dump opens every view that tools/texts.toml lists, in both languages and both views, in a fresh browser session of a
real server, and writes what the server sends: words, figures, tables, widgets, files and the numbers of charts. It
knows Streamlit's messages and nothing of the app's own code. Colours, fonts and sizes are left out. The server works
on copies of SQLite stores, so that a dump changes nothing and every dump begins alike.
"""

from __future__ import annotations

import argparse
import base64
import difflib
import hashlib
import html
import itertools
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import numpy as np
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from data import cities
from data.engine import StoreProblem, check, make_engine, sqlite_file
from tools.bench.shared import ROOT, wait
from tools.postgres import free_port

STATES = Path(__file__).with_name("texts.toml")
LANGUAGES, VIEWS = ("ko", "en"), ("published", "analyst")
MOST_LINES = 500  # of a file; of a longer one the rest stands as a count and a hash
PATIENCE_S = 300

# --- Words of HTML, Markdown and numbers ----------------------------------------------------------------

BLOCKS = re.compile(
    "address|article|aside|blockquote|br|caption|dd|details|div|dl|dt|fig.*|footer|form|h[1-6r]|header|li|main|nav|ol|p|pre|"
    "section|summary|svg|table|t?body|text|tfoot|thead|title|tspan|ul"
)
SAID = ("aria-label", "alt", "title", "placeholder")


class _Words(HTMLParser):
    """One line per paragraph, heading, list item or table row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.words: list[str] = []
        self.row: list[str] | None = None  # finished cells of the open table row
        self.labels: list[str] = []  # what a phone writes beside the row's cells
        self.skip = ""
        self.ended = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: _fold(value or "") for name, value in attrs}
        if tag in ("style", "script"):
            self.skip = tag
        elif tag == "tr":
            self.flush()
            self.row, self.labels = [], []
        elif tag in ("td", "th"):
            self.words = []
        elif BLOCKS.fullmatch(tag):
            self.flush()
        elif tag == self.ended == "span":
            self.words.append(" ")
        self.ended = ""
        self.lines += [f"{name}: {known[name]}" for name in SAID if known.get(name)]
        if known.get("data-label"):
            self.labels.append(known["data-label"])
        if known.get("href"):
            self.lines.append(f"href: {known['href']}")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.skip:
            self.skip = ""
        elif tag in ("td", "th") and self.row is not None:
            self.row.append(_fold("".join(self.words)))
            self.words = []
        elif tag == "tr":
            self.end_row()
        elif BLOCKS.fullmatch(tag):
            self.flush()
        self.ended = tag

    def handle_data(self, data: str) -> None:
        if self.skip:
            # Words that a style sheet writes into the page.
            found = re.findall(r"content:\s*'([^']+)'", data) if self.skip == "style" else []
            self.lines += [f"content: {text}" for text in found]
            return
        self.words.append(data)
        self.ended = self.ended if not data.strip() else ""

    def flush(self) -> None:
        """End a paragraph; within a table row only a word."""
        if self.row is not None:
            self.words.append(" ")
            return
        text = _fold("".join(self.words))
        self.lines += [text] if text else []
        self.words = []

    def end_row(self) -> None:
        if self.row:
            self.lines.append(" | ".join(self.row))
        label = f"data-label: {' | '.join(self.labels)}"
        if self.labels and label not in self.lines:
            self.lines.append(label)
        self.row, self.words = None, []


def _fold(text: str) -> str:
    return " ".join(text.split())


def html_lines(body: str) -> list[str]:
    """Lines of a piece of HTML: no tags, entities decoded, cells of a row joined by ' | '."""
    parser = _Words()
    parser.feed(body)
    parser.close()
    parser.end_row() if parser.row else parser.flush()
    return parser.lines


def markdown_lines(body: str) -> list[str]:
    """Lines of a piece of Markdown, without its signs."""
    if re.search(r"<[a-z]+[ >]", body):
        return html_lines(body)
    found: list[str] = []
    for part in re.split(r"\n\s*\n|\n(?=\s*(?:[-*#|]|\d+\.)\s?)", body):
        if re.fullmatch(r"[\s|:-]*", part):
            continue
        cells = [
            re.sub(r"\*\*|`|^\s*(?:#+|[-*])\s+", "", cell) for cell in part.strip().strip("|").split("|")
        ]
        found.append(re.sub(r"\\(\W)", r"\1", " | ".join(_fold(html.unescape(c)) for c in cells)))
    return found


def plain(value: Any) -> Any:
    """A value of a chart as JSON takes it: typed arrays decoded, numbers with ten significant digits."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=np.dtype(value["dtype"]))
        shape = [int(n) for n in str(value.get("shape", "")).split(",") if n.strip()]
        return plain((array.reshape(shape) if shape else array).tolist())
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not np.isfinite(value):
            return None
        short = float(f"{value:.10g}") + 0.0
        return int(short) if short == int(short) and abs(short) < 1e15 else short
    return value


def _json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False)


# --- Charts ---------------------------------------------------------------------------------------------

TRACE = (
    "x",
    "y",
    "z",
    "r",
    "theta",
    "lat",
    "lon",
    "base",
    "measure",
    "text",
    "hovertext",
    "customdata",
    "locations",
    "labels",
    "parents",
    "ids",
    "values",
    "texttemplate",
    "hovertemplate",
    "geojson",
    "error_x.array",
    "error_x.arrayminus",
    "error_y.array",
    "error_y.arrayminus",
    "node.label",
    "node.customdata",
    "node.hovertemplate",
    "link.source",
    "link.target",
    "link.value",
    "link.label",
    "link.customdata",
    "link.hovertemplate",
)
AXIS = (
    "title",
    "range",
    "tickvals",
    "ticktext",
    "tickprefix",
    "ticksuffix",
    "tickformat",
    "hoverformat",
    "categoryarray",
)
SHAPE = ("type", "x0", "x1", "y0", "y1", "path")


def _at(item: dict[str, Any], path: str) -> Any:
    found: Any = item
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found.get("text") if path == "title" and isinstance(found, dict) else found


def chart_lines(spec: dict[str, Any]) -> list[str]:
    """Lines of a plotly figure: what its traces, axes, notes and shapes say, nothing of how they look."""
    lines = []
    frames = [trace for frame in spec.get("frames") or [] for trace in frame.get("data", [])]
    for trace in [*spec.get("data", []), *frames]:
        head = f"trace {trace.get('type', 'scatter')} {_json(trace.get('name', ''))}"
        lines.append(head)
        for path in TRACE:
            value = _at(trace, path)
            if value is not None and path == "geojson":
                value = value if isinstance(value, str) else hashlib.sha256(_json(value).encode()).hexdigest()
            if value is not None:
                lines.append(f"{head} {path}: {_json(value)}")
    layout = spec.get("layout", {})
    lines += [f"chart title: {_json(_at(layout, 'title'))}"] if _at(layout, "title") else []
    for name in sorted(key for key in layout if re.fullmatch(r"[xy]axis\d*|coloraxis", key)):
        known = {path: _at(layout[name], path) for path in AXIS}
        lines += [f"{name} {path}: {_json(value)}" for path, value in known.items() if value is not None]
    for note in layout.get("annotations") or []:
        lines.append(
            f"annotation {_json(note.get('text', ''))} at {_json([note.get(k) for k in ('x', 'y', 'xref', 'yref')])}"
        )
    for shape in layout.get("shapes") or []:
        lines.append(f"shape {_json([shape.get(k) for k in SHAPE])}")
    for control, part in (("sliders", "steps"), ("updatemenus", "buttons")):
        for one in layout.get(control) or []:
            lines.append(f"{control}: {_json([step.get('label') for step in one.get(part, [])])}")
    return lines


# --- Elements -------------------------------------------------------------------------------------------


def _chosen(e: Any, options: list[str]) -> str:
    """The value of a widget with options: what the script set, else its default."""
    if e.set_value:
        given = getattr(e, "raw_values", None)
        return " / ".join(given) if given is not None else e.raw_value
    if isinstance(e.default, int):
        return options[e.default] if e.HasField("default") else ""
    return " / ".join(options[i] for i in e.default)


def _widget(kind: str, e: Any) -> list[str]:
    label, options = _fold(e.label), []
    if kind == "button_group":
        options = [f"{o.content_icon} {o.content}".strip() for o in e.options]
    elif hasattr(e, "options"):
        options = list(e.options)
    if kind in ("number_input", "text_input"):
        value = e.value if e.set_value else e.default
        said = _json(value) if kind == "number_input" else str(value)
        more = [_json(n) for n in (e.min, e.max, e.step)] if kind == "number_input" else []
        lines = [f"{kind}: {label} = {said}" + (f" ({' / '.join(more)})" if more else "")]
    elif kind == "slider":
        values = e.value if e.set_value else e.default
        lines = [
            f"slider: {label} = {' / '.join(map(_json, values))} ({' / '.join(map(_json, (e.min, e.max, e.step)))})"
        ]
    elif kind == "checkbox":
        lines = [f"checkbox: {label} = {bool(e.value if e.set_value else e.default)}"]
    elif kind == "file_uploader":
        lines = [f"file_uploader: {label} = {' / '.join(e.type)}"]
    else:
        lines = [f"{kind}: {label} = {_chosen(e, options)}", *(f"option of {label}: {o}" for o in options)]
    lines += [f"option of {label}: {text}" for text in getattr(e, "captions", ()) if text]
    lines += [f"placeholder: {e.placeholder}"] if getattr(e, "placeholder", "") else []
    return lines


WIDGETS = (
    "selectbox",
    "button_group",
    "radio",
    "multiselect",
    "checkbox",
    "number_input",
    "text_input",
    "slider",
    "file_uploader",
)
QUIET = ("empty", "space", "spinner", "skeleton", "balloons", "snow")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _strings(item)


def element_lines(element: Any, fetch: Callable[[Any], list[str]]) -> list[str]:
    """Lines of one element; `fetch` gives those of the file behind a download button."""
    kind = element.WhichOneof("type")
    e = getattr(element, kind)
    help_text = getattr(e, "help", "")
    more = [f"help: {line}" for line in markdown_lines(help_text)] if help_text else []
    if kind in QUIET:
        return []
    if kind in WIDGETS:
        return _widget(kind, e) + more
    if kind == "html":
        return html_lines(e.body)
    if kind in ("markdown", "heading", "alert", "text"):
        return markdown_lines(e.body) + more
    if kind == "code":
        return [f"code: {line}" for line in e.code_text.splitlines()]
    if kind == "plotly_chart":
        return ([f"alt: {_fold(e.alt)}"] if e.alt else []) + chart_lines(json.loads(e.spec))
    if kind == "page_link":
        return [f"link: {e.label} -> {e.page}?{unquote(e.query_string)}", *more]
    if kind == "button":
        return [f"button: {e.label}{' (off)' if e.disabled else ''}", *more]
    if kind == "download_button":
        return [f"download: {e.label}", *more, *fetch(e)]
    if kind == "bidi_component":
        data = json.loads(e.json or e.mixed.json or "null")
        return [
            line
            for text in _strings(data)
            if text
            for line in (html_lines(text) if "<" in text else [f"component: {text}"])
        ]
    if kind == "exception":
        return [f"exception: {e.type}: {_fold(e.message)}"]
    return [f"{kind}: {_fold(str(e))}"]  # a kind that no page had when this was written: said whole


def _block_lines(block: Any) -> list[str]:
    kind = block.WhichOneof("type")
    one = getattr(block, kind) if kind else None
    title = getattr(one, "label", "") or getattr(one, "title", "")
    named = {"expandable": "expander"}.get(kind or "", kind)
    return [f"{named}: {_fold(title)}"] if title else []


# --- A browser without a browser ------------------------------------------------------------------------


class Visit:
    """One session of the server: opens a view, changes widgets, and says what it was sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.socket = connect(address, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        self.sent: dict[tuple[int, ...], Any] = {}
        self.frame: list[str] = []
        self.session = ""

    def _receive(self) -> ForwardMsg:
        answer = ForwardMsg()
        answer.ParseFromString(self.socket.recv(timeout=PATIENCE_S))
        return answer

    def open(
        self, page: str, query: dict[str, str], widgets: dict[str, tuple[str, Any]] | None = None
    ) -> None:
        """Run the page to its end, keep what it sent; `widgets` maps an id to the field of its value and the value."""
        ask = BackMsg()
        ask.rerun_script.query_string = urlencode(query)
        ask.rerun_script.page_name = page
        ask.rerun_script.context_info.url = f"http://localhost/{page}"
        ask.rerun_script.context_info.timezone = "Asia/Seoul"
        ask.rerun_script.context_info.color_scheme = "light"
        for widget, (field, value) in (widgets or {}).items():
            state = ask.rerun_script.widget_states.widgets.add(id=widget)
            setattr(state, field, value)
        self.socket.send(ask.SerializeToString())
        while True:
            answer = self._receive()
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.sent, self.frame, self.session = {}, [], answer.new_session.initialize.session_id
            elif kind == "page_config_changed":
                self.frame.append(f"page title: {answer.page_config_changed.title}")
            elif kind == "navigation":
                self.frame += [
                    f"navigation: {p.page_name} -> {p.url_pathname}" for p in answer.navigation.app_pages
                ]
            elif kind == "delta":
                self._put(tuple(answer.metadata.delta_path), answer.delta)
            elif kind == "ref_hash":
                raise RuntimeError("the server refers to a message that this session never had")
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return

    def _put(self, path: tuple[int, ...], delta: Any) -> None:
        kind = delta.WhichOneof("type")
        if kind == "new_transient":
            return
        if kind == "add_block" and path in self.sent and self.sent[path].WhichOneof("type") == "add_block":
            # A container that is filled anew begins empty.
            self._drop(path)
        elif kind == "new_element":
            self._drop(path)
        self.sent[path] = delta

    def _drop(self, path: tuple[int, ...]) -> None:
        self.sent = {p: d for p, d in self.sent.items() if p[: len(path)] != path}

    def elements(self, kind: str) -> list[Any]:
        """Every element of a kind, in the order of the page."""
        found = [
            self.sent[p].new_element
            for p in sorted(self.sent)
            if self.sent[p].WhichOneof("type") == "new_element"
        ]
        return [getattr(e, kind) for e in found if e.WhichOneof("type") == kind]

    def changed(self, action: str) -> dict[str, tuple[str, Any]]:
        """The page's widgets moved: all toggles on, all numbers a step up, all selections at their last option."""
        if action == "+toggles":
            return {e.id: ("bool_value", True) for e in self.elements("checkbox")}
        if action == "+numbers":
            now = {e.id: (e, e.value if e.set_value else e.default) for e in self.elements("number_input")}
            return {i: ("double_value", min(v + e.step, e.max)) for i, (e, v) in now.items()}
        if action == "+selects":
            return {e.id: ("string_value", e.options[-1]) for e in self.elements("selectbox")}
        raise ValueError(f"unknown action {action}")

    def lines(self) -> list[str]:
        """Everything that was sent, one line per atom, in the order of the page."""
        lines = list(self.frame)
        for path in sorted(self.sent):
            delta = self.sent[path]
            if delta.WhichOneof("type") == "add_block":
                lines += _block_lines(delta.add_block)
            else:
                lines += element_lines(delta.new_element, self.file)
        # Nothing that differs from run to run.
        return [re.sub(r"/media/[0-9a-f]+", "/media/#", line).replace("\n", " ") for line in lines]

    def file(self, button: Any) -> list[str]:
        """The lines of a text file behind a download button; workbooks are left out, they hold what the CSV holds."""
        if "XLSX" in button.label or button.disabled:
            return []
        url = button.url
        if button.deferred_file_id:
            ask = BackMsg()
            ask.backend_operation_request.request_id = button.deferred_file_id
            ask.backend_operation_request.session_id = self.session
            ask.backend_operation_request.deferred_file.file_id = button.deferred_file_id
            self.socket.send(ask.SerializeToString())
            while (answer := self._receive()).WhichOneof("type") != "backend_operation_response":
                pass
            if answer.backend_operation_response.error_msg:
                return [f"file: error {answer.backend_operation_response.error_msg}"]
            url = answer.backend_operation_response.deferred_file.url
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{url}", timeout=60) as reply:
            data, sent = reply.read(), Message()
            sent["content-disposition"] = reply.headers.get("content-disposition", "")
        name = f"file name: {unquote(sent.get_filename() or '')}"
        try:
            rows = data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            return [name]
        rest = "\n".join(rows[MOST_LINES:])
        more = f"file: {len(rows)} lines, the rest {hashlib.sha256(rest.encode()).hexdigest()[:16]}"
        return [name, *(f"file: {row}" for row in rows[:MOST_LINES]), *([more] if rest else [])]


# --- The dump -------------------------------------------------------------------------------------------


def states(file: Path = STATES) -> dict[str, list[dict[str, str]]]:
    """Page -> the parameters of each of its views.

    A block gives `each` (every combination is a main view) and `vary` (each value by itself, from every main view).
    """
    found: dict[str, list[dict[str, str]]] = {}
    for block in tomllib.loads(file.read_text())["views"]:
        listed = found.setdefault(block["page"], [])
        each = block.get("each", {})
        for combination in itertools.product(*each.values()):
            main = dict(zip(each, combination, strict=True))
            varied = [{**main, name: v} for name, values in block.get("vary", {}).items() for v in values]
            listed += [{k: v for k, v in one.items() if v} for one in (main, *varied)]
    return {
        page: [dict(u) for u in dict.fromkeys(tuple(s.items()) for s in all_)] for page, all_ in found.items()
    }


def _dump_page(port: int, out: Path, page: str, lang: str, look: str, city: str) -> tuple[int, int, int]:
    """Write the views of one page in one language; returns how many views, lines, and views with an error box."""
    written, failed = [], 0
    for state in states()[page]:
        name = "&".join(f"{k}={v}" for k, v in state.items())
        header = f"## {page}{'?' if name else ''}{name} lang={lang} view={look}"
        asked = {k: v for k, v in state.items() if not k.startswith("+")}
        own = (("lang", lang, "ko"), ("view", look, VIEWS[0]), ("city", city, cities.DEMO))
        asked |= {k: v for k, v, usual in own if v != usual}
        visit = Visit(port)
        with visit.socket:
            address = "" if page == "overview" else page
            visit.open(address, asked)
            for action in (k for k in state if k.startswith("+")):
                visit.open(address, asked, visit.changed(action))
            written.append((header, visit.lines()))
            failed += any(a.format == Alert.ERROR for a in visit.elements("alert")) or bool(
                visit.elements("exception")
            )
    text = "".join("\n".join([header, *lines]) + "\n\n" for header, lines in written)
    (out / f"{page}.{lang}.{look}.txt").write_text(text)
    return len(written), sum(len(lines) for _, lines in written), failed


def _work(
    out: Path,
    pages: queue.Queue[str],
    langs: list[str],
    look: str,
    city: str,
    done: list[tuple[int, int, int]],
) -> None:
    """A server of one's own, and pages until none is left."""
    address = cities.base()
    with tempfile.TemporaryDirectory() as folder:
        if sqlite_file(address) is not None:
            address = f"sqlite:///{folder}/store.db"
            for name in cities.CITIES:
                file, copy = (sqlite_file(cities.address(name, at)) for at in (None, address))
                if file is not None and copy is not None and file.exists():
                    shutil.copy(file, copy)
        port = free_port()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        silent = subprocess.DEVNULL
        env = {**os.environ, "DATABASE_URL": address}
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=silent, stderr=silent)
        try:
            wait(port)
            while True:
                try:
                    page = pages.get_nowait()
                except queue.Empty:
                    return
                for lang in langs:
                    started = time.perf_counter()
                    done.append(_dump_page(port, out, page, lang, look, city))
                    n, lines, failed = done[-1]
                    warning = f"  {failed} SHOW AN ERROR" if failed else ""
                    print(
                        f"{page:<17} {lang} {look:<9} {n:>4} views {lines:>7} lines {time.perf_counter() - started:6.1f} s{warning}",
                        flush=True,
                    )
        finally:
            server.terminate()
            server.wait(10)


def dump(out: Path, *, pages: list[str], langs: list[str], looks: list[str], jobs: int, city: str) -> int:
    """Write one text file per page, language and view; returns 1 if a page could not be written."""
    try:
        check(make_engine(cities.address(city)))
    except StoreProblem as problem:
        # Every page would say so, and two such dumps would be equal.
        raise SystemExit(f"the store cannot be used: {problem}") from problem
    out.mkdir(parents=True, exist_ok=True)
    done: list[tuple[int, int, int]] = []
    started = time.perf_counter()
    # One view after the other, each on servers of its own: what one view leaves in a cache must not reach the other.
    for look in looks:
        waiting: queue.Queue[str] = queue.Queue()
        for page in sorted(pages, key=lambda p: -len(states()[p])):
            waiting.put(page)
        threads = [
            threading.Thread(target=_work, args=(out, waiting, langs, look, city, done)) for _ in range(jobs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    whole = len(done) == len(pages) * len(langs) * len(looks)
    n, lines, failed = (sum(column) for column in zip(*done, strict=True)) if done else (0, 0, 0)
    said = f"{n} views, {lines} lines, {time.perf_counter() - started:.0f} s"
    print(said + (f", {failed} with an error" if failed else "") + ("" if whole else ", INCOMPLETE"))
    return int(not whole)


# --- The comparison -------------------------------------------------------------------------------------


def read(folder: Path) -> dict[str, list[str]]:
    """View -> its lines, of a dump."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.txt")):
        for line in file.read_text().split("\n"):
            if line.startswith("## "):
                lines = found[line] = []
            elif line:
                lines.append(line)
    return found


def accepted(text: str) -> list[re.Pattern[str]]:
    """The rules of a file: one regular expression a line, with its reason after ' # '."""
    rules = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        rule, mark, reason = line.rpartition(" # ")
        if not mark or not reason.strip():
            raise SystemExit(f"an accepted difference without a reason: {line}")
        rules.append(re.compile(rule.strip()))
    return rules


def differences(before: list[str], after: list[str], *, ordered: bool = False) -> list[str]:
    """Lines lost ('- …') and gained ('+ …'); an order that changed counts only where it is asked for."""
    if ordered:
        drawn = difflib.unified_diff(before, after, n=0, lineterm="")
        return [f"{line[0]} {line[1:]}" for line in itertools.islice(drawn, 2, None) if line[0] in "-+"]
    lost, gained = Counter(before) - Counter(after), Counter(after) - Counter(before)
    return [f"- {line}" for line in lost.elements()] + [f"+ {line}" for line in gained.elements()]


def compare(
    before: Path, after: Path, *, ordered: bool, brief: bool, rules: Iterable[re.Pattern[str]]
) -> int:
    """Print what differs between two dumps; returns 1 if anything does that is not accepted."""
    old, new = read(before), read(after)
    rules = list(rules)
    used: Counter[str] = Counter()
    said: Counter[str] = Counter()
    differing = 0
    for view in dict.fromkeys([*old, *new]):
        if view not in old or view not in new:
            found = [f"{'-' if view in old else '+'} the whole view"]
        else:
            found = differences(old[view], new[view], ordered=ordered)
        left = []
        for line in found:
            rule = next((r for r in rules if r.search(line)), None)
            if rule is None:
                left.append(line)
            else:
                used[rule.pattern] += 1
        differing += bool(left)
        said.update(left)
        if left and not brief:
            print("\n".join([view, *(_short(line) for line in left), ""]))
    if brief:
        print("\n".join(f"{n:>5} x {_short(line)}" for line, n in said.most_common()))
    for rule in rules:
        print(f"accepted {used[rule.pattern]:>6} x {rule.pattern}")
    lost, gained = (sum(n for line, n in said.items() if line[0] == sign) for sign in "-+")
    print(
        f"{differing} of {len({*old, *new})} views differ: {lost} lines lost, {gained} gained, {sum(used.values())} accepted"
    )
    return int(differing > 0)


def _short(line: str, most: int = 1000) -> str:
    return (
        line
        if len(line) <= most
        else f"{line[:most]}… ({len(line)} characters, {hashlib.sha256(line.encode()).hexdigest()[:8]})"
    )


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m tools.texts", description=(__doc__ or "").split("\n")[0])
    if given[:1] == ["compare"]:
        parser.add_argument("before", type=Path)
        parser.add_argument("after", type=Path)
        parser.add_argument("--ordered", action="store_true", help="lines in another order differ")
        parser.add_argument(
            "--brief", action="store_true", help="each different line once, with how many views have it"
        )
        parser.add_argument("--accept", type=Path, help="file of differences that are meant: regex # reason")
        asked = parser.parse_args(given[1:])
        rules = accepted(asked.accept.read_text()) if asked.accept else []
        return compare(asked.before, asked.after, ordered=asked.ordered, brief=asked.brief, rules=rules)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", action="append", choices=list(states()), help="a page; may be repeated")
    parser.add_argument("--lang", choices=LANGUAGES)
    parser.add_argument("--view", choices=VIEWS)
    parser.add_argument("--city", choices=cities.CITIES, default=cities.DEMO)
    parser.add_argument("--jobs", type=int, default=1, help="servers side by side")
    asked = parser.parse_args(given)
    return dump(
        asked.out,
        pages=asked.only or list(states()),
        langs=[asked.lang] if asked.lang else list(LANGUAGES),
        looks=[asked.view] if asked.view else list(VIEWS if asked.city == cities.DEMO else VIEWS[:1]),
        jobs=asked.jobs,
        city=asked.city,
    )


if __name__ == "__main__":
    raise SystemExit(main())
