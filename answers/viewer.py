"""Who looks, and what that allows: rights follow from the viewer's role and the one declaration (`rights.toml`), never from a link.

A face finds out who looks (the session's cookie, this very machine) and hands a `Viewer` on; what it asks of a city it gets with
`Viewer.rights`, which lets nobody see more than is declared.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from answers.rights import VIEWS, Rights
from data import cities

DECLARATION = Path(__file__).with_name("rights.toml")
# Roles that somebody can be given; the other two follow from not being signed in.
GIVEN = ("council", "manager", "analyst", "importer", "admin")


@dataclass(frozen=True)
class Rules:
    """The declaration: kind ('pages', 'routes' …) -> name -> the roles that may. Views stand under 'views.demo' and 'views.office'."""

    roles: tuple[str, ...]
    allowed: dict[str, dict[str, frozenset[str]]]
    limits: Mapping[str, Any]

    def may(self, role: str, kind: str, name: str) -> bool:
        """Whether a role may; what is not declared is for nobody."""
        return role in self.allowed.get(kind, {}).get(name, frozenset())


@cache
def rules() -> Rules:
    """The declaration as it ships."""
    return read(DECLARATION.read_text(encoding="utf-8"))


def read(text: str) -> Rules:
    """A declaration as written in TOML.

    Raises:
        ValueError: a role or a group that is not declared.
    """
    found = tomllib.loads(text)
    roles, groups, limits = tuple(found.pop("roles")), found.pop("groups"), found.pop("limits", {})
    tables: dict[str, dict[str, Any]] = {}
    for kind, table in found.items():
        if kind == "views":
            tables |= {f"views.{city}": inner for city, inner in table.items()}
        else:
            tables[kind] = table
    allowed = {k: {n: _roles(v, roles, groups) for n, v in table.items()} for k, table in tables.items()}
    return Rules(roles, allowed, limits)


def _roles(
    said: str | Sequence[str], roles: tuple[str, ...], groups: dict[str, Sequence[str]]
) -> frozenset[str]:
    if isinstance(said, str) and said not in groups:
        raise ValueError(f"there is no group {said!r} of roles")
    named = groups[said] if isinstance(said, str) else said
    if unknown := set(named) - set(roles):
        raise ValueError(f"there is no role {', '.join(sorted(unknown))}")
    return frozenset(named)


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks.

    Attributes:
        role: one of the declaration's. name: the account, as the audit trail has it; '' of nobody in particular.
        districts: codes of the only ones that this person sees raw and brings files of; none where all are.
        session: the number of the session on the server; '' without one.
    """

    role: str
    name: str = ""
    districts: tuple[str, ...] = ()
    session: str = ""

    def may(self, kind: str, name: str) -> bool:
        """Whether this viewer may, as declared."""
        return rules().may(self.role, kind, name)

    def may_ask(self, question: str) -> bool:
        """Whether this viewer may ask a question: as its page, unless it is declared by itself."""
        own = rules().allowed.get("questions", {}).get(question)
        return self.may("pages", question.partition(".")[0]) if own is None else self.role in own

    @property
    def signed_in(self) -> bool:
        """Whether it is a person who signed in."""
        return self.role in GIVEN

    def may_reach(self, method: str, path: str) -> bool:
        """Whether this viewer may reach an address (without the app's base path), by the longest declared beginning that fits."""
        return self.may("routes", route(method, path))

    def cities(self) -> tuple[str, ...]:
        """The cities that this viewer may look at, the first where none is named."""
        return tuple(city for city in cities.on_offer() if self.may("cities", city))

    def views(self, city: str) -> tuple[str, ...]:
        """The views of a city that this viewer may have."""
        return tuple(view for view in VIEWS if self.may(f"views.{city}", view))

    def rights(self, city: str, view: str = VIEWS[0]) -> Rights:
        """What an ask may see.

        Raises:
            Forbidden: the city or the view is not for this viewer.
        """
        if not self.may("cities", city):
            raise Forbidden("cities", city)
        if view not in self.views(city):
            raise Forbidden(f"views.{city}", view)
        if view == VIEWS[0]:
            return Rights(released=not self.may("figures", "live"))
        return Rights(view, self.districts, named=self.signed_in)


def route(method: str, path: str) -> str:
    """The declared route of a request; '' where none fits."""
    plain = re.sub("/+", "/", f"/{path}")
    told = f"{'GET' if method in ('HEAD', 'OPTIONS') else method} {plain}"
    fitting = [name for name in rules().allowed["routes"] if told.startswith(name)]
    return max(fitting, key=len, default="")


class Forbidden(Exception):
    """Something that this viewer may not: its kind and its name, as declared."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind}: {name}")
        self.kind = kind
        self.name = name


ANONYMOUS = Viewer("anonymous")
LOCAL = Viewer("local", "local")
