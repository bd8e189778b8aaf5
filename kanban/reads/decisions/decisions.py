"""The decision log as pages and the API read it: who decided what, when, on what basis, and what replaced it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy import orm

from kanban import markup, plain
from kanban.markup import Refs
from kanban.models import Decision, Item, Product, Stakeholder, StatusUpdate, User

SHOWN_AT_MOST = 100
_SHORT, _WORDS_SHOWN = 400, 200
_older, _newer = orm.aliased(Decision), orm.aliased(Decision)


@dataclass(frozen=True)
class DecisionLine:
    """One decision.

    `by` is the member who decided or wrote it down, `person` the stakeholder who decided through a link, `who` the
    words for anybody else. `question` (an id) and `update` (a number) say what it came from.
    """

    id: int
    number: int
    body: str
    context: str
    who: str
    by: str | None
    by_email: str | None
    person: str | None
    decided_on: dt.date
    at: dt.datetime
    ref: str | None
    title: str | None
    question: int | None
    update: int | None
    line: int | None
    supersedes: int | None
    superseded_by: int | None
    refs: Refs

    @property
    def text(self) -> Markup:
        """What was decided, as HTML."""
        return markup.to_html(self.body, refs=self.refs)

    @property
    def reason(self) -> Markup:
        """The context, as HTML."""
        return markup.to_html(self.context, refs=self.refs)

    @property
    def reason_begins(self) -> str:
        """The first words of a context that is too long to be read in passing, else ""."""
        return plain.first_words(self.context, _WORDS_SHOWN) if len(self.context) > _SHORT else ""

    @property
    def decided_by(self) -> str:
        """The name of whoever decided, as far as it is known."""
        return self.who or self.person or self.by or ""

    @property
    def written_by(self) -> str:
        """Who wrote down what somebody else decided; "" if nobody did."""
        return self.by or "" if self.who else ""


def list_decisions(
    session: orm.Session, product: Product, *which: sa.ColumnElement[bool], start: int = 0, most: int | None = None
) -> list[DecisionLine]:
    """The product's decisions, the newest first, from the one at `start` on; one query."""
    query = _query(product).where(*which).order_by(Decision.number.desc())
    return [_line(product, row) for row in session.execute(query.offset(start or None).limit(most))]


@dataclass(frozen=True)
class DecisionPage:
    """One page of the `n_found` decisions that match, beginning with the one at `start`; all of them if `is_whole`."""

    rows: list[DecisionLine]
    start: int
    n_found: int
    is_whole: bool

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the decisions on the page."""
        return frozenset(row.number for row in self.rows)


def search_decisions(
    session: orm.Session, product: Product, words: str, *, start: int = 0, at: int | None = None, whole: bool = False
) -> DecisionPage:
    """The decisions with all these words, a hundred per page.

    Returns the page from `start` on, the page with the decision numbered `at`, or all of them if `whole`. One query if
    all fit on the first page.
    """
    which = found_by(words)
    if whole:
        rows = list_decisions(session, product, *which)
        return DecisionPage(rows, 0, len(rows), whole)
    if at is not None:
        start = _count(session, product, *which, Decision.number > at) // SHOWN_AT_MOST * SHOWN_AT_MOST
    rows = list_decisions(session, product, *which, start=start, most=SHOWN_AT_MOST)
    if not start and len(rows) < SHOWN_AT_MOST:
        return DecisionPage(rows, 0, len(rows), whole)
    n_found = _count(session, product, *which)
    if n_found <= start:
        return search_decisions(session, product, words)
    return DecisionPage(rows, start, n_found, whole)


def _count(session: orm.Session, product: Product, *which: sa.ColumnElement[bool]) -> int:
    query = _query(product).where(*which).with_only_columns(sa.func.count(), maintain_column_froms=True)
    return int(session.scalars(query).one())


def found_by(words: str) -> list[sa.ColumnElement[bool]]:
    """Conditions that each word occurs in the decision, its context, its item's title, or the name of who decided."""
    places = (Decision.body, Decision.context, Decision.who, User.name, Stakeholder.name, Item.title)
    return [
        sa.or_(*(sa.func.lower(place).contains(word.lower(), autoescape=True) for place in places))
        for word in words.split()[:8]
    ]


def of_item(session: orm.Session, product: Product, item: Item) -> tuple[DecisionLine, ...]:
    """What was decided about one item, the newest first."""
    return tuple(list_decisions(session, product, Decision.item_id == item.id))


def decision_in(session: orm.Session, product: Product, number: int) -> tuple[Decision, bool] | None:
    """The decision with this number, and whether another one has replaced it."""
    row = session.execute(
        sa.select(Decision, sa.exists().where(_newer.supersedes_id == Decision.id)).where(
            Decision.product_id == product.id, Decision.number == number
        )
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _query(product: Product) -> Any:
    return (
        sa.select(
            Decision,
            User.name.label("by"),
            User.email.label("by_email"),
            Stakeholder.name.label("person"),
            Item.number.label("item_number"),
            Item.title,
            StatusUpdate.number.label("update"),
            _older.number.label("supersedes"),
            _newer.number.label("superseded_by"),
        )
        .outerjoin(User, User.id == Decision.decided_by_id)
        .outerjoin(Stakeholder, Stakeholder.id == Decision.stakeholder_id)
        .outerjoin(Item, Item.id == Decision.item_id)
        .outerjoin(StatusUpdate, StatusUpdate.id == Decision.update_id)
        .outerjoin(_older, _older.id == Decision.supersedes_id)
        .outerjoin(_newer, _newer.supersedes_id == Decision.id)
        .where(Decision.product_id == product.id)
    )


def _line(product: Product, row: Any) -> DecisionLine:
    decision: Decision = row.Decision
    return DecisionLine(
        id=decision.id,
        number=decision.number,
        body=decision.body,
        context=decision.context,
        who=decision.who,
        by=row.by,
        by_email=row.by_email,
        person=row.person,
        decided_on=decision.decided_on,
        at=decision.at,
        ref=f"{product.key}-{row.item_number}" if row.item_number else None,
        title=row.title,
        question=decision.question_id,
        update=row.update,
        line=decision.line,
        supersedes=row.supersedes,
        superseded_by=row.superseded_by,
        refs=product.refs,
    )
