"""One person's products side by side.

For each: the health that was reported and the one that the facts suggest, promises, silence, waiting questions, and
work in progress.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, policy
from kanban.flow.age import Age
from kanban.flow.track import Record
from kanban.models import (
    Block,
    Item,
    Member,
    Product,
    Question,
    QuestionState,
    Request,
    RequestState,
    StatusUpdate,
    UpdateQuestion,
    UpdateState,
    User,
    constant,
)
from kanban.policy import Action, Role
from kanban.reads.decisions.asked import count_unanswered
from kanban.reads.people.people import Person, person_named
from kanban.reads.portfolio.promise_health import Promised, read_promised
from kanban.reads.updates.handed import waits_for_owner
from kanban.reads.updates.silence import Silence, silence_of, waiting_since
from kanban.reads.updates.updates import FOR_EVERYBODY
from kanban.status.gettext import Gettext, plain
from kanban.status.health import Suggestion, reason_for, suggest
from kanban.status.promises import Slips

_WORST_FIRST = ("off_track", "at_risk", "unknown", "on_track")


@dataclass(frozen=True)
class Claim:
    """What the last update for everybody said, and on which day (in the product's zone)."""

    update: int
    headline: str
    health: str
    on: dt.date


@dataclass(frozen=True)
class Pending:
    """Unanswered questions: how many, since when the oldest waits, and how many of them hold up started work.

    `outside` is how many of them came from stakeholders.
    """

    count: int = 0
    since: dt.datetime | None = None
    blocking: int = 0
    outside: int = 0


@dataclass(frozen=True)
class Work:
    """Items in progress: how many, the age of the oldest, and how many of them are blocked."""

    count: int = 0
    oldest: Age | None = None
    blocked: int = 0


@dataclass(frozen=True)
class ProductStatus:
    """One product.

    `promises` counts the running ones by how they stand: late, off_track, at_risk, on_track, unknown. `reasons` are the
    sentences behind the suggested health, `slips` all delays so far, `record` how often its 85 % dates held. `draft` is
    the number of a draft that waits for the owner to publish it; `asked` is how many requested decisions are still
    unanswered. These two and `requests` are None for whoever may not see them.
    """

    key: str
    name: str
    owner: Person
    claim: Claim | None
    draft: int | None
    suggestion: Suggestion
    reasons: tuple[str, ...]
    promises: Mapping[str, int]
    slips: Slips
    record: Record | None
    silence: Silence | None
    pending: Pending
    work: Work
    requests: int | None
    asked: int | None

    @property
    def is_at_odds(self) -> bool:
        """Whether the last update told readers another health than the facts suggest now."""
        return self.claim is not None and self.suggestion.differs(self.claim.health)

    @property
    def is_silent(self) -> bool:
        """Whether no update has been published for too long."""
        return self.silence is not None and self.silence.is_long

    @property
    def worst(self) -> str:
        """The worse of the health that was reported and the one that the facts suggest."""
        claimed = self.claim.health if self.claim is not None else ""
        return min(self.suggestion.health, claimed, key=_place)

    @property
    def needs_a_look(self) -> bool:
        """Whether anything here asks for somebody's attention."""
        is_well = self.worst in ("on_track", "unknown")
        return not is_well or self.is_at_odds or self.is_silent or self.pending.blocking > 0 or self.draft is not None


@dataclass(frozen=True)
class Portfolio:
    """The page, with what needs a look first; `versions` by product key are where a live screen starts listening."""

    products: tuple[ProductStatus, ...]
    versions: Mapping[str, int]

    @property
    def n_to_look_at(self) -> int:
        """How many of the products need a look."""
        return sum(product.needs_a_look for product in self.products)


def load_portfolio(session: orm.Session, user: User, *, locale: str = "en", gettext: Gettext = plain) -> Portfolio:
    """One person's portfolio; nine queries, and some ten more for each product that changed since anybody looked."""
    rows = session.execute(_products_of(user)).all()
    products = [row.Product for row in rows]
    ids = [product.id for product in products]
    sees = {row.Product.id: row.role for row in rows}
    promised, claims, work = read_promised(session, products), _claims(session, products), _work(session, products)
    pending = _pending(session, ids, [each for each in ids if policy.allows(sees[each], Action.SEE_STAKEHOLDERS)])
    requests, asked = _requests(session, ids), count_unanswered(session, products)
    found = []
    for row in rows:
        product, today = row.Product, clock.today(row.Product.zone)
        suggestion = suggest(0, promised[product.id].stands)
        slips, record = promised[product.id].slips, promised[product.id].record
        found.append(
            ProductStatus(
                key=product.key,
                name=product.name,
                owner=person_named(row.owner_id, row.owner),
                claim=claims.get(product.id),
                draft=row.draft if policy.allows(row.role, Action.SEE_STAKEHOLDERS) else None,
                suggestion=suggestion,
                reasons=tuple(reason_for(each, today, locale=locale, gettext=gettext) for each in suggestion.stands),
                promises=_counted(promised[product.id]),
                slips=slips,
                record=record,
                silence=silence_of(row.told, row.waits, product.time_zone, product.cadence_days),
                pending=pending.get(product.id, Pending()),
                work=work.get(product.id, Work()),
                requests=requests.get(product.id, 0) if policy.allows(row.role, Action.SEE_REQUESTS) else None,
                asked=asked[product.id] if policy.allows(row.role, Action.SEE_STAKEHOLDERS) else None,
            )
        )
    found.sort(key=_urgency)
    return Portfolio(tuple(found), {product.key: product.version for product in products})


def _products_of(user: User) -> sa.Select[Any]:
    told, waits = waiting_since()
    handed = sa.select(sa.func.max(StatusUpdate.number)).where(StatusUpdate.product_id == Product.id, waits_for_owner())
    owning, owner = orm.aliased(Member), orm.aliased(User)
    return (
        sa.select(Product, Member.role, owner.id.label("owner_id"), owner.name.label("owner"))
        .add_columns(told.label("told"), waits.label("waits"), handed.scalar_subquery().label("draft"))
        .join(Member, Member.product_id == Product.id)
        .join(owning, sa.and_(owning.product_id == Product.id, owning.role == constant(Role.OWNER)))
        .join(owner, owner.id == owning.user_id)
        .where(Member.user_id == user.id, Product.archived_at.is_(None))
        .options(orm.selectinload(Product.columns))
        .order_by(Product.name, Product.key)
    )


def _urgency(product: ProductStatus) -> tuple[bool, int]:
    return not product.needs_a_look, _place(product.worst)


def _place(health: str) -> int:
    return _WORST_FIRST.index(health) if health in _WORST_FIRST else len(_WORST_FIRST)


def _counted(promised: Promised) -> dict[str, int]:
    counts = Counter("late" if stand.is_past else stand.health for stand in promised.stands)
    counts["unknown"] = promised.running - len(promised.stands)
    return dict(+counts)


def _claims(session: orm.Session, products: Sequence[Product]) -> dict[int, Claim]:
    newest = sa.func.row_number().over(
        partition_by=StatusUpdate.product_id,
        order_by=(StatusUpdate.published_at.desc(), StatusUpdate.number.desc()),
    )
    published = (
        sa.select(StatusUpdate.product_id, StatusUpdate.number, StatusUpdate.headline, StatusUpdate.health)
        .add_columns(StatusUpdate.published_at, newest.label("place"))
        .where(StatusUpdate.product_id.in_([product.id for product in products]))
        .where(StatusUpdate.state == UpdateState.PUBLISHED, FOR_EVERYBODY)
        .subquery()
    )
    rows = session.execute(sa.select(published).where(published.c.place == 1))
    zones = {product.id: product.zone for product in products}
    return {
        row.product_id: Claim(
            row.number, row.headline, row.health.value, clock.day_of(row.published_at, zones[row.product_id])
        )
        for row in rows
    }


def _pending(session: orm.Session, ids: Collection[int], hearing: Collection[int]) -> dict[int, Pending]:
    """The questions of these products; what stakeholders asked about updates only for those in `hearing`."""
    holds_up = sa.exists().where(Block.question_id == Question.id, Block.until.is_(None))
    inside = session.execute(
        sa.select(Question.product_id, sa.func.count().label("n"), sa.func.min(Question.turned_at).label("since"))
        .add_columns(sa.func.count().filter(holds_up).label("blocking"))
        .join(Item, Item.id == Question.item_id)
        .where(Question.product_id.in_(ids), Question.state == QuestionState.OPEN, Item.discarded_at.is_(None))
        .group_by(Question.product_id)
    )
    found = {row.product_id: Pending(row.n, row.since, row.blocking) for row in inside}
    outside = session.execute(
        sa.select(UpdateQuestion.product_id, sa.func.count(), sa.func.min(UpdateQuestion.asked_at))
        .where(UpdateQuestion.product_id.in_(hearing), UpdateQuestion.answered_at.is_(None))
        .group_by(UpdateQuestion.product_id)
    )
    for product_id, count, since in outside:
        own = found.get(product_id, Pending())
        earliest = min(filter(None, (own.since, since)))
        found[product_id] = Pending(own.count + count, earliest, own.blocking, outside=count)
    return found


def _work(session: orm.Session, products: Sequence[Product]) -> dict[int, Work]:
    is_blocked = sa.exists().where(Block.item_id == Item.id, Block.until.is_(None))
    rows = session.execute(
        sa.select(Item.product_id, sa.func.count().label("n"), sa.func.min(Item.started_at).label("first"))
        .add_columns(sa.func.count().filter(is_blocked).label("blocked"))
        .add_columns(sa.func.count().filter(~Item.is_start_known).label("unknown"))
        .where(Item.product_id.in_([product.id for product in products]), Item.rank.is_not(None))
        .where(Item.started_at.is_not(None), Item.finished_at.is_(None))
        .group_by(Item.product_id)
    )
    zones = {product.id: product.zone for product in products}
    return {row.product_id: Work(row.n, _oldest(row, zones[row.product_id]), row.blocked) for row in rows}


def _oldest(row: sa.Row[Any], zone: ZoneInfo) -> Age:
    return Age.since(clock.day_of(row.first, zone), clock.today(zone), is_known=not row.unknown)


def _requests(session: orm.Session, ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(Request.product_id, sa.func.count())
        .where(Request.product_id.in_(ids), Request.state == RequestState.NEW)
        .group_by(Request.product_id)
    )
    return {product_id: count for product_id, count in rows}
