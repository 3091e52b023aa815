"""What can be asked over HTTP as an OpenAPI 3.1 document, made from the list of questions."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from answers import registry
from answers.ask import Choice
from answers.links import RELEASE
from answers.reasons import LONGEST
from answers.rights import VIEWS
from answers.store import cities
from locales import LANGUAGES, t
from reports import made

ROOT = Path(__file__).resolve().parent.parent
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_PARTS = {"type": "array", "items": {"type": "object", "required": ["type"], "properties": {"type": _TEXT}}}
SCHEMAS: dict[str, Any] = {
    "Answer": {
        "type": "object",
        "required": ["question", "lang", "city", "title", "sentence", "blocks", "as_of", "data_version"],
        "properties": {
            "question": _TEXT,
            "lang": _TEXT,
            "title": _TEXT,
            "sentence": _TEXT,
            "sure": _TEXT,
            "period": _TEXT,
            "geography": _TEXT,
            "as_of": {"type": "string", "format": "date"},
            "data_version": {"type": "integer"},
            "release": {"type": "integer"},
            "released": _TEXT,
            "city": {"type": "string", "enum": list(cities.CITIES)},
            "pending": {"type": "boolean"},
            "late": _TEXTS,
            "awaited": _TEXTS,
            "failed": _TEXTS,
            "judged": _TEXTS,
            "choices": {
                "type": "array",
                "items": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2},
            },
            "blocks": _PARTS,
            "actions": _PARTS,
        },
    },
    "Refusal": {"type": "object", "required": ["error"], "properties": {"error": _TEXT, "offered": _TEXTS}},
    "Questions": {
        "type": "object",
        "required": ["questions"],
        "properties": {
            "questions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "title", "choices"],
                    "properties": {
                        "id": _TEXT,
                        "page": _TEXT,
                        "title": _TEXT,
                        "answer": _TEXT,
                        "choices": {
                            "type": "array",
                            "items": {"type": "object", "required": ["name", "kind", "default"]},
                        },
                    },
                },
            }
        },
    },
}


@cache
def document(lang: str, base: str) -> dict[str, Any]:
    """The document in a language, for an app under a base path. It is shared: not to be changed."""
    paths = {f"/api/answers/{q.id}": {"get": _question(q, lang)} for q in registry.every()}
    for name, content in (("questions", _ref("Questions")), ("openapi.json", {"type": "object"})):
        said = t("api.questions" if name == "questions" else "api.document", lang)
        paths[f"/api/{name}"] = {
            "get": {
                "operationId": name.partition(".")[0],
                "summary": said,
                "parameters": _own(lang)[: 4 if name == "questions" else 1],
                "responses": {"200": _body(said, content), **_refusals(lang, "400", "403", "503")},
            }
        }
    said = t("api.ready", lang)
    ready = {
        "type": "object",
        "required": ["ready", "stores"],
        "properties": {"ready": {"type": "boolean"}, "stores": {"type": "object"}},
    }
    paths["/api/ready"] = {
        "get": {
            "operationId": "ready",
            "summary": said,
            "parameters": _own(lang)[:1],
            "responses": {"200": _body(said, ready), "503": _body(said, ready), **_refusals(lang, "403")},
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": t("api.title", lang), "version": _version(), "description": t("api.about", lang)},
        "servers": [{"url": base or "/"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _question(one: registry.Question, lang: str) -> dict[str, Any]:
    answer = _body(t("api.answer_json", lang), _ref("Answer"))
    for kind, mime in made.KINDS.items():
        binary = {} if kind == "csv" else {"contentMediaType": mime}
        said = {"type": "string", "description": t(f"api.answer_{kind}", lang), **binary}
        answer["content"][mime.partition(";")[0]] = {"schema": said}
    return {
        "operationId": one.id.replace(".", "_"),
        "tags": [one.page],
        "summary": registry.title(one, lang),
        "parameters": [*(_choice(c, lang) for c in one.choices), *_own(lang, whole=False)],
        "responses": {"200": answer, **_refusals(lang, "400", "403", "503")},
    }


def _choice(choice: Choice, lang: str) -> dict[str, Any]:
    """A choice as a parameter: its codes where they are always the same, else words about them."""
    label = choice.name if callable(choice.label) else t(choice.label, lang)
    schema: dict[str, Any] = dict(_TEXT)
    if choice.kind == "number":
        schema = {"type": "integer", "minimum": choice.low, "maximum": choice.high}
    elif choice.kind == "text":
        schema["maxLength"] = 200
    elif choice.kind == "many":
        label = t("api.many", lang, label=label)
    elif not callable(choice.options):
        # A default beside the codes holds where the choice is not asked at all.
        rest = [choice.default] if isinstance(choice.default, str) else []
        schema["enum"] = list(dict.fromkeys([*choice.options, *rest]))
    else:
        label = t("api.varies", lang, label=label)
    if isinstance(choice.default, str) and choice.kind != "number":
        schema["default"] = choice.default
    return _parameter(choice.name, label, schema)


def _own(lang: str, *, whole: bool = True) -> list[dict[str, Any]]:
    """The parameters that every question has; the first four are those of every address."""
    offered = cities.on_offer()
    found = [
        _parameter("lang", t("api.lang", lang), {"type": "string", "enum": list(LANGUAGES), "default": "ko"}),
        _parameter(
            "city", t("api.city", lang), {"type": "string", "enum": list(offered), "default": offered[0]}
        ),
        _parameter("view", t("api.view", lang), {"type": "string", "enum": list(VIEWS), "default": VIEWS[0]}),
        _parameter(RELEASE, t("api.release", lang), {"type": "integer", "minimum": 1}),
    ]
    if whole:
        return found
    return [
        *found,
        _parameter(
            "format",
            t("api.format", lang),
            {"type": "string", "enum": ["json", *made.KINDS], "default": "json"},
        ),
        _parameter("table", t("api.tables", lang), {"type": "integer", "minimum": 0, "default": 0}),
        _parameter("figure", t("api.figures", lang), {"type": "integer", "minimum": 0, "default": 0}),
        _parameter("whole", t("api.whole", lang), {"type": "string", "enum": ["page"]}),
        _parameter("reason", t("api.reason", lang), {"type": "string", "maxLength": LONGEST}),
    ]


def _parameter(name: str, said: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": said, "schema": schema}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(said: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": said, "content": {"application/json": {"schema": schema}}}


def _refusals(lang: str, *statuses: str) -> dict[str, Any]:
    words = {"400": "refused", "403": "forbidden", "503": "later"}
    return {s: _body(t(f"api.{words[s]}", lang), _ref("Refusal")) for s in statuses}
