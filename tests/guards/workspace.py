"""A furnished workspace for guards: the demo's products with one of everything known by name, a second product of
which nobody of them is a member, and every kind of person. Made once, then copied."""

import datetime as dt
import io
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import orm
from werkzeug.test import TestResponse

from kanban import clock, demo, keys
from kanban.attachments import Store
from kanban.extensions import begin_write, db
from kanban.mail import links
from kanban.models import (
    ApiToken,
    Attachment,
    Cause,
    Closure,
    Column,
    Commitment,
    Decision,
    Delivery,
    DeliveryState,
    Item,
    LinkKind,
    LinkPurpose,
    Member,
    Milestone,
    Model,
    Newcomer,
    Notification,
    NotificationKind,
    Problem,
    Product,
    Question,
    Request,
    RequestFile,
    Roadmap,
    SignIn,
    SignInLink,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    User,
    Way,
)
from kanban.models.request_form import open_form
from kanban.models.roadmap import tick
from kanban.policy import Role
from kanban.reads import locked, requests, updates
from kanban.reads.attachments import read_shelf
from kanban.reads.beginning import read_beginning
from kanban.reads.calendar import list_closures, read_calendar
from kanban.reads.place import BOTTOM, read_place
from kanban.reads.roadmap import ids_of
from kanban.reads.scores import load_preview

HERE, THERE = "FERRY", "OTHER"

#: Who plays what in the product HERE. Otto owns THERE, whose members are otherwise people of its own.
CAST = {
    "owner": "ingrid",
    "delegate": "nils",
    "lead": "berit",
    "developer": "anders",
    "bystander": "sara",
    "viewer": "vera",
    "admin": "adam",
    "stranger": "otto",
    "deactivated": "dagny",
    "signed out": "",
}
#: What begins words that stand in one product only.
WORDS = (
    "What {}",
    "How {} stands",
    "Said in {}",
    "Asked in {}",
    "Reader of {}",
    "It holds in {}",
    "Kept in {}",
    "Wondered in {}",
    "Settled in {}",
    "Wished in {}",
)
SECRET = "s" * 32
KEY = "t" * 40


@dataclass(frozen=True)
class Workspace:
    """The application over its own copy, and what stands in it: `known[KEY]` names one of everything of a product,
    `people[name]` an account's id."""

    app: Flask
    template: Path
    known: dict[str, dict[str, Any]]
    people: dict[str, int]

    def browser(self, name: str) -> "Browser":
        """A browser in which that person is signed in; nobody for an empty name."""
        return Browser(self.app, name)

    def role(self, name: str, key: str) -> Role | None:
        """What that person is in that product, as the tables say."""
        with self.reading() as session:
            return session.scalar(
                sa.select(Member.role).join(User).join(Product).where(Product.key == key, User.email == address(name))
            )

    def restore(self) -> None:
        """Bring all tables back to what they were."""
        source = sqlite3.connect(self.template)
        target = sqlite3.connect(self.app.config["KANBAN"].database_url.removeprefix("sqlite:///"))
        with source, target:
            source.backup(target)
        source.close()
        target.close()

    @contextmanager
    def reading(self) -> Iterator[orm.Session]:
        """A session that only reads."""
        with self.app.app_context():
            yield db.session()
            db.session.remove()

    @contextmanager
    def changing(self, key: str, by: str) -> Iterator[tuple[orm.Session, Product, Member]]:
        """One command on a product, as that person."""
        with self.app.app_context():
            with command(begin_write(), key, by) as (session, product, member):
                yield session, product, member
            db.session.commit()


class Browser:
    """Sends what a page or a program would send, with its tokens."""

    def __init__(self, app: Flask, name: str) -> None:
        self._name = name
        self._client: FlaskClient = app.test_client()
        self._token = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token").dumps("guard")
        with self._client.session_transaction() as cookie:
            cookie["csrf_token"] = "guard"
            if name:
                cookie["_user_id"] = _sign_in_secret(name)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, headers=headers)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        """A form for pages; for the API JSON, or a text as it is."""
        if path.startswith("/api/"):
            if isinstance(body, str):
                headers = {"Content-Type": "text/csv", **(headers or {})}
            bearer = {"Authorization": f"Bearer {token_secret(self._name)}"} if self._name else {}
            brings_files = isinstance(body, dict) and "file" in body
            sent = {"data": body} if isinstance(body, str) or brings_files else {"json": body}
            return read(self._client.open(path, method=method, headers=bearer | (headers or {}), **sent))
        headers = {"X-CSRFToken": self._token} | (headers or {})
        return read(self._client.open(path, method=method, data=body, headers=headers))


def read(answer: TestResponse) -> TestResponse:
    """The same with its file, if it sends one, read to the end and closed."""
    if answer.headers.get("Content-Disposition", "").startswith("attachment"):
        assert answer.get_data() is not None
        answer.close()
    return answer


def address(name: str) -> str:
    """The account's address."""
    return f"{name}@ferry.example"


def make(app: Flask) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """Fill an empty installation; answers what is known of each product, and people by name."""
    with app.app_context():
        session = begin_write()
        demo.fill(session)
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


@contextmanager
def command(session: orm.Session, key: str, by: str) -> Iterator[tuple[orm.Session, Product, Member]]:
    """One command inside the write transaction under way: the lock, the product, the member who acts."""
    product_id = session.scalars(sa.select(Product.id).where(Product.key == key)).one()
    user_id = session.scalars(sa.select(User.id).where(User.email == address(by))).one()
    product = locked.lock_product(session, product_id)
    member = locked.membership(session, product_id, user_id)
    assert product is not None
    assert member is not None
    yield session, product, member
    session.flush()


def _furnish(session: orm.Session, key: str, owner: str, developer: str) -> dict[str, Any]:
    """One of everything a route can name, made by the product's owner and a developer of it."""
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
    with command(session, key, developer) as (_, product, member):
        find(session, product, known["ref"]).comment(f"Said in {key}", by=member)
        known["attachment"] = _attach(session, find(session, product, known["ref"]), member)
    with command(session, key, owner) as (_, product, member):
        spare = Column.add(product, "Spare", product.standing[2].stage, by=member)
        session.flush()
        known["spare_column"] = spare.id
    known["moved"] = _item(session, key, owner, f"What {key} moved last", "Ready")
    known["moved_version"] = _move(session, key, developer, known["moved"], "In progress")
    known |= {
        state: _ask(session, key, developer, owner, known["ref"], state) for state in ("open", "answered", "back")
    }
    known |= _report(session, key, owner)
    known |= _promises(session, key, owner, known["ready"])
    known |= _requests(session, key, owner, known)
    known["secret"] = _link(session, key)
    known["user_id"] = _id_of(session, developer)
    known["seen_order"] = _score(session, key, owner, {known["whole"]: 1, known["needed"]: 5})
    return known


def _score(session: orm.Session, key: str, by: str, values: dict[str, int]) -> str:
    """Give two items a score; answers what the preview of the order by score is called."""
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
    session.add_all(hung := Attachment.hang(item, kept, read_shelf(session, item), by=by))
    return hung[0].number


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
    """A promise about an item, a milestone that nobody was promised, a closure, and a day that can be promised."""
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
    with command(session, key, owner) as (_, product, member):
        session.add(milestone := Milestone.make(product, f"What {key} aims for", by=member))
    with command(session, key, owner) as (_, product, member):
        day, closures = dt.date(2031, 1, 6), list_closures(session, product)
        session.add(closure := Closure.close(product, day, day, f"What {key} celebrates", known=closures, by=member))
    return {
        "promise": commitment.number,
        "promise_id": commitment.id,
        "milestone": milestone.number,
        "milestone_id": milestone.id,
        "closure": closure.id,
        "day": working_day().isoformat(),
        "later": (working_day() + dt.timedelta(days=28)).isoformat(),
    }


def _requests(session: orm.Session, key: str, owner: str, known: dict[str, Any]) -> dict[str, Any]:
    """A request with a file, the open form, somebody who did not confirm yet, and the links to all of them."""
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
        "form_token": links.sign_door(KEY, links.Door.FORM, product.id, product.form_serial),
        "confirm_token": links.sign_door(KEY, links.Door.CONFIRM, mail.id, 1),
        "mine_token": links.sign_door(KEY, links.Door.MINE, known["delivery"], person.link_serial),
        "answer_token": links.sign_door(KEY, links.Door.ANSWER, _mail_of_question(session, known["open"]), 1),
    }


def _roadmap(session: orm.Session, key: str, owner: str, known: dict[str, Any]) -> str:
    """A public roadmap of one line; answers the token of its link."""
    subject = ("item", int(known["whole"].partition("-")[2]))
    with command(session, key, owner) as (_, product, member):
        session.add(roadmap := Roadmap.of(product))
        roadmap.open(90, by=member)
    with command(session, key, owner) as (_, product, member):
        found = ids_of(session, product, [subject])
        session.add_all(tick(product, {}, {subject: "Shown to all"}, found, by=member)[0])
    return links.sign_door(KEY, links.Door.ROADMAP, product.id, roadmap.serial)


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
    """A Monday about two months ahead on which nobody celebrates."""
    day = (clock.now() + dt.timedelta(days=60)).date()
    day += dt.timedelta(days=-day.weekday() % 7)
    return day + dt.timedelta(days=7) if (day.month, day.day) in ((12, 24), (12, 25), (12, 26)) else day


def _draft(session: orm.Session, key: str, owner: str) -> tuple[int, int]:
    """A draft with a headline; its number and its id."""
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


def give_keys(session: orm.Session, name: str, user_id: int) -> None:
    """A sign-in and a token with as much scope as the person can have; a second of each, for ending; a notification."""
    scope = "admin" if name == "adam" else "write"
    for spare in ("", "-spare"):
        session.add(SignIn(user_id=user_id, secret_hash=keys.fingerprint(_sign_in_secret(name + spare))))
        token = ApiToken(
            user_id=user_id, name="guard", scope=scope, secret_hash=keys.fingerprint(token_secret(name + spare))
        )
        session.add(token)
    session.add(
        Notification(
            user_id=user_id,
            product_id=session.scalars(sa.select(sa.func.min(Product.id))).one(),
            version=1,
            kind=NotificationKind.PROMISE,
            what="promise_changed",
            items=1,
            way=Way.DIGEST,
            at=clock.now(),
        )
    )


def _sign_in_secret(name: str) -> str:
    return f"sign-in-of-{name}-{'x' * 20}"


def _mail_of_question(session: orm.Session, question_id: int) -> int:
    return session.scalars(sa.select(sa.func.max(Delivery.id)).where(Delivery.question_id == question_id)).one()


def token_secret(name: str) -> str:
    return f"kb_token-of-{name}-{'x' * 20}"


def find(session: orm.Session, product: Product, ref: str) -> Item:
    """An item with what its verbs touch."""
    item = locked.item_in(
        session, product, int(ref.partition("-")[2]), ("assignees", "labels", "criteria", "blocks", "links", "part_of")
    )
    assert item is not None
    return item


def _id_of(session: orm.Session, name: str) -> int:
    return session.scalars(sa.select(User.id).where(User.email == address(name))).one()


def spare_of(session: orm.Session, kind: type[SignIn | ApiToken | Notification], user_id: int) -> int:
    """The id of a person's second sign-in or token."""
    return session.scalars(sa.select(sa.func.max(kind.id)).where(kind.user_id == user_id)).one()


def save(folder: Path, known: dict[str, dict[str, Any]], people: dict[str, int]) -> None:
    """Keep what is known beside the file, for the next application on it."""
    (folder / "known.json").write_text(json.dumps([known, people]))


def load(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """What is known of the file in this folder."""
    known, people = json.loads((folder / "known.json").read_text())
    return known, people


def new_command() -> str:
    """A command id that nobody used yet."""
    return secrets.token_hex(8)


def fingerprint(workspace: Workspace) -> dict[str, list[str]]:
    """Every row of every table, without the idle clocks that reading may move once an hour."""
    idle = {("sign_in", "seen_at"), ("api_token", "used_at")}
    found = {}
    with workspace.reading() as session:
        for table in Model.metadata.sorted_tables:
            columns = [column for column in table.columns if (table.name, column.name) not in idle]
            found[table.name] = sorted(repr(tuple(row)) for row in session.execute(sa.select(*columns)))
    return found
