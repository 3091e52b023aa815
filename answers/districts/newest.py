"""Every measure in its newest year, as the map would show it first."""

from __future__ import annotations

from answers.districts import mapview, measures, reached
from answers.districts.mapview import MapView
from answers.kept import kept
from answers.reader import Reader
from metrics import registry


@kept
def views(read: Reader, lang: str) -> list[MapView]:
    """Every measure in its newest year, with its headline estimate; reach last. Shared: not to be changed."""
    found = []
    for indicator in measures.INDICATORS:
        metric = registry.get(indicator)
        years = measures.periods_of(read, metric)
        if years:
            estimate = measures.kinds(metric)[0]
            found.append(mapview.build(read, indicator, period=years[0], lang=lang, estimate=estimate))
    reach = reached.newest(read, lang)
    return found if reach is None else [*found, reach.view]
