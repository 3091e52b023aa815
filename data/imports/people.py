"""What tells who somebody is: numbers, addresses, telephones, mail and names, in a text or in the columns of a sheet.

Nothing here says what was found, only where it stands and of what kind it is. Every search passes once over a text: patterns
have bounded repetitions, and what may be long is looked at around a mark (@, 로 12, …) that is found first.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from data.imports import names

HEADER_ROWS = 40  # a header stands among so many first rows
EDGE = "\u318e"  # between cells that are searched together: a letter that no file uses, so that no number runs across it


class Kind(StrEnum):
    """What a value tells of a person."""

    RESIDENT = "resident"
    FOREIGNER = "foreigner"
    PASSPORT = "passport"
    LICENCE = "licence"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    NAME = "name"


KINDS: dict[Kind, tuple[str, str]] = {
    Kind.RESIDENT: ("주민등록번호", "resident registration number"),
    Kind.FOREIGNER: ("외국인등록번호", "foreigner registration number"),
    Kind.PASSPORT: ("여권번호", "passport number"),
    Kind.LICENCE: ("운전면허번호", "driving licence number"),
    Kind.PHONE: ("전화번호", "telephone number"),
    Kind.EMAIL: ("전자우편 주소", "e-mail address"),
    Kind.ADDRESS: ("집 주소", "street address"),
    Kind.NAME: ("사람 이름", "name of a person"),
}


class Found(NamedTuple):
    """Where something personal stands in a sheet (row and column from 0) and what it is."""

    row: int
    column: int
    kind: Kind


# ── Numbers ─────────────────────────────────────────────────────────────────────────────────────────────

_RUN = re.compile(r"\d(?<!\d\d)(?:[\W_]{0,3}+\d){8,}+")
_STARS = "*●○xX•×"
_STARRED = re.compile(r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[\W_]{0,3}([1-8])[*●○xX•×]{6}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?$")
# Of a run of digits: mobile and landline numbers, driving licences.
_MOBILE = re.compile(r"(?<![\d.,])(?:82[\W_]{0,3}0?\)?|0)1[016789][\W_]{0,3}\d{3,4}[\W_]{0,3}\d{4}(?!\d)")
_LANDLINE = re.compile(
    r"(?<![\d.,-])(?:82[ .-]{1,2}|0)(?:2|[3-6][1-5]|70|50\d?)[ .)-]{1,2}[1-9]\d{2,3}[ .-]{1,2}\d{4}(?![\d-])"
)
_LICENCE = re.compile(r"(?<![\d-])\d{2}-\d{2}-\d{6}-\d{2}(?![\d-])")
_LICENCE_NAMED = re.compile(r"[가-힣]{2}[ -]\d{2}-\d{6}-\d{2}(?![\d-])")
_PASSPORT_NEW = re.compile(r"[MSRGDO](?<![A-Za-z0-9].)\d{3}[A-Z]\d{4}(?![A-Za-z0-9])")
_PASSPORT = re.compile(r"[MSRGDOP](?<![A-Za-z0-9].)[MSRODG]?(\d{7,8})(?![A-Za-z0-9])")
_PASSPORT_WORDS = ("여권", "assport", "PASSPORT")
_PASSPORT_SAID = re.compile(
    r"(?:여권|passport)[^0-9ㆎ]{0,20}?[A-Za-z]{1,2}\d{3}[A-Za-z0-9]\d{3,4}", re.IGNORECASE
)
_SPOKEN = re.compile(r"[공영일이삼사오육륙칠팔구](?:[ .-]{0,2}[공영일이삼사오육륙칠팔구]){8,}")
_SPOKEN_DIGITS = str.maketrans("공영일이삼사오육륙칠팔구", "001234566789")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){2,}$")
_LATIN = re.compile(r"[A-Za-z-]")
_PIECES = re.compile(r"(\d+)(\D*)")
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def plain_digits(text: str) -> str:
    """The text with every digit of whatever script, circle or size as 0 to 9, ordinary signs and nothing invisible."""
    odd = {c: unicodedata.digit(c, None) for c in set(text) if c > "\u007f"}
    table: dict[int, str | None] = {ord(c): str(digit) for c, digit in odd.items() if digit is not None}
    table |= {ord(c): None for c in odd if unicodedata.category(c) == "Cf"}
    table |= {ord(wide): narrow for wide, narrow in zip("＠．－＋（）", "@.-+()", strict=True)}
    return text.translate(table) if any(ord(c) in table for c in odd) else text


def is_born(digits: str) -> bool:
    """Whether thirteen (or the first seven) digits begin with a day that exists and a mark of sex and century."""
    if digits[6] not in "12345678":
        return False
    century = 1900 if digits[6] in "1256" else 2000
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def check_digit_holds(digits: str) -> bool:
    """Whether the last of thirteen digits is the one that the others give (numbers given since 2020 have none)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:12], strict=True))
    expected = (11 - total % 11) % 10
    # Foreign residents' numbers (5 to 8) add two.
    return int(digits[12]) == (expected if digits[6] in "1234" else (expected + 2) % 10)


def _registered(run: str, *, alone: bool) -> str | None:
    """The resident or foreigner number in a run of digits and separators, or None.

    Args:
        alone: the run is all that stands in its cell: then six digits, a point and seven can be one number with decimals.

    Written as six and seven (or 2-2-2-7) the day of birth must exist; thirteen digits in any other grouping must satisfy the
    check digit too, since amounts, order numbers and coordinates can have as many.
    """
    pieces = _PIECES.findall(run)
    groups, between = [digits for digits, _ in pieces], [signs for _, signs in pieces]
    lengths = [len(group) for group in groups]
    for at, length in enumerate(lengths):
        if length == 13 and is_born(groups[at]) and check_digit_holds(groups[at]):
            return groups[at]
        pair = "".join(groups[at : at + 2])
        decimal = alone and between[at] == "."
        if lengths[at : at + 2] == [6, 7] and is_born(pair) and (not decimal or check_digit_holds(pair)):
            return pair
        several = "".join(groups[at : at + 4])
        if lengths[at : at + 4] == [2, 2, 2, 7] and is_born(several):
            return several
    whole = "".join(groups)
    if len(whole) == 13 and not _THOUSANDS.match(run) and is_born(whole) and check_digit_holds(whole):
        return whole
    return None


def _numbers(text: str, *, is_id: bool) -> Kind | None:
    for found in _RUN.finditer(text):
        kind = _number(found.group(), text, found.start(), found.end(), is_id=is_id)
        if kind is not None:
            return kind
    starred = _STARRED.search(text) if any(star in text for star in _STARS) else None
    if starred:
        return Kind.RESIDENT if starred.group(1) in "1234" else Kind.FOREIGNER
    said = any(word in text for word in _PASSPORT_WORDS) and _PASSPORT_SAID.search(text)
    if said or _PASSPORT_NEW.search(text):
        return Kind.PASSPORT
    if not is_id and any(not _is_day(found.group(1)) for found in _PASSPORT.finditer(text)):
        return Kind.PASSPORT
    return None


def _number(run: str, text: str, start: int, end: int, *, is_id: bool) -> Kind | None:
    """What a run of nine and more digits is."""
    if run.isdigit():
        if len(run) in (11, 12) and run.startswith(("01", "821")) and not _goes_on(text, start):
            return Kind.PHONE if _MOBILE.match(run) else None
        if len(run) != 13 or not is_born(run) or not check_digit_holds(run):
            return None
        return Kind.RESIDENT if run[6] in "1234" else Kind.FOREIGNER
    if _MOMENT.match(run):
        return None
    alone = text[start - 1 : start] in ("", EDGE) and text[end : end + 1] in ("", EDGE)
    number = _registered(run, alone=alone)
    if number is not None:
        return Kind.RESIDENT if number[6] in "1234" else Kind.FOREIGNER
    if not _goes_on(text, start) and _MOBILE.search(run):
        return Kind.PHONE
    if not is_id and not _LATIN.match(text[start - 1 : start]) and _LANDLINE.search(run):
        return Kind.PHONE
    if _LICENCE.search(run) or _LICENCE_NAMED.search(text[max(start - 3, 0) : end]):
        return Kind.LICENCE
    return None


def _goes_on(text: str, start: int) -> bool:
    """Whether digits go on behind a point or comma of their number; the full stop of a word (Tel.) is none."""
    return text[start - 1 : start] in (".", ",") and not text[max(start - 2, 0) : start - 1].isalpha()


def _is_day(digits: str) -> bool:
    """Whether eight digits are a day of our time, as document numbers have them."""
    return (
        len(digits) == 8 and digits[:2] in ("19", "20") and "01" <= digits[4:6] <= "12" and digits[6:] <= "31"
    )


# ── Mail and places ─────────────────────────────────────────────────────────────────────────────────────

_BEFORE_AT = re.compile(r"[\w.+-]")
_AFTER_AT = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_MAILERS = re.compile(
    r"@?(?:naver|gmail|hanmail|daum|nate|kakao|korea|outlook|hotmail|icloud)\.(?:com|net|kr)"
)
_STREET = re.compile(r"[로길] ?\d{1,4}(?!\d|[.,]\d)|번길")
_LOT = re.compile(r"[동리가읍면] ?\d{1,4}(?:-\d{1,4}(?![\d-])|번지)|동(?<=\d동) ?\d{2,4}호")
_PLACE = re.compile(r"[가-힣]{1,8}(?:시|도|군|구|읍|면|동)[ ,]{1,2}$")
_ROAD = re.compile(r"[가-힣0-9·]{1,12}(?:로|길)$")
_NO_ROAD = re.compile(
    r"(?:으로|별도로|추가로|새로|바로|서로|그대로|따로|주로|별로|위로|스스로|실제로|최초로|전체로|단독으로)$"
)
_COUNTED = re.compile(r" ?(?:명|건|회|개|원|%|％|년|월|일|시간|분|차|가|세|점|배|위|주|억|만|천|곳|호선)")
_ENGLISH_STREET = re.compile(r"-(?:ro|gil|daero)(?![a-z])")
_HOUSE = re.compile(r"\d{1,4}(?:-\d{1,4})?,? [A-Z][a-z]{1,20}(?:-[a-z]{1,20})?$")


def _has_mail(text: str) -> bool:
    at = text.find("@")
    while at >= 0:
        if at and _BEFORE_AT.match(text, at - 1) and _AFTER_AT.match(text, at + 1):
            return True
        at = text.find("@", at + 1)
    return False


def _has_address(text: str) -> bool:
    """A street with a house number behind a town, district or dong, a lot number, or a flat."""
    for found in _STREET.finditer(text):
        start = found.start()
        if found.group() == "번길":
            if text[start - 1 : start].isdigit():
                return True
            continue
        before, _, road = text[max(start - 24, 0) : start + 1].rsplit(EDGE, 1)[-1].rpartition(" ")
        if (
            not _COUNTED.match(text, found.end())
            and _ROAD.search(road)
            and not _NO_ROAD.search(road)
            and _PLACE.search(before + " ")
        ):
            return True
    if _LOT.search(text):
        return True
    if not any(road in text for road in ("-ro", "-gil", "-daero")):
        return False
    return any(
        _HOUSE.search(text, max(one.start() - 50, 0), one.start()) for one in _ENGLISH_STREET.finditer(text)
    )


# ── Names ───────────────────────────────────────────────────────────────────────────────────────────────

_FAMILY = "".join(sorted(names.SURNAMES | {name[0] for name in names.DOUBLE_SURNAMES}))
_WORD = re.compile(
    rf"([{_FAMILY}](?<![가-힣].)[가-힣]{{2,3}})(?:[은는이가을를의과와도만께]|에게)?(?![가-힣])"
)
_CALLED = re.compile(
    rf"([{_FAMILY}](?<![가-힣].)[가-힣]{{2,3}}) ?(?:님|씨|어르신|할머니|할아버지|여사)(?![가-힣])"
)
_WITH_AGE = re.compile(
    rf"([{_FAMILY}](?<![가-힣].)[가-힣]{{2,3}}) ?[(,/] ?(?:남|여|만 ?\d{{2}}|\d{{2}}세|\d{{2}}년생|19\d\d|20\d\d)"
)
_LABELLED = re.compile(
    r"(?:성명|이름|성함|대상자|이용자|신청자|신청인|보호자|담당자?|작성자|내담자|세대주|상담사)(?:명| 이름)?[ :=：]{1,3}([가-힣]{2,4})(?![가-힣])"
)
_ENGLISH_LABELLED = re.compile(r"(?:[Nn]ame|NAME) ?[:=] ?[A-Z][a-z]{1,20}[ -][A-Z][a-z]{1,20}")


def _has_name(text: str) -> bool:
    for found in _WORD.finditer(text):
        word = found.group(1)
        if names.is_name(word) or (
            len(word) == 4 and word[-1] in "은는이가을를의과와도만" and names.is_name(word[:3])
        ):
            return True
    for pattern in (_CALLED, _WITH_AGE, _LABELLED):
        if any(names.like_name(found.group(1)) for found in pattern.finditer(text)):
            return True
    return ("ame" in text or "NAME" in text) and bool(_ENGLISH_LABELLED.search(text))


# ── A text ──────────────────────────────────────────────────────────────────────────────────────────────


def kind_in(text: str, *, named: bool = True, is_id: bool = False) -> Kind | None:
    """What a text tells of a person, the gravest first; None where it tells nothing.

    Args:
        named: whether names count.
        is_id: the text is an office's own number (document, entry …), which may be built like a landline or passport number.
    """
    plain = plain_digits(text)
    kind = _numbers(plain, is_id=is_id)
    if kind is not None:
        return kind
    if _has_mail(plain):
        return Kind.EMAIL
    if not names.HANGUL.search(plain):
        return Kind.ADDRESS if _has_address(plain) else Kind.NAME if named and _has_name(plain) else None
    for run in _SPOKEN.findall(plain):
        kind = _numbers(run.translate(_SPOKEN_DIGITS), is_id=False)
        if kind is not None:
            return kind
    if _has_address(plain):
        return Kind.ADDRESS
    return Kind.NAME if named and _has_name(text.replace("_", " ")) else None


# ── A sheet ─────────────────────────────────────────────────────────────────────────────────────────────

# Header words, without spaces and brackets, and the kind of what stands below them.
_HEADS: dict[Kind, re.Pattern[str]] = {
    Kind.RESIDENT: re.compile(
        r"주민(?:등록)?번호|주민번호|주민등록|rrn|residentregistration|실명번호|고유식별"
    ),
    Kind.FOREIGNER: re.compile(r"외국인(?:등록)?번호|외국인등록|foreignerregistration|alienregistration"),
    Kind.PASSPORT: re.compile(r"여권|passport"),
    Kind.LICENCE: re.compile(r"운전면허|면허번호"),
    Kind.PHONE: re.compile(
        r"전화번호|전화$|연락처|휴대(?:폰|전화)|핸드폰|비상연락|^(?:tel|phone|mobile|hp|telephone)(?:no|number)?$"
    ),
    Kind.EMAIL: re.compile(r"이메일|전자우편|메일주소|^e?mail(?:address)?$"),
    Kind.ADDRESS: re.compile(r"^(?!.*(?:메일|ip|url|누리집|홈페이지|웹)).*(?:주소|거주지|address)"),
    Kind.NAME: re.compile(
        r"^(?:성명|성함|한글성명|영문성명|실명|(?:대상자|이용자|신청자|신청인|보호자|수급자|참여자|참가자|환자|내담자|회원|주민|세대주|가구주|본인|"
        r"상담사|상담원|상담자|담당자|작성자|봉사자|어르신|수혜자|담당)(?:의?(?:명|성명|이름|성함))|보호자|세대주|담당자|신청인|내담자|성명국문|"
        r"(?:full|first|last|person|client|given|family)name|surname)$"
    ),
}
_ANY_NAME = re.compile(
    r"^(?:이름|성|name|작성자|대상자|신청자)$"
)  # may head names of things, offices or codes as well
_ID_HEAD = re.compile(r"번호|코드|가명|id$|no$|code$")
_KEY = re.compile(r"[^0-9a-z가-힣]")
_LATIN_NAME = re.compile(r"[A-Z][a-z]{1,20}(?:[ -][A-Z][a-z]{0,20}){1,3}$")
_VEILED_NAME = re.compile(r"[가-힣][가-힣*○OX●ㅇ]?[*○OX●ㅇ][가-힣*○OX●ㅇ]?$")
_NO_NAME = frozenset(
    (
        "미상",
        "없음",
        "비공개",
        "해당없음",
        "익명",
        "무명",
        "본인",
        "기타",
        "불명",
        "소계",
        "합계",
        "계",
        "총계",
    )
)


def find(rows: Sequence[Sequence[str]]) -> list[Found]:
    """Where a sheet's cells tell who somebody is: the first place of each kind in each column."""
    even = len(set(map(len, rows))) < 2
    columns = list(zip(*rows, strict=True) if even else zip_longest(*rows, fillvalue=""))
    heads = [_head(column[:HEADER_ROWS]) for column in columns]
    found: dict[tuple[int, Kind], Found] = {}
    cut: list[bool] = []
    for place, (column, head) in enumerate(zip(columns, heads, strict=True)):
        values = set(column)
        joined = EDGE.join(["", *values, ""])
        cut.append(bool(_PART.search(joined)))
        for kind, row in _in_column(column, values, joined, head):
            found.setdefault((place, kind), Found(row, place, kind))
    for one in _across(columns, cut, heads):
        found.setdefault((one.column, one.kind), one)
    return sorted(found.values())


def _head(cells: Sequence[str]) -> tuple[Kind | None, int, bool]:
    """The kind that a header among the first cells names, the header's row, and whether the column holds numbers of records."""
    is_id = False
    for row, text in enumerate(cells):
        if not text or len(text) > 60:
            continue
        key = _KEY.sub("", unicodedata.normalize("NFKC", re.sub(r"\([^()]{0,40}\)", "", text)).casefold())
        for kind, words in _HEADS.items():
            if words.search(key):
                return kind, row, False
        if _ANY_NAME.match(key) and any(map(names.like_name, cells[row + 1 :])):
            return Kind.NAME, row, False
        is_id = is_id or bool(_ID_HEAD.search(key))
    return None, -1, is_id


def _in_column(
    column: Sequence[str], values: set[str], joined: str, head: tuple[Kind | None, int, bool]
) -> Iterator[tuple[Kind, int]]:
    """Kinds in one column, each with the first row that holds it."""
    said, head_row, is_id = head
    if said is not None:
        row = next((r for r, text in enumerate(column) if r > head_row and text and _fits(said, text)), None)
        if row is not None:
            yield said, row
    if kind_in(joined, is_id=is_id) is not None:
        yield from _first_of_each(column, {text: kind_in(text, is_id=is_id) for text in values})
    elif _BARE.search(joined) and _mostly_registered(values):
        yield Kind.RESIDENT, next(row for row, text in enumerate(column) if _bare_registered(text))
    elif _mostly_names(values, joined):
        yield Kind.NAME, next(row for row, text in enumerate(column) if _whole_name(text))


def _first_of_each(column: Sequence[str], kinds: Mapping[str, Kind | None]) -> Iterator[tuple[Kind, int]]:
    seen: set[Kind] = set()
    for row, text in enumerate(column):
        kind = kinds[text]
        if kind is not None and kind not in seen:
            seen.add(kind)
            yield kind, row


def _fits(kind: Kind, text: str) -> bool:
    """Whether a cell under a header that names a kind can be of it: the shape is enough there."""
    digits = re.sub(r"\D", "", plain_digits(text))
    if kind in (Kind.RESIDENT, Kind.FOREIGNER):
        return len(digits) >= 6
    if kind is Kind.PHONE:
        return 8 <= len(digits) <= 15
    if kind in (Kind.PASSPORT, Kind.LICENCE):
        return len(digits) >= 6
    if kind is Kind.EMAIL:
        return "@" in text or bool(_MAILERS.search(text))
    if kind is Kind.ADDRESS:
        return (
            bool(digits)
            and bool(names.HANGUL.search(text) or "-ro" in text or "-gil" in text)
            and "://" not in text
        )
    return _under_name(text)


def _under_name(text: str) -> bool:
    """Whether a cell under a header for names holds one, whole or veiled."""
    plain = text.strip()
    if plain in _NO_NAME or plain in names.WORDS or len(plain) > 60:
        return False
    if _LATIN_NAME.match(plain) or _VEILED_NAME.match(plain):
        return True
    word = re.sub(r"[ ·]", "", re.sub(r"\(.{0,20}\)$", "", plain))
    if names.is_name(word):
        return True
    known = word[:1] in names.SURNAMES | names.RARE_SURNAMES or word[:2] in names.DOUBLE_SURNAMES
    return (
        known
        and 2 <= len(word) <= 4
        and bool(names.HANGUL.fullmatch(word))
        and not names.OFFICES.search(word)
    )


def _whole_name(text: str) -> bool:
    return names.like_name(text)


def _mostly_names(values: set[str], joined: str) -> bool:
    """Whether a column holds names whatever its header says: three or more, most of its words, of no common ending."""
    own = [word for word in _ALONE.findall(joined) if names.like_name(word)]
    if len(own) < 3 or len(own) < 0.6 * sum(bool(names.HANGUL.search(text)) for text in values):
        return False
    return Counter(word[-1] for word in own).most_common(1)[0][1] <= 0.5 * len(own)


def _bare_registered(text: str) -> bool:
    digits = plain_digits(text)
    return len(digits) == 13 and digits.isdigit() and is_born(digits)


def _mostly_registered(values: set[str]) -> bool:
    """Whether a column of thirteen digits is one of resident numbers whose check digits fail: three and more, all dates."""
    long = [text for text in values if len(text) == 13 and text.isdigit()]
    return len(long) >= 3 and all(map(_bare_registered, long))


# ── Numbers that are cut over columns ───────────────────────────────────────────────────────────────────

_BIRTH = re.compile(r"\d{6}$")
_REST = re.compile(r"[1-8](?:\d{6}|[*●○xX•×]{6})$")
_PREFIX = re.compile(r"01[016789]$")
_PART = re.compile(rf"{EDGE}(?:\d{{6}}|01[016789]){EDGE}")  # what either begins with
_ALONE = re.compile(rf"(?<={EDGE})[{_FAMILY}][가-힣]{{2,3}}(?={EDGE})")
_BARE = re.compile(rf"{EDGE}\d{{13}}{EDGE}")


def _across(
    columns: Sequence[Sequence[str]], cut: Sequence[bool], heads: Sequence[tuple[Kind | None, int, bool]]
) -> Iterator[Found]:
    """Resident and telephone numbers whose parts stand in neighbouring cells.

    Args:
        cut: whether a column holds what such a number begins with.
    """
    for place in range(len(columns) - 1):
        if not cut[place]:
            continue
        row = _cut_registered(columns[place], columns[place + 1], heads[place][0], heads[place + 1][0])
        if row is not None:
            yield Found(row, place, Kind.RESIDENT)
        if place + 2 < len(columns):
            three = zip(*columns[place : place + 3], strict=True)
            for row, (first, second, third) in enumerate(three):
                if (
                    _PREFIX.match(first)
                    and re.fullmatch(r"\d{3,4}", second)
                    and re.fullmatch(r"\d{4}", third)
                ):
                    yield Found(row, place, Kind.PHONE)
                    break


def _cut_registered(first: Sequence[str], second: Sequence[str], *heads: Kind | None) -> int | None:
    """The first row where six and seven digits side by side are one number.

    A day written with six digits beside an amount of seven looks the same: without a header that says so, the check digit
    must hold in more than half of the rows, or the rest be starred.
    """
    rows = [
        (row, one + two)
        for row, (one, two) in enumerate(zip(first, second, strict=True))
        if _BIRTH.match(one) and _REST.match(two) and is_born(one + two[0])
    ]
    if not rows:
        return None
    said = any(head in (Kind.RESIDENT, Kind.FOREIGNER) for head in heads)
    holding = sum(not both.isdigit() or check_digit_holds(both) for _, both in rows)
    return rows[0][0] if said or holding * 2 > len(rows) else None
