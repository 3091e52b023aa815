"""A digest: for a role, what its answers say today, what changed since a day, how sure that is, and who acts. Made of answers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from html import escape

from answers import links as answer_links
from answers import registry
from answers.answer import Answer, Callout, Go, Item
from answers.meeting.changes import BACK
from answers.periods import closed, shifted
from answers.reader import Reader
from answers.written import frozen_words
from data.coverage import last_day
from locales import numbers, t
from reports import links

# Role -> the questions that it is told of, in order; what changed comes first.
ROLES: dict[str, tuple[str, ...]] = {
    "council": ("meeting.changes", "meeting.alerts", "overview"),
    "manager": ("meeting.changes", "meeting.alerts", "meeting.agreed"),
    "analyst": ("meeting.changes", "meeting.alerts", "overview", "reisolation.trust"),
    "importer": ("coverage", "meeting.changes"),
}
MOST = 10  # items of one question


class OutOfReach(Exception):
    """The day lies outside of the months that can be compared; `first` is the earliest."""

    def __init__(self, first: date) -> None:
        super().__init__(f"{first}")
        self.first = first


@dataclass(frozen=True)
class Point:
    """One item: kind in word and shape, what, who acts, and where it stands."""

    kind: str
    text: str
    who: str
    link: str


@dataclass(frozen=True)
class Part:
    """What one question says: its title, answer, how sure, items, how many more, and its address."""

    title: str
    sentence: str
    sure: str
    points: tuple[Point, ...]
    more: int
    link: str


@dataclass(frozen=True)
class Digest:
    """All of it, with whose figures they are, the day and state of the data, and the release in words; '' of live figures."""

    title: str
    lang: str
    role: str
    since: str
    city: str
    as_of: str
    data_version: int
    release: str
    parts: tuple[Part, ...]


def digest(read: Reader, lang: str, *, role: str, since: date, at: str) -> Digest:
    """What a role is told.

    Args:
        since: the last month that is over on that day is compared. at: the app's address.

    Raises:
        OutOfReach: there is no such month among those that can be compared.
    """
    end = closed(read.as_of)
    month, first = closed(since), shifted(end, -BACK)
    if not first <= month < end:
        raise OutOfReach(last_day(first))
    parts = []
    for name in ROLES[role]:
        given = {"since": str(month)} if name == "meeting.changes" else {}
        parts.append(_part(registry.answer(name, read, lang, given), at))
    title = t(
        "meeting.digest_title", lang, when=numbers.month(month, lang), city=t(f"evidence.{read.whose}", lang)
    )
    frozen = frozen_words(read.release, lang)
    day = read.as_of.isoformat()
    return Digest(title, lang, role, since.isoformat(), read.whose, day, read.version, frozen, tuple(parts))


def _part(found: Answer, at: str) -> Part:
    """An answer's title, sentence and items."""
    items = [item for block in found.every() if isinstance(block, Callout) for item in block.items]
    points = tuple(_point(item, found, at) for item in items[:MOST])
    address = f"{at}{answer_links.path(found)}"
    return Part(found.title, found.sentence, found.sure, points, max(len(items) - MOST, 0), address)


def _point(item: Item, found: Answer, at: str) -> Point:
    go: Go | None = item.go
    city = go.city or found.city if go else ""
    release = found.release if city == found.city else 0
    link = links.address(at, go.page, found.lang, city, dict(go.choices), release) if go else ""
    return Point(item.kind, item.text, item.meta, link)


# --- Faces ------------------------------------------------------------------------------------------------


def text(found: Digest) -> str:
    """Plain text, a mail of its own."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Digest) -> Iterator[str]:
    yield from (found.title, "=" * 40)
    for part in found.parts:
        yield from ("", part.title, "-" * 40, part.sentence)
        if part.sure:
            yield part.sure
        for n, point in enumerate(part.points, 1):
            yield f"{n}. {' · '.join(x for x in (point.kind, point.text, point.who) if x)}"
        if part.more:
            yield t("meeting.digest_more", found.lang, n=part.more)
        yield part.link
    yield from ("", _foot(found))


def _foot(found: Digest) -> str:
    day = numbers.day(date.fromisoformat(found.as_of), found.lang)
    foot = t("meeting.digest_foot", found.lang, day=day, version=found.data_version)
    return " · ".join(filter(None, [found.release, foot]))


def as_json(found: Digest) -> str:
    """The same as JSON."""
    return json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n"


def html(found: Digest) -> str:
    """A mail that reads alike in every program: one column, styles in place, no picture, nothing fetched."""
    style = "font-family:Pretendard,'Malgun Gothic','Apple SD Gothic Neo',sans-serif;color:#1b2733;max-width:640px;margin:0 auto;padding:24px;line-height:1.6"
    body = "".join(_html(part, found.lang) for part in found.parts)
    return (
        f'<!doctype html><html lang="{found.lang}"><head><meta charset="utf-8"><title>{escape(found.title)}</title></head>'
        f'<body style="margin:0;background:#ffffff"><div style="{style}"><h1 style="font-size:20px">{escape(found.title)}</h1>{body}'
        f'<p style="font-size:13px;color:#55606b;border-top:1px solid #d5dbe1;padding-top:12px">{escape(_foot(found))}</p></div></body></html>\n'
    )


def _html(part: Part, lang: str) -> str:
    points = "".join(_html_point(point) for point in part.points)
    listed = f'<ol style="padding-left:20px">{points}</ol>' if points else ""
    more = f"<p>{escape(t('meeting.digest_more', lang, n=part.more))}</p>" if part.more else ""
    sure = f'<p style="font-size:13px;color:#55606b">{escape(part.sure)}</p>' if part.sure else ""
    return (
        f'<h2 style="font-size:16px;margin:24px 0 4px"><a href="{escape(part.link)}" style="color:#1b2733">{escape(part.title)}</a></h2>'
        f"<p>{escape(part.sentence)}</p>{sure}{listed}{more}"
    )


def _html_point(point: Point) -> str:
    kind = f"<strong>{escape(point.kind)}</strong> " if point.kind else ""
    who = f'<br><span style="font-size:13px;color:#55606b">{escape(point.who)}</span>' if point.who else ""
    link = f' <a href="{escape(point.link)}">→</a>' if point.link else ""
    return f'<li style="margin:6px 0">{kind}{escape(point.text)}{link}{who}</li>'
