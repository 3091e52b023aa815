"""The district map's questions with their choices, in the order in which the page offers them."""

from __future__ import annotations

from answers.ask import Choice
from answers.districts import change, choices, cluster, compare, funnel, gap, level, measures, reach, years
from answers.districts.choices import BOUNDARY, DISTRICT, GROUP, SHAPE, YEAR, indicator
from answers.districts.common import Make, districts
from answers.registry import question

QUESTIONS: tuple[tuple[str, Make, tuple[Choice, ...]], ...] = (
    (
        "need",
        level.need,
        (indicator(*measures.NEED), YEAR, GROUP, DISTRICT, choices.ESTIMATE, SHAPE, choices.LEVEL, BOUNDARY),
    ),
    ("change", change.change, (indicator(*measures.INDICATORS), GROUP, DISTRICT, SHAPE, BOUNDARY)),
    (
        "reach",
        reach.reach,
        (
            indicator(measures.REACH, *measures.SERVICE),
            YEAR,
            GROUP,
            DISTRICT,
            choices.ESTIMATE,
            SHAPE,
            BOUNDARY,
        ),
    ),
    ("gap", gap.gap, (indicator(measures.REACH), YEAR, DISTRICT)),
    ("funnel", funnel.funnel, (indicator(*funnel.MEASURES), YEAR, GROUP, DISTRICT, choices.SPREAD)),
    (
        "cluster",
        cluster.cluster,
        (indicator(*measures.NEED), YEAR, GROUP, DISTRICT, choices.CLUSTERED, SHAPE, choices.BANKS, BOUNDARY),
    ),
    ("years", years.years, (indicator(*measures.INDICATORS), GROUP, DISTRICT)),
    ("compare", compare.compare, (choices.PICKED, choices.COMPARED)),
)
for name, make, chosen in QUESTIONS:
    question(f"district_map.{name}", choices=chosen, needs=choices.needs)(districts(make))
