"""What can be asked: a question's choices as codes, and one asking of it. Faces draw controls, links and schemas from this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from locales import t

if TYPE_CHECKING:
    from answers.reader import Reader

Codes = Mapping[str, str]
EMPTY = "-"  # an emptied choice of many, as against one that was never made


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A choice of a question; its code stands in the link under `name`.

    Attributes:
        options: the codes, or a function of the reader and the choices made before it.
        default: a code, or a function of the same; the first option where none is given.
        label: key of its label, or a function (lang, codes) -> label. say: prefix of the keys of its codes' labels (the code is
            put behind it), or a function (code, lang, read) -> label. say_with: the same with the codes in force as a fourth
            argument, where it depends on them.
        kind: how a screen draws it. 'many' takes several codes, separated by dots in the link, at most `most`;
            'number' takes a whole number from `low` to `high` in steps of `step` (with `decimals` it counts in units of that
            decimal place), 'text' any text of at most `longest` signs; they have no options.
        when: whether it is asked at all, given the choices made before it; its default holds otherwise.
        place: 'top' above the answer, 'settings' behind a button there, 'inline' where the answer's Control stands; 'link'
            is set by links and interactive pieces alone.
        help, captions: keys of a help text and of a remark under each code (the code is put behind it).
    """

    name: str
    options: Sequence[str] | Callable[[Reader, Codes], Sequence[str]] = ()
    default: str | Callable[[Reader, Codes], str] | None = None
    label: str | Callable[[str, Codes], str]
    say: str | Callable[[str, str, Reader], str] = ""
    say_with: Callable[[str, str, Reader, Codes], str] | None = None
    kind: Literal["select", "segments", "radio", "many", "number", "text"] = "select"
    when: Callable[[Reader, Codes], bool] | None = None
    place: Literal["top", "settings", "inline", "link"] = "top"
    width: float = 2.0
    most: int = 1
    low: int = 0
    high: int = 0
    step: int = 1
    decimals: int = 0
    longest: int = 200
    help: str = ""
    captions: str = ""
    hide_label: bool = False

    def offered(self, read: Reader, codes: Codes) -> list[str]:
        """The codes on offer, given the choices made before."""
        return list(self.options(read, codes) if callable(self.options) else self.options)

    def first(self, read: Reader, codes: Codes) -> str:
        """The code in force where none is asked for."""
        if callable(self.default):
            return self.default(read, codes)
        if self.default is not None:
            return self.default
        if self.kind == "many":
            return EMPTY
        offered = self.offered(read, codes)
        return offered[0] if offered else ""

    def asked(self, read: Reader, codes: Codes) -> bool:
        """Whether it is asked, given the choices made before."""
        return self.when is None or self.when(read, codes)

    def valid(self, code: str | None, read: Reader, codes: Codes) -> str | None:
        """The code as it holds, or None where it is not on offer. Of many codes those on offer hold."""
        if code is None:
            return None
        if self.kind == "text":
            return code[: self.longest]
        if self.kind == "number":
            plain = code.isascii() and code.isdecimal() and len(code) < 12
            return code if plain and self.low <= int(code) <= self.high else None
        offered = self.offered(read, codes)
        if self.kind != "many":
            return code if code in offered else None
        if code == EMPTY:
            return EMPTY
        kept = list(dict.fromkeys(c for c in code.split(".") if c in offered))[: self.most]
        return ".".join(kept) or None

    def named(self, lang: str, codes: Codes) -> str:
        """Its label, given the choices made."""
        return self.label(lang, codes) if callable(self.label) else t(self.label, lang)

    def said(self, code: str, lang: str, read: Reader, codes: Codes) -> str:
        """A code in the reader's words, given the codes in force."""
        if self.say_with is not None:
            return self.say_with(code, lang, read, codes)
        return self.say(code, lang, read) if callable(self.say) else t(f"{self.say}{code}", lang)


def resolved(choices: Sequence[Choice], read: Reader, given: Codes) -> dict[str, str]:
    """Every choice's code in force: the given one where it is asked and on offer, else the default."""
    codes: dict[str, str] = {}
    for choice in choices:
        code = choice.valid(given.get(choice.name), read, codes) if choice.asked(read, codes) else None
        codes[choice.name] = choice.first(read, codes) if code is None else code
    return codes


@dataclass(frozen=True)
class Ask:
    """One asking of a question: which, in what language, with which codes."""

    question: str
    lang: str
    codes: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, name: str) -> str:
        for key, code in self.codes:
            if key == name:
                return code
        raise KeyError(f"{self.question} has no choice {name!r}")

    def number(self, name: str) -> int:
        """A choice's code as a whole number."""
        return int(self[name])

    def many(self, name: str) -> list[str]:
        """The codes of a choice of many."""
        code = self[name]
        return [] if code in ("", EMPTY) else code.split(".")

    def t(self, key: str, **words: Any) -> str:
        """A sentence in the asker's language."""
        return t(key, self.lang, **words)
