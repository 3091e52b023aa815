"""The manual by role (the few pages of somebody's week, in order) and by page (what it answers, how it is read, where care is due)."""

from __future__ import annotations

from answers.answer import Answer, Block, Control, Go, Heading, Lead, Prose, Shot
from answers.ask import Ask, Choice, Codes
from answers.reader import Reader
from answers.registry import question
from locales import t

# Role -> the pages of its week, in order; each step has a sentence of its own, `manual.ROLE_PAGE`.
STEPS: dict[str, tuple[str, ...]] = {
    "council": ("overview", "district_profile", "district_map", "meeting"),
    "manager": ("overview", "meeting", "kpi", "thread", "budget", "hotline"),
    "analyst": ("reisolation", "choice", "detection", "district_map", "about"),
    "importer": ("import_data", "coverage", "setup"),
    "admin": ("admin", "coverage", "about"),
}
PAGES = (
    *(
        "overview",
        "meeting",
        "district_map",
        "district_profile",
        "budget",
        "kpi",
        "thread",
        "hotline",
        "counselling",
    ),
    *(
        "detection",
        "programmes",
        "reisolation",
        "evaluation",
        "choice",
        "import_data",
        "coverage",
        "setup",
        "admin",
        "about",
    ),
)
PARTS = ("what", "read", "care")


def _pages(read: Reader, codes: Codes) -> tuple[str, ...]:
    return ("", *PAGES)


ROLE = Choice(name="role", options=tuple(STEPS), label="manual.role", say="manual.role_", kind="segments")
OF = Choice(
    name="of",
    options=_pages,
    default="",
    label="manual.page",
    place="inline",
    say=lambda code, lang, read: t(f"nav.{code}" if code else "manual.by_role", lang),
)


@question("manual", choices=(ROLE, OF))
def manual(ask: Ask, read: Reader) -> Answer:
    """How the product is used: by a role, or one page of it."""
    page, role = ask[OF.name], ask[ROLE.name]
    if page:
        lead, blocks = t(f"manual.{page}_lead", ask.lang), _of_page(page, ask.lang)
    else:
        lead, blocks = t(f"manual.{role}_lead", ask.lang), _of_role(role, ask.lang)
    return Answer(ask.t("manual.title"), lead, blocks=(Control(OF.name), *blocks))


def _of_role(role: str, lang: str) -> list[Block]:
    blocks: list[Block] = []
    for n, page in enumerate(STEPS[role], 1):
        blocks += [
            Heading(t("manual.step", lang, n=n, page=t(f"nav.{page}", lang))),
            Lead(t(f"manual.{role}_{page}", lang)),
            Go(page, t("manual.open", lang)),
            Go("manual", t("manual.more", lang), ((OF.name, page),)),
        ]
    return blocks


def _of_page(page: str, lang: str) -> list[Block]:
    blocks: list[Block] = [
        Go(page, t("manual.open", lang)),
        Shot(f"{page}_{lang}", t("manual.shot", lang, name=t(f"nav.{page}", lang))),
    ]
    for part in PARTS:
        blocks += [Heading(t(f"manual.{part}", lang)), Prose(t(f"manual.{page}_{part}", lang))]
    return blocks
