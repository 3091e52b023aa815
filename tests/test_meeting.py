"""What changed between two dates, and what a meeting agreed: facts by hand and by SQL, both directions of each rule."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from actions import meeting as acts
from answers import decisions, periods, registry, written
from answers.answer import Callout
from answers.kept import SHELF
from answers.kpi import measures
from answers.meeting import changes, published
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from data import cities, releases, resolutions
from data.coverage import last_day
from data.engine import make_engine
from locales import LANGUAGES, t
from metrics import registry as metric_registry
from metrics.intervals import difference, wilson
from metrics.watched import WATCHED
from reports import digest
from tools.attack import wire

AT = datetime(2026, 11, 2, 9, 0)


# Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10: differences of two proportions.
@pytest.mark.parametrize(
    "first, second, lower, upper",
    [
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (10, 10), 0.6791, 1.0000),
    ],
)
def test_limits_of_a_difference_are_the_published_ones(first, second, lower, upper):
    a, b = ((x / n, *wilson(x, n)) for x, n in (first, second))
    assert difference(a, b) == pytest.approx((lower, upper), abs=6e-5)
    assert difference(b, a) == pytest.approx((-upper, -lower), abs=6e-5)


@pytest.mark.parametrize("wrong", [(0.5, 0.6, 0.7), (0.5, 0.3, 0.4), (0.5, 0.4)])
def test_an_estimate_outside_its_limits_is_refused(wrong):
    with pytest.raises(ValueError, match="limits"):
        difference(wrong, (0.5, 0.4, 0.6)[: len(wrong)])


@pytest.fixture(scope="module")
def read(store):
    return Reader(Store(store))


def test_a_measure_of_then_is_that_month_of_todays_series(read):
    month = periods.shifted(periods.key(read.as_of), -3)
    found = changes.changed(read, month)
    assert {c.now.watched.id for c in found} == {w.id for w in WATCHED}
    for change in found:
        if change.then.latest is None or change.now.latest is None:
            continue
        series = change.now.series.set_index("month_key")
        then = int(change.then.latest["month_key"])
        assert then <= month
        assert change.then.latest["value"] == pytest.approx(series.loc[then, "value"])
        assert change.sure == (change.lower > 0 or change.upper < 0)


def test_a_measure_needs_a_decision_then_as_it_did_on_that_day(read):
    day = last_day(periods.shifted(periods.key(read.as_of), -3))
    for change in changes.changed(read, periods.key(day)):
        before = measures.listed(read.on(day), change.now.watched.id)
        if change.state == "new":
            assert change.now.decision and not before.decision
        elif change.state == "settled":
            assert before.decision and not change.now.decision


def test_of_an_earlier_day_there_are_months_alone_and_no_study(read):
    earlier = read.on(read.as_of - timedelta(days=90))
    with pytest.raises(ValueError, match="by month alone"):
        earlier.total("hotline_monthly", columns=("contacts",))
    with pytest.raises(ValueError, match="earlier one"):
        earlier.study("decisions", "ko", "published")
    with pytest.raises(ValueError, match="lies after"):
        read.on(read.as_of + timedelta(days=1))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_money_between_two_months_is_the_ledgers(read, store, lang):
    found = registry.answer("meeting.changes", read, lang, {"since": "202606"})
    (table,) = [b for b in found.tables() if b.name == "changes_money"]
    spent = "SELECT COALESCE(SUM(CASE kind WHEN 'expenditure' THEN amount_krw WHEN 'refund' THEN -amount_krw END), 0) FROM ledger_monthly "
    with make_engine(store).connect() as connection:
        sums = [
            int(connection.execute(text(spent + f"WHERE fiscal_year = 2026 AND month_key <= {end}")).scalar())
            for end in (202606, 202610)
        ]
    assert [cell.value for cell in table.rows[0][1:]] == [*sums, sums[1] - sums[0]]


@pytest.fixture(scope="module")
def kept(store_copy, tmp_path_factory):
    return Store(store_copy(tmp_path_factory.mktemp("meeting") / "ieum.db"))


@pytest.fixture
def own(kept):
    """A reader of a store in which nothing is agreed: what earlier tests wrote is taken off."""
    read = Reader(kept)
    with kept.engine.connect() as connection:
        ids = resolutions.listing(connection)["resolution_id"].tolist()
    for number in ids:
        acts.withdraw(read, int(number), AT)
    return Reader(kept)


def agreed(read, lang="en"):
    return registry.answer("meeting.agreed", read, lang)


def note(read, one, **changed):
    said = {
        "agreed": "Move two posts to the night shift",
        "owner": "Hotline team",
        "due": date(2026, 12, 15),
        "author": "Kim",
    }
    acts.agree(read, one.domain, one.key, **said | changed, lang="en", at=AT)


def became(answer):
    return [str(row[4]) for table in answer.tables() if table.name == "agreed" for row in table.rows]


def test_what_is_agreed_has_an_owner_until_it_is_taken_off(own):
    one, *rest = decisions.needed(own, "en")
    before = agreed(own)
    assert "nothing has been written down" in before.sentence and one.item.text in str(before.blocks)
    note(own, one)
    after = agreed(Reader(own.store))
    assert became(after)[0].startswith(t("meeting.became_open", "en"))
    assert f"{len(rest)} have no owner" in after.sentence
    note(own, one, due=date(2026, 10, 1), agreed="Sooner")
    later = became(agreed(Reader(own.store)))
    assert later[0].startswith(t("meeting.became_over", "en")) and later[1] == t(
        "meeting.became_replaced", "en"
    )
    with own.store.engine.connect() as connection:
        ids = resolutions.listing(connection)["resolution_id"].tolist()
    for number in ids:
        acts.withdraw(own, int(number), AT)
    assert "nothing has been written down" in agreed(Reader(own.store)).sentence


def test_what_needs_no_decision_any_more_is_settled_and_takes_no_new_line(own):
    resolutions.agree(
        own.store.engine, domain="kpi", subject="answer_rate_of_old", said="It was low.", agreed="Call back", owner="Team",
        due=None, as_of=own.as_of, author="Kim", recorded_at=AT)  # fmt: skip
    own.store.changed()
    assert became(agreed(Reader(own.store))) == [t("meeting.became_settled", "en")]
    with pytest.raises(acts.Gone):
        acts.agree(
            own, "kpi", "answer_rate_of_old", agreed="a", owner="b", due=None, author="c", lang="en", at=AT
        )


@pytest.mark.parametrize("blank", ["agreed", "owner", "author"])
def test_nothing_is_noted_without_word_owner_and_name(own, blank):
    with pytest.raises(acts.Blank):
        note(own, SimpleNamespace(domain="kpi", key="answer_rate"), **{blank: "  "})


def test_what_an_analyst_notes_is_said_in_published_figures(own):
    raw = Reader(own.store, Rights("analyst"))
    one = decisions.needed(raw, "en")[0]
    note(raw, one)
    with own.store.engine.connect() as connection:
        said = resolutions.listing(connection)["said"].tolist()
    published = {d.key: d.item.text for d in decisions.needed(Reader(own.store), "en")}
    assert said == [published[one.key]]


# ── The digest ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_digest_says_what_the_pages_say_in_every_form(read, lang):
    found = digest.digest(read, lang, role="manager", since=date(2026, 8, 15), at="https://ieum.example")
    changed = registry.answer("meeting.changes", read, lang, {"since": "202607"})
    assert found.parts[0].sentence == changed.sentence and "since=202607" in found.parts[0].link
    said = {item.text for block in changed.every() if isinstance(block, Callout) for item in block.items}
    assert {point.text for point in found.parts[0].points} <= said
    plain, mail, kept = digest.text(found), digest.html(found), json.loads(digest.as_json(found))
    for part in found.parts:
        assert part.sentence in plain and escape(part.sentence) in mail
        for point in part.points:
            assert point.text in plain and escape(point.text) in mail
    assert [p["sentence"] for p in kept["parts"]] == [p.sentence for p in found.parts]
    assert "<script" not in mail and "src=" not in mail  # nothing runs, nothing is fetched


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [str(value) for name, value in attrs if name == "href"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_mail_program_reads_every_word_and_number_of_the_digest_in_both_of_its_parts(read, lang):
    """Sent as mail is sent, read as a mail program reads: text beside HTML, through the encodings of RFC 2045 and 2047."""
    found = digest.digest(read, lang, role="manager", since=date(2026, 8, 15), at="https://ieum.example")
    made = EmailMessage()
    made["Subject"] = found.title
    made.set_content(digest.text(found), cte="base64")
    made.add_alternative(digest.html(found), subtype="html", cte="quoted-printable")
    sent = made.as_bytes(policy=policy.SMTP)
    assert sent.isascii()
    got = message_from_bytes(sent, policy=policy.default)
    assert got["Subject"] == found.title
    plain = got.get_body(("plain",)).get_content()
    page = _Shown()
    page.feed(got.get_body(("html",)).get_content())
    shown = " ".join(" ".join(page.said).split())
    told = [x for part in found.parts for x in (part.title, part.sentence, part.sure)]
    told += [x for part in found.parts for point in part.points for x in (point.kind, point.text, point.who)]
    for words in filter(None, told):
        assert words in plain and " ".join(words.split()) in shown
    # Nothing is said in one that the other does not say: a list's numbers are drawn by the program itself.
    count = re.compile(r"(?<![\w/=.])\d[\d.,]*%?")
    listed = re.sub(r"^\d{1,2}\. ", "", plain, flags=re.MULTILINE)
    listed = re.sub(r"https://\S+", "", listed)
    assert sorted(count.findall(listed)) == sorted(
        count.findall(shown.replace(found.title, "", 1))
    )  # once as the tab's
    assert all(link.startswith("https://ieum.example/") for link in page.links) and page.links


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2026, 11, 5)])
def test_a_day_out_of_reach_is_refused_with_the_first_that_is_not(read, day):
    with pytest.raises(digest.OutOfReach) as refused:
        digest.digest(read, "en", role="council", since=day, at="")
    assert refused.value.first == date(2024, 10, 31)


# ── As published, as known ────────────────────────────────────────────────────────────────────────────


def test_before_a_release_there_is_nothing_to_compare(own):
    found = registry.answer("meeting.published", own, "en")
    assert found.sentence == t("meeting.published_none", "en") and not found.tables()


def test_a_figure_that_was_corrected_since_a_release_says_so_and_no_other_does(own):
    releases.make(own.store.engine, at=AT)
    own.store.changed()
    before = registry.answer("meeting.published", Reader(own.store), "en")
    assert "stand as they were published" in before.sentence
    month = next(
        one.month for one in published.compared(Reader(own.store), 1) if one.metric.metric_id == "answer_rate"
    )
    with own.store.engine.begin() as connection:  # a third of the month's answered contacts were none
        connection.execute(
            text("UPDATE hotline_monthly SET answered = answered * 2 / 3 WHERE month_key = :month"),
            {"month": month},
        )
    SHELF.forget(own.store.url)
    after = registry.answer("meeting.published", Reader(own.store), "en")
    (table,) = [b for b in after.tables() if b.name == "published"]
    why = {str(row[0]): str(row[4]) for row in table.rows}
    name = metric_registry.get("answer_rate").name("en")
    assert why[name] == t("meeting.why_corrected", "en")
    assert why[metric_registry.get("recovery_rate").name("en")] == t("meeting.why_same", "en")
    assert "corrected since" in after.sentence
    # Nothing stands here that the tables of measures of the two do not say.
    then = Reader(Store.of(cities.of_release(own.store.url, 1)))
    said = [written.as_json(registry.answer("kpi", read, "en")) for read in (then, Reader(own.store))]
    known = wire._numbers(" ".join(said))
    shown = {n for row in table.rows for cell in row[2:4] for n in wire._numbers(str(cell))}
    assert shown and shown <= known


def test_a_digest_holds_no_figure_that_its_answers_do_not(read, monkeypatch):
    monkeypatch.setattr(changes, "BACK", 1)
    monkeypatch.setattr(digest, "ROLES", {"manager": digest.ROLES["manager"]})  # all of them by the command
    made, more = wire.digests(read)
    assert made == 1 and not more
