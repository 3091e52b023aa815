"""What a request over HTTP asks for, and the answer or the refusal with what is on offer instead (`serve.api` is its gate)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from actions import people as acts
from answers import links, reasons, registry, studies, written
from answers.answer import Answer
from answers.ask import Choice
from answers.reader import Reader, Unreleased
from answers.rights import VIEWS
from answers.signin import in_force
from answers.store import Store
from answers.viewer import Forbidden, Viewer
from data import cities
from data.cities import OFFICE
from data.engine import StoreProblem, check, problem_of
from locales import LANGUAGES, t
from reports import made, offer
from serve import openapi

_log = logging.getLogger("ieum.api")
RETRY_STUDY_S, RETRY_STORE_S = 5, 30
OWN = ("lang", "city", "view", "release", "format", "table", "figure", "whole", "reason")
PAGE = "page"  # the whole of what a workbook may hold
FORMATS = ("json", *made.KINDS)


class Refused(Exception):
    """A request that gets no answer: why, in the asker's language, and what is on offer instead."""

    def __init__(
        self, status: int, message: str, offered: list[str] | None = None, *, retry: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.offered = offered
        self.retry = retry

    def response(self) -> Response:
        """It, as it travels."""
        body: dict[str, Any] = {"error": self.message}
        if self.offered is not None:
            body["offered"] = self.offered
        return _json(body, self.status, {"retry-after": str(self.retry)} if self.retry else {})


def respond(what: str, request: Request, lang: str, base: str, viewer: Viewer) -> Response:
    """The response to a viewer's request; whatever goes wrong is said in words, and its traceback goes to the log."""
    makers = {"questions": questions, "answer": answer, "document": document, "brief": brief, "ready": ready}
    try:
        return makers[what](request, lang, base, viewer)
    except Refused as refused:
        return refused.response()
    except Exception as error:
        if (problem := problem_of(error)) is not None:
            Store.forget_all()
            return Refused(503, t(f"store.{problem.kind}.what", lang), retry=RETRY_STORE_S).response()
        _log.exception("no answer", exc_info=error)
        return Refused(500, t("api.error", lang)).response()


def ready(request: Request, lang: str, base: str, viewer: Viewer) -> Response:
    """Whether every store on offer can serve now, and whether this process's studies are somebody's; 503 where one store cannot.

    It names states alone, so that anybody may ask.
    """
    state = {city: _state(city) for city in cities.on_offer()}
    fine = set(state.values()) == {"ok"}
    body = {"ready": fine, "stores": state, "studies": {city: studies.on_duty(city) for city in state}}
    return _json(body, 200 if fine else 503, {} if fine else {"retry-after": str(RETRY_STORE_S)})


def _state(city: str) -> str:
    try:
        check(Store.of_city(city).engine)
    except StoreProblem as problem:
        return problem.kind
    return "ok"


def answer(request: Request, lang: str, base: str, viewer: Viewer) -> Response:
    """One answer as JSON, or as a file; of a CSV one of its tables."""
    given = _given(request, lang)
    own = {name: given.pop(name) for name in OWN if name in given}
    _one_of("lang", own.get("lang", lang), list(LANGUAGES), lang)
    form = _one_of("format", own.get("format", "json"), list(FORMATS), lang)
    read = _reader(own, lang, viewer)
    id = request.path_params["id"]
    try:
        registry.get(id)
    except KeyError:
        raise _no("question", lang, [q.id for q in mine(viewer)], status=404, given=id) from None
    if not viewer.may_ask(id):
        raise Refused(403, t("api.not_yours", lang))
    _reason(viewer, own, id, lang)
    try:
        registry.checked(id, read, given)
    except registry.NotOffered as wrong:
        sentence = "choice" if wrong.code is None else "code"
        raise _no(sentence, lang, wrong.offered, name=wrong.name, given=wrong.code or "") from None
    whole = own.get("whole", "")
    if whole:
        _one_of("whole", whole, [PAGE] if form == "xlsx" else [], lang)
    found = registry.answer(id, read, lang, given)
    if found.pending:
        raise Refused(503, found.sentence, retry=RETRY_STUDY_S)
    if reasons.asked(viewer, read.rights.view):
        store = Store.of_city(OFFICE)
        what = f"{id}{f' ({PAGE})' if whole else ''} {read.whose} {form}"
        acts.exported(store, viewer, what=what, reason=reasons.given(viewer, id), at=_now())
    if form != "json":
        every = made.of_page(id.partition(".")[0], read, lang, given, viewer.may_ask) if whole else [found]
        return _file(
            every,
            form,
            read,
            _origin(request, base),
            own.get("figure" if form in made.PICTURES else "table", "0"),
        )
    return Response(written.as_json(found, indent=None), headers=_headers(), media_type="application/json")


def _reason(viewer: Viewer, own: Mapping[str, str], id: str, lang: str) -> None:
    """Refuse raw figures to somebody who does not say what for."""
    if not reasons.asked(viewer, own.get("view", VIEWS[0])):
        return
    if "reason" in own:
        reasons.give(viewer, id, own["reason"])
    if not reasons.given(viewer, id):
        raise Refused(400, t("api.reason_missing", lang))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def mine(viewer: Viewer) -> list[registry.Question]:
    """The questions that a viewer may ask."""
    return [one for one in registry.every() if viewer.may_ask(one.id)]


def _reader(own: Mapping[str, str], lang: str, viewer: Viewer) -> Reader:
    """The door to the figures of the city that is asked for, in a view that the viewer may have of it, or as a release has them."""
    offered = viewer.cities()
    city = _one_of("city", own.get("city", offered[0]), list(offered), lang)
    number = _release(own, city, lang)
    views = VIEWS[:1] if number else viewer.views(city)
    view = _one_of("view", own.get("view", VIEWS[0]), list(views), lang)
    # As on the screen: where a worker makes studies, nobody waits for one.
    try:
        return Reader.shown(
            city, viewer.rights(city, view), patient=not studies.on_duty(city), release=number
        )
    except Unreleased as none:
        raise Refused(404, none.words(lang)) from none


def _release(own: Mapping[str, str], city: str, lang: str) -> int:
    """The release that is asked for by its number; 0 where none is. Whoever may see a city may see what was published of it."""
    if links.RELEASE not in own:
        return 0
    offered = [str(n) for n in Store.of_city(city).releases()]
    return int(_one_of(links.RELEASE, own[links.RELEASE], offered, lang))


def _given(request: Request, lang: str) -> dict[str, str]:
    """The query, each name once."""
    found: dict[str, str] = {}
    for name, code in request.query_params.multi_items():
        if name in found:
            raise Refused(400, t("api.twice", lang, name=name))
        found[name] = code
    return found


def _one_of(name: str, code: str, offered: list[str], lang: str, *, status: int = 400) -> str:
    if code not in offered:
        raise _no("code", lang, offered, status=status, name=name, given=code)
    return code


def _no(sentence: str, lang: str, offered: list[str], *, status: int = 400, **words: str) -> Refused:
    listed = ", ".join(offered) or t("api.none", lang)
    return Refused(status, t(f"api.{sentence}", lang, offered=listed, **words), offered)


def _file(answers: Sequence[Answer], kind: str, read: Reader, base: str, number: str) -> Response:
    """An answer, or all of a page, as a file that is made now."""
    from reports.fonts import NoFont  # late: only who asks for a file waits for what writes it

    place = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else -1
    try:
        content = made.file(kind, answers, read, base=base, number=place)
    except made.NoPart as none:
        last = none.there - 1
        key = f"api.{none.what}"
        message = t(key, answers[0].lang, last=last) if none.there else t(f"{key}_none", answers[0].lang)
        raise Refused(400, message, [str(n) for n in range(none.there)]) from None
    except NoFont:
        raise Refused(503, t("report.no_font", answers[0].lang)) from None
    name = made.file_name(answers[0], kind, place, whole=len(answers) > 1)
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(
        content, media_type=made.KINDS[kind], headers=_headers() | {"content-disposition": disposition}
    )


def _origin(request: Request, base: str) -> str:
    """The address that the app stands at, as people reach it."""
    provider = in_force()
    return provider.url if provider is not None else f"{str(request.base_url).rstrip('/')}{base}"


def brief(request: Request, lang: str, base: str, viewer: Viewer) -> Response:
    """A sheet as PDF, of published figures alone: what is on paper may be passed on."""
    from reports import briefs  # late: only who asks for paper waits for what typesets it
    from reports.fonts import NoFont

    given = _given(request, lang)
    _one_of("lang", given.get("lang", lang), list(LANGUAGES), lang)
    kind = _one_of("kind", request.path_params["kind"], list(offer.KINDS), lang, status=404)
    read = _reader({n: given[n] for n in ("city", links.RELEASE) if n in given}, lang, viewer)
    desk = briefs.desk(read, lang, _origin(request, base), viewer.may_ask)
    try:
        content = briefs.pdf(desk, kind, given.get("code", ""))
    except briefs.NotThere as wrong:
        raise _no("code", lang, list(wrong.offered), status=404, name="code", given=wrong.code) from None
    except Forbidden:
        raise Refused(403, t("api.not_yours", lang)) from None
    except NoFont:
        raise Refused(503, t("report.no_font", lang)) from None
    if waiting := next((a.sentence for a in desk.asked.values() if a.pending), ""):
        raise Refused(503, waiting, retry=RETRY_STUDY_S)
    name = briefs.file_name(kind, given.get("code", ""), lang, read)
    return Response(
        content,
        media_type="application/pdf",
        headers=_headers() | {"content-disposition": f'inline; filename="{name}"'},
    )


def questions(request: Request, lang: str, base: str, viewer: Viewer) -> Response:
    """Every question with its choices, and what is on offer as the defaults stand."""
    given = _given(request, lang)
    read = _reader(given, lang, viewer)
    return _json({"questions": [_question(one, read, lang, base) for one in mine(viewer)]})


def _question(one: registry.Question, read: Reader, lang: str, base: str) -> dict[str, Any]:
    codes = registry.codes_of(one.id, read, {})
    return {
        "id": one.id,
        "page": one.page,
        "title": registry.title(one, lang),
        "answer": f"{base}/api/answers/{one.id}",
        "choices": [_choice(c, read, lang, codes) for c in one.choices],
    }


def _choice(choice: Choice, read: Reader, lang: str, codes: Mapping[str, str]) -> dict[str, Any]:
    asked = choice.asked(read, codes)
    about: dict[str, Any] = {
        "name": choice.name,
        "label": choice.named(lang, codes),
        "kind": choice.kind,
        "default": codes[choice.name],
        "asked": asked,
    }
    if choice.kind == "number":
        about |= {"low": choice.low, "high": choice.high, "step": choice.step, "decimals": choice.decimals}
    elif choice.kind != "text":
        offered = choice.offered(read, codes) if asked else [codes[choice.name]]
        about["options"] = [{"code": c, "label": _said(choice, c, lang, read, codes)} for c in offered]
    return about


def _said(choice: Choice, code: str, lang: str, read: Reader, codes: Mapping[str, str]) -> str:
    """A code in words; codes that only links set have none."""
    try:
        return choice.said(code, lang, read, codes)
    except KeyError:
        return code


def document(request: Request, lang: str, base: str, viewer: Viewer) -> Response:
    """What can be asked and what comes back, for programs that write programs."""
    return _json(openapi.document(lang, base))


def _headers() -> dict[str, str]:
    return {"cache-control": "private, no-cache"}


def _json(body: dict[str, Any], status: int = 200, more: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status_code=status, headers=_headers() | (more or {}))
