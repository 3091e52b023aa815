"""Exactly what a view of districts shows, as tables of text: the one beneath a figure and its file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from answers import words
from answers.answer import Column, Download, Table
from answers.districts.mapview import MapView
from answers.say import source_title
from locales import numbers, t

_FIGURES = re.compile(r"[\d,.\s%]*$")


def shown_rows(shown: MapView, lang: str, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Areas of a measure as text: value, limits, what stands behind it, why there is none, where it comes from.

    Args:
        frame: some of the view's areas; all of them where none is given.
    """
    frame = shown.areas if frame is None else frame
    metric, title = shown.metric, source_title(shown.metric, shown.evidence, lang)
    rows = frame.to_dict("records")

    def figures(column: str) -> list[str]:
        return ["" if pd.isna(v) else numbers.number(v, 0) for v in frame[column]]

    def limits(column: str) -> list[str]:
        side = ("lower", "upper").index(column)
        return [
            ""
            if pd.isna(row[column])
            else numbers.number(words.outward(row)[side], 2 if words.digits_of(row) else 0)
            for row in rows
        ]

    weighted = metric.interval == "wilson_effective"
    return pd.DataFrame(
        {
            t("map.col_code", lang): frame["area_code"].tolist(),
            t("map.col_area", lang): frame["label"].tolist(),
            t("map.col_period", lang): [shown.when] * len(frame),
            t("map.col_indicator", lang): [metric.name(lang)] * len(frame),
            t("map.col_value", lang): [words.value_of(row, metric, lang) for row in rows],
            t("map.col_lower", lang): limits("lower"),
            t("map.col_upper", lang): limits("upper"),
            t("map.col_numerator", lang): [""] * len(frame) if weighted else figures("numerator"),
            t("map.col_denominator", lang): [""] * len(frame) if weighted else figures("denominator"),
            t("map.col_n", lang): figures("n"),
            t("map.col_status", lang): [words.absent(s, metric, lang) for s in frame["status"]],
            t("map.col_evidence", lang): [shown.marks(lang)] * len(frame),
            t("map.col_source", lang): [title] * len(frame),
            t("map.col_note", lang): frame["note"].fillna("").tolist()
            if "note" in frame
            else [""] * len(frame),
        }
    )


def table(rows: pd.DataFrame, name: str) -> Table:
    """Rows of text as the table of a view; its file is named after what it holds."""
    figures = [at > 0 and all(map(_FIGURES.match, rows[c])) for at, c in enumerate(rows.columns)]
    columns = [Column(str(c), number=n) for c, n in zip(rows.columns, figures, strict=True)]
    return Table(
        columns,
        list(rows.itertuples(index=False, name=None)),
        stacked=False,
        name=f"ieum_{name}",
    )


def lean(whole: Table) -> Table:
    """A table for reading: columns that hold one value for all rows stand beneath it instead."""
    cells = [[str(row[at]) for row in whole.rows] for at in range(len(whole.columns))]
    single = [at for at, column in enumerate(cells) if len(set(column)) == 1 and len(column) > 1]
    said = [f"{whole.columns[at].label}: {cells[at][0]}" for at in single if cells[at][0]]
    keep = [at for at in range(len(cells)) if at not in single]
    return replace(
        whole,
        columns=[whole.columns[at] for at in keep],
        rows=[[row[at] for at in keep] for row in whole.rows],
        footnotes=[" · ".join(said)] if said else (),
    )


def file(whole: Table) -> Download:
    """The file of a table."""
    return Download(whole.name, whole)


def beneath(rows: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of several views, one below the other."""
    filled = [part for part in rows if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
