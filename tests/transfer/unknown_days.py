"""Lists that leave days open, a product that they come into, and every figure that depends on such days."""

import datetime as dt
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.metrics import service_level, throughput
from kanban.models import Commitment, Item, Milestone, Product, Request
from kanban.reads import locked
from kanban.reads.backlog.backlog import pace
from kanban.reads.board import ageing
from kanban.reads.board.ageing import read_age_marks
from kanban.reads.insights import forecast, snapshots
from kanban.reads.insights.charts import draw_charts
from kanban.reads.insights.forecast import first_recorded, read_forecast
from kanban.reads.insights.insights import read_histories, read_insights
from kanban.reads.items.item import load_item
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.milestones import find_milestone, items_named, list_milestones
from kanban.reads.promises.outlook import read_ahead, read_hypothetical_outlook, read_queue
from kanban.reads.promises.promises import list_promises
from kanban.reads.questions.cost import NEAREST_PROMISE
from kanban.reads.updates.facts import read_facts
from kanban.transfer.importing import ImportResult, import_items
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import StagedItem, read_items
from tests.builders import World

NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
HEADER = "Key,Title,Status,Created,Started,Finished"


def staged(text: str) -> tuple[StagedItem, ...]:
    table = read_table(text)
    found = read_items(table, suggest_mapping(table, ()), "UTC", own_columns={})
    assert found.problems == ()
    return tuple(found.items)


def bring(world: World, *lines: str) -> ImportResult:
    with world.changing("olga") as (session, product, member):
        return import_items(session, product, staged("\n".join([HEADER, *lines])), by=member, source="csv")


def a_product_at_work(world: World) -> None:
    """Half a year of work whose days are known, the last of it yesterday, and some to do; the next three are promised,
    and so is all of a set that is done but for one."""
    days = [NOW.date() - dt.timedelta(days=n) for n in range(1, 180, 2)]
    bring(
        world,
        *(f"D{n},Done,Done,{on - dt.timedelta(9)},{on - dt.timedelta(n % 5)},{on}" for n, on in enumerate(days)),
        "P1,Going on,In progress,2025-12-01,2025-12-20,",
        *(f"Q{n},Waits,Ready,2025-12-01,," for n in range(5)),
    )
    world.ask("FE-91", "Which colour?", blocking=True)
    with world.changing() as (session, product, member):
        session.add(Milestone.make(product, "The next three", top=3, by=member))
        session.add(Milestone.make(product, "A set", by=member))
    with world.changing() as (session, product, member):
        for item in items_named(session, product, "FE-1 FE-93"):
            item.aim_for(find_milestone(session, product, 2), is_reached=False, by=member)
    promise(world, 1)
    promise(world, 2)


def promise(world: World, about: int | str | Request) -> None:
    with world.changing() as (session, product, member):
        subject: Any = find_milestone(session, product, about) if isinstance(about, int) else None
        subject = session.get(Request, about.id) if isinstance(about, Request) else subject
        commitment = Commitment.promise(
            product,
            subject or items_named(session, product, [str(about)])[0],
            due_on=dt.date(2026, 2, 2),
            statement="",
            people=[],
            calendar=read_calendar(session, product),
            is_promised=False,
            is_finished=False,
            by=member,
        )
        session.add(commitment)


def whole(session: orm.Session) -> Product:
    return session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()


def figures(world: World) -> dict[str, Any]:
    """Whatever depends on when work was started and finished, as every reader tells it anew. The cumulative flow tells
    what is where, so it counts such work from the day on which it came in."""
    for kept in (ageing, forecast):
        kept._kept.clear()
    with world.reading() as session:
        product = whole(session)
        owner = locked.membership(session, product.id, world.ids["olga"])
        assert owner is not None
        ahead_of_all = read_forecast(session, product, positions=20)
        ahead = read_ahead(session, product, read_queue(session, product))
        insights, now = read_insights(session, product), read_histories(session, product)
        next_three = find_milestone(session, product, 1)
        assert next_three is not None
        page = load_item(session, product, world._item(session, product, "FE-91"), owner)
        return {
            "forecast": (
                ahead_of_all.sample,
                ahead_of_all.cycle_times,
                ahead_of_all.when(3),
                ahead_of_all.of_queue(5, 1),
            ),
            "outlook": ahead.promises,
            "foretold": read_hypothetical_outlook(session, product, next_three, dt.date(2026, 2, 2)).outlook,
            "milestones": list_milestones(session, product),
            "promises": list_promises(session, product, owner),
            "facts": read_facts(session, product),
            "facts of all": read_facts(session, product, now),
            "insights": replace(insights, n_items=0, columns={}, histories=()),
            "charts": replace(draw_charts(product, insights), flow=None),
            "sle": service_level(now),
            "throughput": throughput(now, clock.today(product.zone), first_recorded(session, product)),
            "pace": pace(session, product),
            "age marks": read_age_marks(session, product),
            "cost": session.execute(sa.select(Item.number, NEAREST_PROMISE).where(NEAREST_PROMISE.is_not(None))).all(),
            "learnt": written(snapshots.learn_drift(session, product)),
            "foretold today": written(snapshots.snapshot_forecasts(session, product)),
            "panel": (page.older_in_10, page.is_old),
        }


def written(statements: list[Any]) -> list[Any]:
    return [statement.compile().params for statement in statements]
