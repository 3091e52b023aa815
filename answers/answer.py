"""What an answer is made of, in reading order. Text is plain text, colours are roles, addresses are codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Evidence = str  # demo, office, census, published, modelled
Tone = Literal["", "better", "worse", "steady"]


@dataclass(frozen=True)
class Lead:
    """The answer to a part of the question in one sentence, and how sure it is in a quieter one."""

    text: str
    sure: str = ""


@dataclass(frozen=True)
class Shot:
    """A picture of one of our own screens, by the name of its file in `ui/static/screens` (`python -m tools.screens … --manual`)."""

    name: str
    alt: str


@dataclass(frozen=True)
class Heading:
    """A section's heading; 1 is the page's own."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Note:
    """A quiet remark."""

    text: str


@dataclass(frozen=True)
class Prose:
    """Longer text of our own with Markdown's emphasis, lists and paragraphs."""

    text: str


@dataclass(frozen=True)
class Picked:
    """What the reader has picked: its figure, what stands behind it, how it compares; `pick` as an `Item` has it."""

    line: str
    extra: str = ""
    more: str = ""
    pick: str = ""
    pick_label: str = ""


@dataclass(frozen=True)
class Column:
    """A table's column.

    Attributes:
        label: its header. number: figures stand to the right. unit: said once, here, where all cells share it; said: the unit
            where the page says it once above the table, for files, of cells that name none.
        better: 'higher' or 'lower' where the column has a direction of good.
        name: a code by which a face may set the column (latest, target, spark …).
    """

    label: str
    number: bool = False
    unit: str = ""
    better: str = ""
    name: str = ""
    said: str = ""


@dataclass(frozen=True)
class Line:
    """A further line of a cell: quiet, or a verdict where it has a tone; a `whole` one is not broken. `href` leads to a source."""

    text: str
    tone: Tone = ""
    whole: bool = False
    href: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell that is more than its text: `value` typed for files, a verdict's tone, a link, or a series as a spark line.

    Attributes:
        href: an address outside the product (a source). go: a question or page of ours with its choices.
        spark: the series of a small line; `text` then says it in words.
        mark: evidence shown as a badge behind the text. strong, quiet: how loud the text is. under: further lines; more: a
            second, quieter line. pick: what a click within the page opens, as the page's interactive piece reads it. kind:
            what a style sheet may know of the cell.
    """

    text: str
    value: Any = None
    tone: Tone = ""
    href: str = ""
    go: Go | None = None
    spark: tuple[float, ...] = ()
    mark: Evidence = ""
    strong: bool = False
    quiet: bool = False
    under: tuple[Line, ...] = ()
    more: str = ""
    pick: str = ""
    kind: str = ""

    def __str__(self) -> str:
        text = f"{self.text} ({self.more})" if self.more else self.text
        return " · ".join(part for part in (text, *(line.text for line in self.under)) if part)


@dataclass(frozen=True, eq=False)
class Table:
    """Rows under typed columns.

    Attributes:
        rows: one value or Cell per column; a row of a single one heads the group that follows.
        classes: a kind per row (total, sub, worse …) or empty. stacked: on a phone a row becomes a small list.
        look: 'kpi' where named columns are set as in the table of measures.
        name: of the file, without extension; '' where the table is no file of its own. caption: its accessible name.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    classes: Sequence[str] = ()
    stacked: bool = True
    footnotes: Sequence[str] = ()
    name: str = ""
    caption: str = ""
    look: Literal["", "kpi"] = ""


@dataclass(frozen=True, eq=False)
class Figure:
    """A chart as plotly's dictionary, with colour roles (`charts.theme`) in place of colours.

    Attributes:
        name: its key on a page, unique within the answer. alt: what it says, in a sentence.
        table: the frame that it draws; left out, it is read off the figure (`answers.twin`); see `shown`.
        picks: the choice that a click on a mark sets to the mark's code; '' where nothing can be clicked.
        shown: the table stands beside the figure as a block of its own, so that no second one is wanted.
        opens: a page that a click leads to.
    """

    name: str
    spec: Mapping[str, Any]
    alt: str
    table: Table | None = None
    picks: str = ""
    shown: bool = False
    opens: str = ""


@dataclass(frozen=True)
class Card:
    """One figure of a row of cards; `go` leads to its page."""

    title: str
    figure: str
    say: str
    detail: str = ""
    state: str = ""
    tone: str = ""
    age: str = ""
    spark: tuple[float, ...] = ()
    spark_alt: str = ""
    go: Go | None = None


@dataclass(frozen=True)
class Cards:
    """Cards in a row that folds on a phone."""

    cards: Sequence[Card]


@dataclass(frozen=True)
class Item:
    """One line of a callout: what, with its kind in word and shape, its owner, and where it leads."""

    text: str
    kind: str = ""  # 'over' and the like, as said
    tone: Tone = ""
    meta: str = ""
    go: Go | None = None
    pick: str = ""  # what a click within the page opens, as the page's interactive piece reads it
    pick_label: str = ""


@dataclass(frozen=True)
class Callout:
    """What needs a decision, or that nothing does, with the rule by which that is said."""

    items: Sequence[Item]
    rule: str = ""
    quiet: str = ""  # said where there is no item
    shown: int = 0  # items before the rest folds; 0 shows all
    more: str = ""  # label of the fold
    title: str = ""
    plain: bool = False  # remarks in no order, nothing to decide
    ways: Sequence[Go] = ()  # to the pages that the items are of


@dataclass(frozen=True)
class Banner:
    """A warning, an error or good news across the answer."""

    text: str
    kind: Literal["info", "warning", "error", "success"] = "info"


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a colour role (or none) and its words."""

    colour: str
    text: str


@dataclass(frozen=True)
class Legend:
    """What colours mean."""

    keys: Sequence[Key]


@dataclass(frozen=True)
class Source:
    """Where what stands above comes from: evidence marks, then text."""

    evidence: Sequence[Evidence]
    text: str


@dataclass(frozen=True)
class How:
    """'How is this computed?': paragraphs, then facts as (name, text); `label` where several stand together."""

    paragraphs: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    label: str = ""
    note: str = ""


@dataclass(frozen=True, eq=False)
class Download:
    """The file of a table, made when asked for.

    Attributes:
        table: its rows; None where `make` gives them, since they are too many to be part of the answer.
        head: lines above the table: title, unit, evidence. kind: csv or xlsx; figures are real numbers in the latter.
    """

    name: str
    table: Table | None
    label: str = ""
    kind: Literal["csv", "xlsx"] = "csv"
    head: Sequence[str] = ()
    make: Callable[[], Table] | None = None

    def rows(self) -> Table:
        """The table of the file."""
        found = self.make() if self.make else self.table
        assert found is not None
        return found


@dataclass(frozen=True)
class Go:
    """A way to another page or question of ours, with its choices as codes; `city` where it leads to the other one."""

    page: str
    label: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    city: str = ""


@dataclass(frozen=True)
class Control:
    """Where an inline choice of the question stands."""

    name: str


@dataclass(frozen=True, eq=False)
class Piece:
    """An interactive piece that only a screen has (a ledger to drill, levers), by name, with what it draws.

    `blocks` say the same for faces on which nothing can be clicked; `Later` where they take long.
    """

    name: str
    data: Any = None
    blocks: Sequence[Any] = ()


@dataclass(frozen=True, eq=False)
class Bar:
    """A bar in parts: (label, share of the whole in percent, colour role, text).

    Attributes:
        head: cells that stand above it. keyed: its parts with their texts stand beneath it as a legend.
    """

    parts: Sequence[tuple[str, float, str, str]]
    alt: str
    head: Sequence[Cell] = ()
    keyed: bool = False


@dataclass(frozen=True)
class Check:
    """One line of a list: a name and what is said of it, or a text with the verdict on it."""

    text: str
    name: str = ""
    verdict: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Checks:
    """A short list of what was checked or worked out; `label` is its accessible name."""

    checks: Sequence[Check]
    label: str = ""
    wide: bool = False


@dataclass(frozen=True, eq=False)
class Beside:
    """Blocks side by side on a wide page, one under the other on a narrow one."""

    columns: Sequence[Sequence[Any]]
    widths: Sequence[float] = ()
    gap: Literal["small", "medium", "large"] = "large"


@dataclass(frozen=True, eq=False)
class Fold:
    """Blocks behind a label."""

    label: str
    blocks: Sequence[Any]
    open: bool = False


class Later(Sequence[Any]):
    """Blocks that are made when somebody first reads them, for a face that shows something of its own in their place."""

    def __init__(self, make: Callable[[], Sequence[Any]]) -> None:
        self._make = make
        self._made: Sequence[Any] | None = None

    @property
    def blocks(self) -> Sequence[Any]:
        """The blocks."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, place: Any) -> Any:
        return self.blocks[place]

    def __len__(self) -> int:
        return len(self.blocks)


Block = (
    Lead
    | Heading
    | Note
    | Prose
    | Shot
    | Picked
    | Table
    | Figure
    | Cards
    | Callout
    | Banner
    | Legend
    | Source
    | How
    | Download
    | Go
    | Control
    | Piece
    | Bar
    | Checks
    | Beside
    | Fold
)


@dataclass(frozen=True, eq=False)
class Answer:
    """One answer.

    Attributes:
        question, choices, lang: what was asked. title: the head of the page or sheet.
        sentence, sure: the answer in one sentence, and how sure it is.
        blocks: the rest, in reading order.
        city: whose figures these are: the demonstration's (made) or the office's (recorded).
        period, geography: what it covers, in words. actions: questions and pages that it leads to.
        as_of, data_version: the day and the state of the data that it speaks for; late: the studies that it rests on and
            that are older than the data, by name; awaited: those that have no result yet; failed: those that could not be worked out of
            the present data; judged: rules by which words were made of true sums.
        caveats: what the records leave out: whose they are where they are a part of the city's, months that nobody has closed.
        release, released: the number of the release that these figures are of and its day (Seoul's); 0 and '' of live ones.
        pending: there is no answer yet, since a study that all of it rests on is being made for the first time.
    """

    title: str
    sentence: str = ""
    sure: str = ""
    blocks: Sequence[Block] = ()
    city: str = ""
    period: str = ""
    geography: str = ""
    actions: Sequence[Go] = ()
    question: str = ""
    lang: str = "ko"
    choices: tuple[tuple[str, str], ...] = ()
    as_of: str = ""
    data_version: int = 0
    late: Sequence[str] = ()
    awaited: Sequence[str] = ()
    failed: Sequence[str] = ()
    judged: Sequence[str] = ()
    caveats: Sequence[str] = ()
    release: int = 0
    released: str = ""
    pending: bool = False

    def every(self) -> Iterator[Block]:
        """All blocks, those within others included, in reading order."""
        yield from _walk(self.blocks)

    def figures(self) -> list[Figure]:
        """The charts, in reading order."""
        return [b for b in self.every() if isinstance(b, Figure)]

    def tables(self) -> list[Table]:
        """The tables, in reading order; a chart's own follow it where they stand nowhere else."""
        return [table for _, table in self.tabled()]

    def tabled(self, *, made: bool = False) -> list[tuple[Block, Table]]:
        """The tables with the blocks that they belong to: themselves, the chart that they stand behind, or a file.

        Args:
            made: stop before blocks that are only made for those who read them.
        """
        from answers.twin import table_of

        found: list[tuple[Block, Table]] = []
        for block in self.every():
            table: Table | None = None
            if made and isinstance(block, Piece) and isinstance(block.blocks, Later):
                break
            if isinstance(block, Table):
                table = block
            elif isinstance(block, Figure) and not block.shown:
                table = table_of(block, self.lang)
            elif isinstance(block, Download) and all(block.table is not known for _, known in found):
                table = block.table
            if table is not None:
                found.append((block, table))
        return found

    @property
    def evidence(self) -> tuple[str, ...]:
        """What its source lines name, in reading order, each once."""
        named = [e for b in self.every() if isinstance(b, Source) for e in b.evidence]
        return tuple(dict.fromkeys(named))


def _walk(blocks: Sequence[Any]) -> Iterator[Any]:
    for block in blocks:
        yield block
        if isinstance(block, Beside):
            for column in block.columns:
                yield from _walk(column)
        elif isinstance(block, (Fold, Piece)):
            yield from _walk(block.blocks)
