"""The number of statements for a page does not grow with what is on it."""

import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import clock
from kanban.addresses import Reach
from kanban.extensions import db
from kanban.models import (
    Cause,
    Column,
    Commitment,
    DeliveryState,
    Hears,
    Item,
    Milestone,
    Product,
    Question,
    Stakeholder,
    StatusUpdate,
    User,
    Webhook,
    WebhookMessage,
)
from kanban.policy import Role
from kanban.reads import locked, webhooks
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.items import labels
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.milestones import find_milestone, items_named
from kanban.reads.promises.promises import promise_numbered
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import read_beginning
from kanban.transactions import begin_write
from tests.applications import make_app
from tests.counting import counting, stepping
from tests.guards.furnishing import working_day
from tests.guards.workspace import Browser, address, command, find, give_keys

FEW, MANY = 10, 150


#: The most statements for any page, so that the number does not creep up either.
BUDGET = 30

PAGES = {
    "the board": "/products/FE/board",
    "the board, narrowed": "/products/FE/board?q=item&person=1&label=one&type=feature&blocked=1&question=1&age=old",
    "what changed on the board": "/products/FE/board/changes?since=0",
    "the next cards of a column": "/products/FE/columns/2/cards?after=FE-2",
    "the backlog": "/products/FE/backlog",
    "an item with parts, comments and questions": "/items/FE-1",
    "the way to move an item": "/items/FE-1/move",
    "the questions": "/questions",
    "the inbox": "/inbox",
    "my work": "/my/work",
    "the portfolio": "/portfolio",
    "the questions one asked": "/questions?tab=asked",
    "the promises": "/products/FE/promises",
    "the calendar": "/products/FE/settings/calendar",
    "an item that is promised": "/items/FE-2",
    "the decisions": "/products/FE/decisions",
    "the form of a decision that was asked for": "/products/FE/decisions/new?update=1&line=0",
    "the updates": "/products/FE/updates",
    "an update with its readers": "/products/FE/updates/1",
    "an update as mail": "/products/FE/updates/1/preview",
    "a draft": "/products/FE/updates/2",
    "the last look before publishing": "/products/FE/updates/2/publish",
    "the last look before scheduling": "/products/FE/updates/2/schedule",
    "the stakeholders": "/products/FE/stakeholders",
    "insights": "/products/FE/insights",
    "the settings": "/products/FE/settings",
    "the columns": "/products/FE/settings/columns",
    "the labels": "/products/FE/settings/labels",
    "the members": "/products/FE/settings/members",
    "the webhooks": "/products/FE/settings/webhooks",
    "a webhook with its last messages": "/products/FE/settings/webhooks/1",
    "the people": "/people",
    "the search": "/search?q=item",
    "the search for what nobody has": "/search?q=zebra",
    "what the command bar finds": "/search/choices?q=item",
    "what the command bar does not find": "/search/choices?q=zebra",
    "what the log tells a stream": "/live?products=FE&since=FE:{recent}",
}
#: Counting a column takes SQLite three steps per card; looking at each card would take more.
STEPS_A_CARD = 4
FRAGMENTS = ("/products/FE/backlog", "/products/FE/promises", "/items/FE-1", "/questions")


@pytest.fixture(scope="module")
def crowds(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, int]]:
    """Statements by page, for an installation with few and for one with many of everything.

    Both are counted on the same day, since what is kept in memory about a product is kept for one day.
    """
    with clock.at(clock.now()):
        return {
            count: measured(sqlite_template, tmp_path_factory.mktemp(f"crowd{count}"), count) for count in (FEW, MANY)
        }


@pytest.mark.parametrize("page", [*PAGES, *(f"fragment {path}" for path in FRAGMENTS)])
def test_asks_as_often_of_many_as_of_few(crowds: dict[int, dict[str, int]], page: str) -> None:
    assert crowds[MANY][page] == crowds[FEW][page]


@pytest.mark.parametrize("page", PAGES)
def test_stays_within_its_budget(crowds: dict[int, dict[str, int]], page: str) -> None:
    assert 0 < crowds[MANY][page] <= BUDGET


@pytest.mark.parametrize(
    ("page", "most"),
    [
        ("the search", 12),
        ("the search for what nobody has", 8),
        ("what the command bar finds", 4),
        ("what the command bar does not find", 6),
    ],
)
def test_the_search_asks_little(crowds: dict[int, dict[str, int]], page: str, most: int) -> None:
    """For frequent words only the index is queried; for rare ones, titles are searched as well."""
    assert crowds[MANY][page] <= most, crowds[MANY][page]


def test_a_move_looks_through_no_more_cards_than_it_counts(crowds: dict[int, dict[str, int]]) -> None:
    asked = [name for name in crowds[MANY] if name.startswith("SELECT") and name in crowds[FEW]]
    grown = {name: (crowds[MANY][name] - crowds[FEW][name]) / (MANY - FEW) for name in asked}
    assert len(grown) > 8
    assert [name for name, steps in grown.items() if steps > STEPS_A_CARD] == []


def measured(template: Path, folder: Path, count: int) -> dict[str, int]:
    path = shutil.copy(template, folder / "kanban.sqlite3")
    for app in make_app(f"sqlite:///{path}", folder):
        fill(app, count)
        browser = Browser(app, "ann")
        with app.app_context():
            recent = db.session.scalars(sa.select(Product.version)).one() - 9
        found = {page: statements(app, browser, path.format(recent=recent)) for page, path in PAGES.items()}
        for fragment in FRAGMENTS:
            found[f"fragment {fragment}"] = statements(app, browser, fragment, **{"HX-Request": "true"})
        return {**found, **steps_of_a_move(app, browser)}
    raise AssertionError("no application")


def statements(app: Flask, browser: Browser, path: str, **headers: str) -> int:
    """How many statements the page takes the second time, when what is kept in memory is warm."""
    counts = []
    for _ in range(2):
        with counting() as seen, browser.get(path, **headers) as answer:
            assert answer.status_code == 200, path
            if not path.startswith("/live"):
                assert answer.get_data()
        counts.append(len(seen))
    return counts[1]


def steps_of_a_move(app: Flask, browser: Browser) -> dict[str, int]:
    """The steps that SQLite takes for each statement of a move from one column of work into another."""
    with app.app_context():
        target = db.session.scalars(sa.select(Column.id).where(Column.name == "Review")).one()
    with stepping() as steps:
        form = {"column": target, "place": "before:FE-4", "command": uuid.uuid4().hex}
        answer = browser.call("POST", "/items/FE-3/move", form, {"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return dict(steps)


def fill(app: Flask, count: int) -> None:
    """A product with `count` items in every state, half of them finished, and as many questions, comments and mails."""
    with app.app_context():
        session = begin_write()
        users = {name: User(email=address(name), name=name.title(), is_admin=name == "ann") for name in ("ann", "dev")}
        users |= {f"p{n}": User(email=address(f"p{n}"), name=f"Person {n}") for n in range(count // 5)}
        session.add_all(users.values())
        product = Product.open(key="FE", name="Ferry", owner=users["ann"])
        session.add(product)
        session.flush()
        give_keys(session, "ann", users["ann"].id)
        for name, user in users.items():
            if name != "ann":
                with command(session, "FE", "ann") as (_, product, owner):
                    role = Role.DEVELOPER if name == "dev" else Role.VIEWER
                    locked.with_members(session, product).let_in(user, role, by=owner)
        for n in range(count):
            _add_item(session, n)
        _add_updates(session, count)
        _add_promises(session, count)
        _add_webhooks(session, count)
        session.commit()


def _add_item(session: sa.orm.Session, n: int) -> None:
    columns = ("Backlog", "Ready", "In progress", "Review", "Done")
    with command(session, "FE", "ann") as (_, product, owner):
        named = {column.name: column for column in product.standing}
        bottom = read_place(session, product, named["Backlog"], BOTTOM)
        labelled = labels.labels_named(session, product, ["one", f"label {n % 7}"])
        item = Item.create(product, f"Item {n}", bottom, by=owner, labels=labelled)
        item.add_criterion("It holds", by=owner)
        item.assign([owner.user], by=owner)
        session.flush()
        if n:
            item.make_part_of(find(session, product, "FE-1"), has_parts=False, by=owner)
        find(session, product, "FE-1").comment(f"Said {n}", by=owner)
        ref = item.ref
    with command(session, "FE", "ann") as (_, product, owner):
        item = find(session, product, ref)
        target = next(column for column in product.standing if column.name == columns[n % len(columns)])
        item.move_to(read_place(session, product, target, BOTTOM, item=item), by=owner)
        if target.name in ("Ready", "In progress"):
            item.block(f"Waiting {n}", by=owner)
    for about in (ref, "FE-1")[: 1 + n % 2]:  # fewer than 500 in all, since related rows are read for 500 at a time
        with command(session, "FE", "dev") as (_, product, asker):
            ann = session.scalars(sa.select(User).where(User.email == address("ann"))).one()
            Question.ask(find(session, product, about), f"Which {n}?", by=asker, addressee=ann)
    with command(session, "FE", "ann") as (_, product, owner):
        dev = session.scalars(sa.select(User).where(User.email == address("dev"))).one()
        Question.ask(find(session, product, ref), f"Why {n}?", by=owner, addressee=dev)


def _add_promises(session: sa.orm.Session, count: int) -> None:
    """Promise every fifth item and let it slip once; add milestones of both kinds."""
    readers = session.scalars(sa.select(Stakeholder).order_by(Stakeholder.id).limit(3)).all()
    for n in range(count // 5):
        with command(session, "FE", "ann") as (_, product, owner):
            session.add(Milestone.make(product, f"Milestone {n}", top=n if n % 2 else None, by=owner))
        with command(session, "FE", "ann") as (_, product, owner):
            milestone = find_milestone(session, product, 1)
            [item] = items_named(session, product, [f"FE-{n * 5 + 2}"])
            item.aim_for(milestone, is_reached=False, by=owner)
        with command(session, "FE", "ann") as (_, product, owner):
            calendar, subject = read_calendar(session, product), find(session, product, f"FE-{n * 5 + 2}")
            told: dict[str, Any] = {
                "statement": f"Promise {n}",
                "people": readers,
                "is_promised": False,
                "is_finished": False,
            }
            promise = Commitment.promise(product, subject, due_on=working_day(), calendar=calendar, by=owner, **told)
            session.add(promise)
        with command(session, "FE", "ann") as (_, product, owner):
            found = promise_numbered(session, product, n + 1)
            assert found is not None
            day, why = working_day() + timedelta(days=28), "It rains"
            found.change(day, cause=Cause.EXTERNAL, explanation=why, calendar=calendar, is_finished=False, by=owner)


def _add_webhooks(session: sa.orm.Session, count: int) -> None:
    """Add as many webhooks as a product may have, the first with messages about the last versions."""
    for n in range(min(count, 20)):
        with command(session, "FE", "ann") as (_, product, owner):
            reach, address = Reach.PUBLIC, "https://hooks.example/"
            hook = Webhook.add(product, name=f"{n}", address=address, hears=Hears, reach=reach, known=n, by=owner)
            hook.is_on = False  # so that no test of a page sends anything
            session.add(hook)
    first = webhooks.webhook_in(session, product, 1)
    assert first is not None
    told = [
        WebhookMessage(webhook_id=first.id, version=version, tries=1, at=clock.now(), took_ms=7, status=200, answer="")
        for version in range(product.version - count // 4, product.version)
    ]
    session.add_all(told)


def _add_updates(session: sa.orm.Session, count: int) -> None:
    with command(session, "FE", "ann") as (_, product, owner):
        people = [
            Stakeholder(product_id=product.id, name=f"Reader {n}", email=f"reader{n}@example.org") for n in range(count)
        ]
        session.add_all(people)
        product.record("stakeholder_added", by=owner, stakeholder=0, level="full")
        session.flush()
    for n in (1, 2, *range(3, count // 25 + 4)):
        with command(session, "FE", "ann") as (_, product, owner):
            update = StatusUpdate.draft(product, by=owner, **read_beginning(session, product).keywords)
            session.add(update)
            session.flush()
        if n != 2:
            with command(session, "FE", "ann") as (_, product, owner):
                found = updates.update_under_lock(session, product, n)
                assert found is not None
                found.headline = f"Update {n}"
                asks = [{"text": f"May we do {n}?", "note": "Reader 1"}]
                found.edit({"sections": [*found.sections, {"kind": "decisions", "lines": asks}]}, by=owner)
                found.publish(people, before=None, by=owner)
                for delivery in found.deliveries:
                    delivery.state = DeliveryState.KEPT
