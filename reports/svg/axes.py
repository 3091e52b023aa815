"""Axes: where a value lies, which values are named and how, from a figure's own layout."""

from __future__ import annotations

import math
import re
from calendar import month_abbr
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from charts.words import bare

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1)
_CODE = re.compile(r"%-?[a-zA-Z]")


def days(value: Any) -> float:
    """A date as days since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (moment - _EPOCH) / timedelta(days=1)


def empty(value: Any) -> bool:
    """Whether there is no value."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def listed(values: Any) -> list[Any]:
    """Values as a list."""
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


@dataclass
class Axis:
    """One axis.

    Attributes:
        kind: linear, date or category. low, high: the ends in its own numbers (days, places of categories). layout: as the
            figure has it. order: the categories by place.
    """

    kind: str
    low: float
    high: float
    layout: Mapping[str, Any]
    order: Sequence[str] = ()

    def at(self, value: Any) -> float:
        """A value in the axis's own numbers."""
        if self.kind == "category":
            found = str(value)
            return float(self.order.index(found)) if found in self.order else float(value)
        return days(value) if self.kind == "date" else float(value)

    def part(self, value: Any) -> float:
        """Where it lies between the ends, 0 to 1."""
        return self.share(self.at(value))

    def share(self, number: float) -> float:
        """The same of a value in the axis's own numbers."""
        return (number - self.low) / ((self.high - self.low) or 1)

    def ticks(self, room: float, each: float) -> list[tuple[float, str]]:
        """(place between the ends, label) of what is named.

        Args:
            room: how long the axis is, px. each: how much of it a label takes.
        """
        if self.layout.get("visible") is False:
            return []
        inside = sorted((self.low, self.high))
        if "tickvals" in self.layout:
            texts = self.layout.get("ticktext") or [self.say(v) for v in self.layout["tickvals"]]
            found = [(self.at(v), str(s)) for v, s in zip(self.layout["tickvals"], texts, strict=True)]
        elif self.kind == "category":
            found = [(float(n), name) for n, name in enumerate(self.order)]
        else:
            most = max(3, min(int(self.layout.get("nticks") or 12), int(room // each)))
            step = self.layout.get("dtick")
            places = (
                _dates(inside[0], inside[1], most)
                if self.kind == "date"
                else _numbers(inside[0], inside[1], most, step)
            )
            found = [(v, self.say(v)) for v in places]
        slack = 1e-6 * (inside[1] - inside[0])
        return [(self.share(v), said) for v, said in found if inside[0] - slack <= v <= inside[1] + slack]

    def say(self, value: Any) -> str:
        """A value as the axis names it."""
        form = str(self.layout.get("tickformat") or "")
        if self.kind == "date":
            return _date(_EPOCH + timedelta(days=float(value)), form or "%Y-%m-%d")
        suffix = str(self.layout.get("ticksuffix") or "")
        rounded = round(float(value), 6)
        said = f"{rounded:,.6f}".rstrip("0").rstrip(".")
        return f"{said.replace('-', '−')}{suffix}"


def _numbers(low: float, high: float, most: int, step: float | None) -> list[float]:
    """Round values between two, at most so many."""
    if not step:
        power = 10.0 ** math.floor(math.log10((high - low) / most or 1.0))
        steps = (m * power for m in (1, 2, 2.5, 5, 10, 20, 25, 50))
        step = next(s for s in steps if len(_multiples(low, high, s)) <= most)
    return _multiples(low, high, step)


def _multiples(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _dates(low: float, high: float, most: int) -> list[float]:
    """Beginnings of months, or days where the axis is short."""
    span = high - low
    if span / 31 < 2.5:
        step = next((d for d in (1, 2, 3, 7, 14) if span / d < most), 31)
        start = math.ceil(low)
        return [float(v) for v in range(start, math.floor(high) + 1, step)]
    step = next((m for m in (1, 2, 3, 4, 6, 12, 24, 36, 60) if span / 30.4 / m <= most), 120)
    first, last = (_EPOCH + timedelta(days=v) for v in (low - 0.5, high))
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    found = [days(date(m // 12, m % 12 + 1, 1)) for m in months if m % step == 0]
    return [v for v in found if low - 0.5 <= v <= high]


def _date(moment: datetime, form: str) -> str:
    """A date in the few codes that our figures use, the same on every system."""
    codes = {
        "%Y": f"{moment.year}", "%y": f"{moment.year % 100:02d}", "%-m": f"{moment.month}", "%m": f"{moment.month:02d}",
        "%b": month_abbr[moment.month], "%-d": f"{moment.day}", "%d": f"{moment.day:02d}",
        "%H": f"{moment.hour:02d}", "%-H": f"{moment.hour}", "%M": f"{moment.minute:02d}",
    }  # fmt: skip
    return _CODE.sub(lambda found: codes[found[0]], form)


def axis(name: str, traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> Axis:
    """The axis 'x' or 'y' of some traces (with `x` and `y` as lists, errors as `low_x` … in its values)."""
    own = layout.get(f"{name}axis", {})
    # A waterfall's values are steps: its axis holds where they lead.
    drawn = [t for t in traces if t["type"] != "waterfall" or name == "y"]
    values = [v for trace in drawn for v in trace.get(name, ()) if not empty(v)]
    kind = own.get("type") or _kind(values)
    if kind == "category":
        return _category(name, values, traces, own)
    numbers = [days(v) if kind == "date" else float(v) for v in values]
    numbers += [float(v) for trace in traces for v in trace.get(f"reach_{name}", ()) if not empty(v)]
    if "range" in own:
        low, high = (days(v) if kind == "date" else float(v) for v in own["range"])
        return Axis(kind, low, high, own)
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    based = any(t["type"] in ("bar", "waterfall") and _counted(t) == name for t in traces)
    if own.get("rangemode") == "tozero" or based:
        low, high = min(low, 0.0), max(high, 0.0)
    marked = any("markers" in str(t.get("mode", "")) for t in traces)
    room = (high - low) * (0.05 if name == "y" or marked else 0) or (0.5 if high == low else 0.0)
    tight = own.get("rangemode") == "tozero" or based
    low, high = (low if tight and low == 0 else low - room), high + room
    return Axis(kind, *((high, low) if own.get("autorange") == "reversed" else (low, high)), own)


def _counted(trace: Mapping[str, Any]) -> str:
    return "x" if trace.get("orientation") == "h" else "y"


def _kind(values: Sequence[Any]) -> str:
    first = next(iter(values), 0)
    if isinstance(first, str):
        try:
            days(first)
        except ValueError:
            return "category"
        return "date"
    return "date" if isinstance(first, date) else "linear"


def _category(
    name: str, values: Sequence[Any], traces: Sequence[Mapping[str, Any]], own: Mapping[str, Any]
) -> Axis:
    order = [str(v) for v in own.get("categoryarray", ())] if own.get("categoryorder") == "array" else []
    order += [v for v in dict.fromkeys(map(str, values)) if v not in order]
    barred = any(t["type"] in ("bar", "waterfall", "heatmap") for t in traces)
    room = 0.5 if barred else 0.25 if name == "x" else 0.6
    low, high = own["range"] if "range" in own else (-room, len(order) - 1 + room)
    if own.get("autorange") == "reversed":
        low, high = high, low
    return Axis("category", float(low), float(high), own, order)


def title(layout: Mapping[str, Any], name: str) -> str:
    """An axis's title."""
    found = layout.get(f"{name}axis", {}).get("title", "")
    return bare(str(found.get("text", "") if isinstance(found, Mapping) else found))
