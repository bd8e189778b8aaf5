"""The demo workspace is what a newcomer sees first, so its story must hold together."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, demo
from kanban.models import (
    Column,
    Item,
    Model,
    Problem,
    Product,
    Question,
    QuestionState,
    Request,
    StatusUpdate,
    User,
)
from kanban.reads import roadmap
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.links import needs_in
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.questions.pace import read_pace


def test_the_demo_workspace_keeps_every_invariant(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    Model.metadata.create_all(engine)
    with orm.Session(engine, expire_on_commit=False) as session:
        roles = [role for role, _ in demo.fill(session)]
        session.commit()
        assert roles == ["owner", "delegate", "lead", "developer"]
        assert broken_invariants(session) == []
        waiting = session.scalars(sa.select(Question).where(Question.state == QuestionState.OPEN)).all()
        assert len(waiting) == 3
        assert sum(question.blocking for question in waiting) == 2
        ready = session.scalars(
            sa.select(Item.number)
            .join(Column, Column.id == Item.column_id)
            .join(Product, Product.id == Item.product_id)
            .where(Product.key == "FERRY", Column.stage == "ready", Item.rank.is_not(None))
            .order_by(Item.rank)
        ).all()
        assert ready == [58, 61, 44, 70]
        ferry = session.scalars(sa.select(Product).where(Product.key == "FERRY")).one()
        assert needs_in(session, ferry) == {47: [8], 66: [58], 70: [65]}
        finished = set(session.scalars(sa.select(Item.number).where(Item.finished_at.is_not(None))))
        assert 8 in finished and not {58, 65} & finished
        assert problems_of(session, ferry) == [True, False, False]
        assert supported_unseen(session, ferry) == []
        shown = roadmap.read_lines(session, ferry)
        assert len(shown) == 4 and roadmap.find_roadmap(session, ferry) is None, "ticked, but without a link"
        told = [update.snapshot or {} for update in updates_of(session, ferry) if update.audience is None]
        assert sum(bool(each["corrects"]) for each in told) == 1
        hour, ingrid = dt.timedelta(hours=1), session.scalars(sa.select(User).where(User.name == "Ingrid Lund")).one()
        pace = read_pace(session, ingrid)
        assert pace and hour <= pace.half.length <= pace.most.length <= 8 * hour, "asked and answered while people work"
        against = [each for each in told if each["health_computed"] not in (None, each["health"])]
        assert against and all(each["health_reason"] for each in against)
    engine.dispose()


def problems_of(session: orm.Session, product: Product) -> list[bool]:
    """For each problem of the register, whether it has ended."""
    problems = session.scalars(sa.select(Problem).where(Problem.product_id == product.id).order_by(Problem.number))
    return [problem.ending is not None for problem in problems]


def updates_of(session: orm.Session, product: Product) -> list[StatusUpdate]:
    """The product's updates in their order."""
    return list(session.scalars(sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id)))


def supported_unseen(session: orm.Session, product: Product) -> list[str]:
    """Requests that others support although their title is not public: supporters would read “Request 8”."""
    hidden = sa.select(Request.title).where(
        Request.product_id == product.id, Request.supporters.any(), Request.is_public.is_(False)
    )
    return list(session.scalars(hidden))


def test_its_story_is_the_same_late_in_the_evening_of_a_thursday() -> None:
    now = dt.datetime(2026, 12, 3, 22, 17, tzinfo=dt.UTC)
    engine = sa.create_engine("sqlite://")
    Model.metadata.create_all(engine)
    with orm.Session(engine, expire_on_commit=False) as session, clock.at(now):
        demo.fill(session)
        ferry = session.scalars(sa.select(Product).where(Product.key == "FERRY")).one()
        ahead = read_ahead(session, ferry, read_queue(session, ferry))
        assert {promise.ref: promise.health for promise in ahead.promises}["FERRY-44"] == "at_risk"
