"""Cards for terms of art, in place: what a term says and how to read it, beside the figure that needs it."""

from __future__ import annotations

from answers.answer import Check, Checks, Fold
from locales import t

NAMES = ("cpi", "spi", "tcpi", "eac", "moran", "fay_herriot", "e_value", "wis", "crps", "brier")


def card(lang: str, *names: str) -> Fold:
    """The meaning of some of `NAMES` behind one label."""
    said = [Check(t(f"meaning.{name}", lang), t(f"term.{name}", lang)) for name in names]
    return Fold(t("about.terms_here", lang), (Checks(said, t("about.terms_here", lang), wide=True),))
