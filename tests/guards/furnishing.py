"""Furnishes the demo workspace for the guards: one of everything in its products, another product, more people."""

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy import orm

from kanban import clock, keys
from kanban.addresses import Reach
from kanban.attachments import Store
from kanban.mail import links
from kanban.models import (
    Attachment,
    Cause,
    Closure,
    Column,
    Commitment,
    Decision,
    Delivery,
    DeliveryState,
    Hears,
    Item,
    LinkKind,
    LinkPurpose,
    Member,
    Milestone,
    Newcomer,
    Problem,
    Product,
    Question,
    Request,
    RequestFile,
    Roadmap,
    SignInLink,
    Stage,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    User,
    Webhook,
    WebhookMessage,
)
from kanban.models.request_form import open_form
from kanban.models.roadmap import tick
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.backlog.scores import load_preview
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.items.attachments import read_attachment_space
from kanban.reads.items.labels import labels_named
from kanban.reads.promises.calendar import list_closures, read_calendar
from kanban.reads.requests import requests
from kanban.reads.roadmap import ids_of
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import read_beginning
from kanban.transactions import begin_write
from tests.guards.workspace import HERE, KEY, SECRET, THERE, address, command, find, give_keys


def make(app: Flask) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """Add to the demo workspace; returns what is known of each product, and the ids of people by name."""
    with app.app_context():
        session = begin_write()
        for name in ("vera", "adam", "otto", "dagny", "erik"):
            session.add(User(email=address(name), name=name.title(), time_zone="Europe/Oslo", is_admin=name == "adam"))
        session.execute(sa.update(User).where(User.email == address("ingrid")).values(is_admin=False))
        session.flush()
        _let_in(session)
        known = {
            key: _furnish(session, key, *people)
            for key, *people in ((HERE, "ingrid", "anders"), (THERE, "otto", "erik"))
        }
        people = {user.email.partition("@")[0]: user.id for user in session.scalars(sa.select(User))}
        for name, user_id in people.items():
            give_keys(session, name, user_id)
        session.get_one(User, people["dagny"]).is_active = False
        session.commit()
        return known, people


def _let_in(session: orm.Session) -> None:
    user = {user.email.partition("@")[0]: user for user in session.scalars(sa.select(User))}
    session.add(Product.open(key=THERE, name="Somebody else’s", owner=user["otto"]))
    session.flush()
    newcomers = {HERE: (("vera", Role.VIEWER), ("dagny", Role.DEVELOPER)), THERE: (("erik", Role.DEVELOPER),)}
    for key, members in newcomers.items():
        for name, role in members:
            with command(session, key, "ingrid" if key == HERE else "otto") as (_, product, owner):
                locked.with_members(session, product).let_in(user[name], role, by=owner)


def _furnish(session: orm.Session, key: str, owner: str, developer: str) -> dict[str, Any]:
    """Make one of everything that a route can name, by the product's owner and a developer of it."""
    known: dict[str, Any] = {"key": key, "owner": owner, "developer": developer}
    known["column"] = session.scalars(
        sa.select(Column.id).join(Product).where(Product.key == key, Column.name == "Review")
    ).one()
    known["ref"] = _item(session, key, owner, f"What {key} alone may see", "In progress")
    known["whole"] = _item(session, key, owner, f"What {key} is a part of", "Backlog")
    known["ready"] = _item(session, key, owner, f"What {key} does next", "Ready")
    known["needed"] = _item(session, key, owner, f"What {key} needs", "Backlog")
    with command(session, key, owner) as (_, product, member):
        needed = find(session, product, known["needed"])
        find(session, product, known["ref"]).link(LinkKind.NEEDS, needed, needs={}, by=member)
    known["discarded"] = _item(session, key, owner, f"What {key} gave up", "Backlog")
    with command(session, key, owner) as (_, product, member):
        find(session, product, known["discarded"]).discard("Not wanted", by=member)
    with command(session, key, owner) as (_, product, member):
        item = find(session, product, known["ref"])
        known["criterion"] = item.add_criterion(f"It holds in {key}", by=member).number
    with command(session, key, owner) as (_, product, member):
        item = find(session, product, known["ready"])
        item.edit({"labels": labels_named(session, product, [f"Of {key}"])}, revision=item.revision, by=member)
        session.flush()
        known["label"] = item.labels[0].id
    with command(session, key, developer) as (_, product, member):
        said = find(session, product, known["ref"]).comment(f"Said in {key}", by=member)
        session.flush()
        known["comment"] = said.id
        known["attachment"] = _attach(session, find(session, product, known["ref"]), member)
    with command(session, key, owner) as (_, product, member):
        spare = Column.add(product, "Spare", product.standing[2].stage, by=member)
        session.flush()
        known["spare_column"] = spare.id
        known["working_column"] = next(each.id for each in product.standing if each.stage is Stage.DOING)
    known["moved"] = _item(session, key, owner, f"What {key} moved last", "Ready")
    known["moved_version"] = _move(session, key, developer, known["moved"], "In progress")
    known |= {
        state: _ask(session, key, developer, owner, known["ref"], state) for state in ("open", "answered", "back")
    }
    known |= _report(session, key, owner)
    known |= _promises(session, key, owner, known["ready"])
    known |= _requests(session, key, owner, known)
    known |= _webhooks(session, key, owner)
    known["secret"] = _link(session, key)
    known["user_id"] = _id_of(session, developer)
    known["seen_order"] = _score(session, key, owner, {known["whole"]: 1, known["needed"]: 5})
    return known


def _score(session: orm.Session, key: str, by: str, values: dict[str, int]) -> str:
    """Give two items a score; returns the identifier of the preview of the order by score."""
    with command(session, key, by) as (session, product, member):
        for ref, value in values.items():
            find(session, product, ref).edit({"value": value, "effort": 1}, revision=1, by=member)
        session.flush()
        return load_preview(session, product).seen


def _item(session: orm.Session, key: str, by: str, title: str, column: str) -> str:
    with command(session, key, by) as (_, product, member):
        target = next(each for each in product.standing if each.name == column)
        item = Item.create(product, title, read_place(session, product, target, BOTTOM), by=member)
        session.flush()
        return item.ref


def _attach(session: orm.Session, item: Item, by: Member) -> int:
    file = _Sent(f"Kept in {item.product.key}.txt", "text/plain", io.BytesIO(b"Said"))
    kept = Store(current_app.config["KANBAN"].attachments_dir).keep_all([file])
    session.add_all(attached := Attachment.attach(item, kept, read_attachment_space(session, item), by=by))
    return attached[0].number


@dataclass(frozen=True)
class _Sent:
    """A file as a request would bring it."""

    filename: str
    content_type: str
    stream: io.BytesIO


def _move(session: orm.Session, key: str, by: str, ref: str, column: str) -> int:
    with command(session, key, by) as (_, product, member):
        item = find(session, product, ref)
        target = next(each for each in product.standing if each.name == column)
        item.move_to(read_place(session, product, target, BOTTOM, item=item), by=member)
        return product.version


def _ask(session: orm.Session, key: str, asker: str, owner: str, ref: str, state: str) -> int:
    with command(session, key, asker) as (_, product, member):
        addressee = session.get_one(User, _id_of(session, owner))
        question = Question.ask(find(session, product, ref), f"Asked in {key}: {state}", by=member, addressee=addressee)
        session.flush()
        question_id = question.id
    if state != "open":
        with command(session, key, owner) as (_, product, member):
            found = locked.question_in(session, product, question_id)
            assert found is not None
            found.answer("So it is", by=member) if state == "answered" else found.ask_back("Which one?", by=member)
    return question_id


def _report(session: orm.Session, key: str, owner: str) -> dict[str, Any]:
    with command(session, key, owner) as (_, product, member):
        person = Stakeholder(product_id=product.id, name=f"Reader of {key}", email=f"reader@{key.lower()}.example")
        person.added_by_id = member.user_id
        session.add(person)
        product.record("stakeholder_added", by=member, stakeholder=0, level="full")
        session.flush()
    published, _ = _draft(session, key, owner)
    with command(session, key, owner) as (_, product, member):
        update = updates.update_under_lock(session, product, published)
        assert update is not None
        update.publish([person], before=None, by=member)
        session.flush()
        [delivery] = [each for each in update.deliveries if each.stakeholder_id == person.id]
        delivery.state = DeliveryState.KEPT
        session.flush()
        token = links.sign(KEY, links.Purpose.READ, delivery.id, person.link_serial)
        update_id = update.id
    with command(session, key, owner) as (_, product, member):
        orm.attributes.set_committed_value(update, "product", product)
        session.add(
            asked := UpdateQuestion.ask(update, f"Wondered in {key}", person=person, owner=member.user, n_open=0)
        )
        session.add(Decision.write(product, f"Settled in {key}", by=member))
        session.add(problem := Problem.raise_in(product, f"In the way in {key}", by=member))
    draft, draft_id = _draft(session, key, owner)
    return {
        "asked": asked.number,
        "problem": problem.number,
        "stakeholder": person.id,
        "stakeholder_email": person.email,
        "published": published,
        "published_id": update_id,
        "draft": draft,
        "draft_id": draft_id,
        "draft_revision": 2,
        "delivery": delivery.id,
        "token": token,
    }


def _promises(session: orm.Session, key: str, owner: str, ref: str) -> dict[str, Any]:
    """A promise about an item, a milestone without a promise, a closure, and a day that can be promised."""
    with command(session, key, owner) as (_, product, member):
        commitment = Commitment.promise(
            product,
            find(session, product, ref),
            due_on=working_day(),
            statement=f"What {key} promised",
            people=list(session.scalars(sa.select(Stakeholder).where(Stakeholder.product_id == product.id))),
            calendar=read_calendar(session, product),
            is_promised=False,
            is_finished=False,
            by=member,
        )
        session.add(commitment)
    with command(session, key, owner) as (_, product, member):
        orm.attributes.set_committed_value(commitment, "product", product)
        commitment.change(
            working_day() + dt.timedelta(days=14),
            cause=Cause.EXTERNAL,
            explanation=f"What delayed {key}",
            calendar=read_calendar(session, product),
            is_finished=False,
            by=member,
        )
        redated = product.version
    with command(session, key, owner) as (_, product, member):
        session.add(milestone := Milestone.make(product, f"What {key} aims for", by=member))
    with command(session, key, owner) as (_, product, member):
        day, closures = dt.date(2031, 1, 6), list_closures(session, product)
        session.add(closure := Closure.close(product, day, day, f"What {key} celebrates", known=closures, by=member))
    return {
        "promise": commitment.number,
        "promise_id": commitment.id,
        "redated_version": redated,
        "milestone": milestone.number,
        "milestone_id": milestone.id,
        "closure": closure.id,
        "day": working_day().isoformat(),
        "later": (working_day() + dt.timedelta(days=28)).isoformat(),
    }


def _requests(session: orm.Session, key: str, owner: str, known: dict[str, Any]) -> dict[str, Any]:
    """A request with a file, the open form, a newcomer who has not confirmed yet, and the links to all of them."""
    person = session.get_one(Stakeholder, known["stakeholder"])
    with command(session, key, owner) as (_, product, member):
        open_form(product, by=member)
        request = Request.ask(product, f"Wished in {key}", "Why", person=person, owner=member.user, n_open=0, by=member)
        session.add(request)
    file = _Sent("wish.txt", "text/plain", io.BytesIO(b"Said"))
    [kept] = Store(current_app.config["KANBAN"].attachments_dir).keep_all([file])
    session.add(row := RequestFile.of(kept, 1))
    row.request_id = request.id
    newcomer = Newcomer.come(
        product.id, name="Nobody yet", email=f"nobody@{key.lower()}.example", title="Hoped", body="", supports=None
    )
    session.add_all([newcomer, mail := Delivery.to_newcomer("request_confirm", newcomer)])
    mail.product_id, mail.state = product.id, DeliveryState.KEPT
    session.flush()
    return {
        "request": request.number,
        "request_id": request.id,
        **_decided(session, key, owner, person),
        "roadmap_token": _roadmap(session, key, owner, known),
        "form_token": links.sign_address(KEY, links.SignedAddress.FORM, product.id, product.form_serial),
        "confirm_token": links.sign_address(KEY, links.SignedAddress.CONFIRM, mail.id, 1),
        "mine_token": links.sign_address(KEY, links.SignedAddress.MINE, known["delivery"], person.link_serial),
        "answer_token": links.sign_address(
            KEY, links.SignedAddress.ANSWER, _mail_of_question(session, known["open"]), 1
        ),
    }


def _webhooks(session: orm.Session, key: str, owner: str) -> dict[str, Any]:
    """A webhook that has been sent something, and one whose receiver fails; no test ever calls their addresses."""
    made = []
    for number in range(2):
        with command(session, key, owner) as (_, product, member):
            name, address = f"Listener of {key}", f"https://127.0.0.1/secret-of-{key}"
            made.append(
                Webhook.add(
                    product, name=name, address=address, hears=Hears, reach=Reach.PRIVATE, known=number, by=member
                )
            )
            session.add(made[-1])
    hook, stuck = made
    message = WebhookMessage(webhook_id=hook.id, version=hook.told, tries=1, at=clock.now(), took_ms=7, answer="")
    session.add(message)
    stuck.failing_since, stuck.tries, stuck.told = clock.now(), 1, stuck.told - 1
    session.flush()
    return {
        "webhook": hook.number,
        "webhook_message": message.id,
        "stuck_webhook": stuck.number,
        "stuck_version": stuck.told + 1,
    }


def _roadmap(session: orm.Session, key: str, owner: str, known: dict[str, Any]) -> str:
    """A public roadmap with one line; returns the token of its link."""
    subject = ("item", int(known["whole"].partition("-")[2]))
    with command(session, key, owner) as (_, product, member):
        session.add(roadmap := Roadmap.of(product))
        roadmap.open(90, by=member)
    with command(session, key, owner) as (_, product, member):
        found = ids_of(session, product, [subject])
        session.add_all(tick(product, {}, {subject: "Shown to all"}, found, by=member)[0])
    return links.sign_address(KEY, links.SignedAddress.ROADMAP, product.id, roadmap.serial)


def _decided(session: orm.Session, key: str, owner: str, person: Stakeholder) -> dict[str, Any]:
    """A request that another one can repeat, and one that was declined."""
    made = []
    for title in ("wished for before", "does not get"):
        with command(session, key, owner) as (_, product, member):
            made.append(Request.ask(product, f"What {key} {title}", "", person=person, owner=member.user, n_open=0))
            session.add(made[-1])
    with command(session, key, owner) as (_, product, member):
        found = requests.request_in(session, product, made[1].number)
        assert found is not None
        found.decline(f"Because of {key}", by=member)
    return {"before": made[0].number, "before_id": made[0].id, "declined": made[1].number, "declined_id": made[1].id}


def working_day() -> dt.date:
    """A Monday about two months ahead that is no holiday."""
    day = (clock.now() + dt.timedelta(days=60)).date()
    day += dt.timedelta(days=-day.weekday() % 7)
    return day + dt.timedelta(days=7) if (day.month, day.day) in ((12, 24), (12, 25), (12, 26)) else day


def _draft(session: orm.Session, key: str, owner: str) -> tuple[int, int]:
    """A draft with a headline; returns its number and its id."""
    with command(session, key, owner) as (_, product, member):
        update = StatusUpdate.draft(product, by=member, **read_beginning(session, product).keywords)
        session.add(update)
        session.flush()
        number, update_id = update.number, update.id
    with command(session, key, owner) as (_, product, member):
        found = updates.update_under_lock(session, product, number)
        assert found is not None
        found.edit({"headline": f"How {key} stands", "health_reason": "The facts are young."}, by=member)
    return number, update_id


def _link(session: orm.Session, key: str) -> str:
    """A single-use link of a person who plays no other part."""
    secret = f"{SECRET}{key}"
    user = User(email=f"guest-{key.lower()}@ferry.example", name="Guest")
    session.add(user)
    session.flush()
    link = SignInLink.for_purpose(LinkPurpose.SIGN_IN, secret_hash=keys.fingerprint(secret), user=user)
    link.user_id = user.id
    session.add(link)
    return secret


def _mail_of_question(session: orm.Session, question_id: int) -> int:
    return session.scalars(sa.select(sa.func.max(Delivery.id)).where(Delivery.question_id == question_id)).one()


def _id_of(session: orm.Session, name: str) -> int:
    return session.scalars(sa.select(User.id).where(User.email == address(name))).one()
