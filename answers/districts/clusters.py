"""Global and local Moran of one measure, placed on a map; 'no reliable cluster' is an answer."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from answers import words
from answers.districts import estimates, mapview, measures
from answers.districts.estimates import SEED, Areas
from answers.districts.measures import DIRECT
from answers.kept import kept
from answers.reader import Reader
from data import queries
from geo import adjacency as neighbours
from geo import spatial
from geo.adjacency import Adjacency
from geo.spatial import GlobalMoran, LocalMoran
from metrics import registry
from metrics.spec import Metric

KINDS = ("HH", "LL", "HL", "LH", "none", "missing")
FOUND = KINDS[:4]
SIGNS = {"HH": " ▲▲", "LL": " ▼▼", "HL": " ▲▼", "LH": " ▼▲", "none": "", "missing": " ∅"}


@dataclass(frozen=True)
class Clusters:
    """Global and local Moran of one measure, placed."""

    metric: Metric
    areas: pd.DataFrame
    whole: GlobalMoran
    cut: int  # pairs across the Han that do not count
    joined: tuple[tuple[str, str], ...]  # names: area, the nearest that it was joined to
    vintage: int
    when: str
    evidence: str
    method: str
    withheld: int = 0  # districts left out for few cases, where they are too many to look for clusters


@kept
def build(
    read: Reader, indicator: str, period: int, group: str, estimate: str, banks: str, own: int, lang: str
) -> Clusters:
    """Clusters of a measure. Shared: not to be changed."""
    metric, vintage = registry.get(indicator), measures.vintage_of(period, own)
    where = measures.where(read, metric, period, group)
    known = estimates.areas(read, indicator, where=where, estimate=estimate, year=period)
    around = adjacency(read, vintage, banks)
    whole, local = _found(read, indicator, period, group, estimate, vintage, banks)
    rows = local.table[["kind", "z", "lag", "p", "p_adjusted"]].reset_index()
    areas = mapview.placed(read, known.frame.merge(rows, on="area_code", how="left"), vintage, metric, lang)
    # Too few areas, or all alike: no class can be told, which is no missing value.
    areas["kind"] = areas["kind"].fillna("missing")
    # Withheld districts are the ones with few cases: a cluster among the rest would be one of the selection.
    withheld = int(known.frame["status"].eq("suppressed").sum())
    selected = withheld > words.MOST_WITHHELD * max(len(known.frame), 1)
    if selected:
        areas["kind"] = areas["kind"].mask(areas["kind"] != "missing", "none")
    areas["sign"] = areas["kind"].map(SIGNS)
    names = read.district_names(lang)
    joined = tuple((names.get(a, a), names.get(b, b)) for a, b in local.joined)
    return Clusters(
        metric,
        areas,
        whole,
        len(around.cut),
        joined,
        vintage,
        measures.when_words(read, metric, period, group, lang),
        read.mark(metric),
        known.method,
        withheld if selected else 0,
    )


@kept
def _found(
    read: Reader, indicator: str, period: int, group: str, estimate: str, vintage: int, banks: str
) -> tuple[GlobalMoran, LocalMoran]:
    """The statistics, of the figures as shown."""
    metric, around = registry.get(indicator), adjacency(read, vintage, banks)
    where = measures.where(read, metric, period, group)
    known = estimates.areas(read, indicator, where=where, estimate=estimate, year=period)
    if known.method == DIRECT and metric.interval != "wilson_effective":
        counts = known.frame.set_index("area_code")[["numerator", "denominator"]].astype(float)
        counts = counts[counts.index.isin(around.codes)]
        pair = counts["numerator"], counts["denominator"]
        return spatial.moran_rate(*pair, around, seed=SEED), spatial.local_moran_rate(
            *pair, around, seed=SEED
        )
    values = _on_map(known, around)
    return spatial.moran(values, around, seed=SEED), spatial.local_moran(values, around, seed=SEED)


def _on_map(known: Areas, around: Adjacency) -> pd.Series:
    return known.values[known.values.index.isin(around.codes)]


@kept
def adjacency(read: Reader, vintage: int, banks: str) -> Adjacency:
    """Neighbours of one vintage's districts: within the Han's banks, or wherever borders touch."""
    shapes = read.rows(queries.boundaries, vintage=vintage, level="district")
    if banks == "touch":
        return neighbours.queen(shapes)
    return neighbours.queen_within_banks(shapes, neighbours.banks(read.rows(queries.districts)))
