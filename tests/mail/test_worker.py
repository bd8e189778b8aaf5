"""The outbox: what becomes of each delivery, whatever the mail server does and whoever is killed."""

import datetime as dt
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock, formatting, keys
from kanban.background import due_loop
from kanban.background.worker import Worker
from kanban.errors import Busy
from kanban.extensions import db
from kanban.mail import lease, links, prepare
from kanban.mail.compose import renderer
from kanban.mail.links import Purpose
from kanban.models import (
    Answer,
    AnswerKind,
    Delivery,
    DeliveryState,
    Item,
    LinkPurpose,
    Member,
    Product,
    Question,
    QuestionState,
    SignInLink,
    StatusUpdate,
    Turn,
    User,
)
from kanban.models.stakeholder import Level, Stakeholder
from kanban.policy import Role
from kanban.transactions import begin_write
from tests.mail.application import (
    KEY,
    add_product,
    make_office,
    publish_update,
    states,
)
from tests.mail.server import Behaviour, MailServer

ROOT = Path(__file__).parents[2]


def sender(app: Flask, server: MailServer | None) -> Worker:
    return Worker(app, make_office(server.url if server is not None else None))


def change(app: Flask, act: Callable[[orm.Session], Any]) -> Any:
    with app.app_context():
        session = begin_write()
        result = act(session)
        session.commit()
        return result


def delivery_to(app: Flask, address: str) -> Delivery:
    with app.app_context():
        return db.session.scalars(
            sa.select(Delivery)
            .outerjoin(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
            .outerjoin(User, User.id == Delivery.user_id)
            .where(sa.or_(Stakeholder.email == address, User.email == address))
        ).one()


def test_each_stakeholder_gets_one_personal_mail(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=3), "Invoices come later")
    assert sender(app, server).drain() == 3
    assert states(app) == {"sent": 3}
    for number in range(3):
        (message,) = server.taken[f"person{number}@example.com"]
        delivery = delivery_to(app, f"person{number}@example.com")
        assert delivery.sent_at is not None
        assert message["Subject"] == "Ferry tickets: Invoices come later"
        assert message["From"] == "Kanban <kanban@example.org>"
        assert message["Reply-To"] == "Ingrid Lund <ingrid@example.org>"
        assert message["To"] == f"Person {number} <person{number}@example.com>"
        assert message["List-Id"] == "Ferry tickets <ferry.example.org>"
        token = str(message["List-Unsubscribe"]).strip("<>").rpartition("/")[2]
        assert links.read(KEY, token, Purpose.STOP) == links.LinkClaim(Purpose.STOP, delivery.id, 1)
        assert links.sign(KEY, Purpose.READ, delivery.id, 1) in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_what_was_sent_is_never_sent_again(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=2))
    worker = sender(app, server)
    assert (worker.drain(), worker.drain()) == (2, 0)
    assert server.count == 2


def test_a_refusal_for_ever_is_final_and_says_why(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=2))
    server.misbehave("person0@example.com", Behaviour.REFUSE_FOREVER)
    sender(app, server).drain()
    assert states(app) == {"refused": 1, "sent": 1}
    assert "550 5.1.1 No such person here" in (delivery_to(app, "person0@example.com").trouble or "")


def test_a_refusal_for_now_is_tried_again_with_the_same_message_id(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=1))
    server.misbehave("person0@example.com", Behaviour.DROP_AFTER_DOT_TAKEN, times=1)
    worker = sender(app, server)
    worker.drain()
    delivery = delivery_to(app, "person0@example.com")
    assert delivery.state is DeliveryState.WAITING
    assert delivery.trouble
    with clock.at(clock.now() + dt.timedelta(seconds=10)):
        worker.drain()
    first, second = server.taken["person0@example.com"]
    assert first["Message-ID"] == second["Message-ID"]
    assert delivery_to(app, "person0@example.com").trouble is None


def test_tries_grow_rarer_and_end_after_72_hours(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=1))
    server.misbehave("person0@example.com", Behaviour.REFUSE_FOR_NOW)
    worker = sender(app, server)
    with clock.at(clock.now()) as moved:
        pauses = []
        while True:
            worker.drain()
            delivery = delivery_to(app, "person0@example.com")
            if delivery.state is not DeliveryState.WAITING:
                break
            pauses.append((delivery.due_at - moved.now()).total_seconds())
            moved.move_to(delivery.due_at)
    assert pauses == sorted(pauses)
    assert 60 * 3600 < sum(pauses) < 72 * 3600
    assert 10 < server.tries["person0@example.com"] < 30
    assert delivery.state is DeliveryState.REFUSED
    assert (delivery.trouble or "").startswith("Given up after 72 hours.")


def test_one_who_stalls_delays_nobody(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=12))
    server.misbehave("person0@example.com", Behaviour.STALL_AT_RECIPIENT)
    worker = sender(app, server).start()
    try:
        server.wait_for(11)
        assert len(server.taken["person0@example.com"]) == 0
    finally:
        worker.stop()
    assert states(app) == {"sent": 11, "waiting": 1}


def test_a_commit_wakes_the_sender(app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_loop, "POLL_S", 600.0)
    product_id = add_product(app, stakeholders=1)
    worker = sender(app, server).start()
    try:
        for count in (1, 2, 3):  # each later one while it sleeps
            publish_update(app, product_id)
            server.wait_for(count)
    finally:
        worker.stop()


def test_permission_is_looked_at_again_before_sending(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=3))

    def leave(session: orm.Session) -> None:
        people = list(session.scalars(sa.select(Stakeholder).order_by(Stakeholder.id)))
        people[0].unsubscribe()
        people[1].removed_at = clock.now()

    change(app, leave)
    sender(app, server).drain()
    assert states(app) == {"cancelled": 2, "sent": 1}
    assert delivery_to(app, "person0@example.com").trouble == "They asked for no more updates."
    assert set(server.taken) == {"person2@example.com"}


def test_somebody_who_left_gets_no_mail_about_questions(app: Flask, server: MailServer) -> None:
    product_id = add_product(app)
    ask(app, product_id, "Two hours or three?")
    sender(app, server).drain()
    answer(app, product_id)
    jonas_id = change(app, lambda session: session.scalars(sa.select(User.id).where(User.name == "Jonas Berg")).one())
    change(app, lambda session: session.execute(sa.delete(Member).where(Member.user_id == jonas_id)))
    change(app, lambda session: session.add(Delivery.to_user("sign_in", session.get_one(User, jonas_id))))
    sender(app, server).drain()
    assert states(app) == {"cancelled": 1, "sent": 2}

    def deactivate(session: orm.Session) -> None:
        session.get_one(User, jonas_id).is_active = False
        session.add(Delivery.to_user("password", session.get_one(User, jonas_id)))

    change(app, deactivate)
    sender(app, server).drain()
    assert states(app) == {"cancelled": 2, "sent": 2}


def test_a_question_is_mailed_with_its_thread(app: Flask, server: MailServer) -> None:
    product_id = add_product(app)
    ask(app, product_id, "Two hours\nor three?")
    sender(app, server).drain()
    answer(app, product_id)
    sender(app, server).drain()
    (asked,) = server.taken["ingrid@example.org"]
    assert asked["Subject"] == "Jonas Berg asks: Refund a ticket (FERRY-1)"
    assert asked["Reply-To"] == "Jonas Berg <jonas@example.org>"
    assert "or three?" in asked.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (answered,) = server.taken["jonas@example.org"]
    assert answered["Subject"] == "Ingrid Lund answered: Refund a ticket (FERRY-1)"
    assert "Two hours." in answered.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert answered["References"] == asked["References"]
    assert asked["List-Unsubscribe"] is None


def ask(app: Flask, product_id: int, body: str) -> None:
    """Jonas asks Ingrid on an item."""

    def act(session: orm.Session) -> None:
        product = session.get_one(Product, product_id, options=[orm.selectinload(Product.columns)])
        jonas = User(email="jonas@example.org", name="Jonas Berg")
        session.add(jonas)
        session.flush()
        session.add(Member(product_id=product_id, user_id=jonas.id, role=Role.DEVELOPER))
        item = Item(product=product, number=1, title="Refund a ticket", rank=1, column_id=product.columns[0].id)
        item.created_at = item.entered_at = clock.now()
        session.add(item)
        session.flush()
        ingrid = session.scalars(sa.select(User).where(User.name == "Ingrid Lund")).one()
        question = Question(
            product_id=product_id,
            item_id=item.id,
            number=1,
            asker_id=jonas.id,
            addressee_id=ingrid.id,
            body=body,
            blocking=True,
            waits_on_id=ingrid.id,
            needed_by=dt.date(2026, 11, 27),
        )
        session.add(question)
        session.flush()
        mail(session, product_id, "question_asked", ingrid, question)

    change(app, act)


def answer(app: Flask, product_id: int) -> None:
    """Ingrid answers it."""

    def act(session: orm.Session) -> None:
        question = session.scalars(sa.select(Question)).one()
        question.state, question.turn, question.waits_on_id = QuestionState.ANSWERED, Turn.ASKER, question.asker_id
        said = {"question_id": question.id, "author_id": question.addressee_id, "kind": AnswerKind.ANSWER}
        session.add(Answer(**said, body="Two hours."))
        mail(session, product_id, "question_answered", session.get_one(User, question.asker_id), question)

    change(app, act)


def mail(session: orm.Session, product_id: int, kind: str, person: User, question: Question) -> None:
    delivery = Delivery.to_user(kind, person, question=question)
    delivery.product_id = product_id
    session.add(delivery)


def test_a_sign_in_link_is_made_when_it_is_mailed_and_only_its_hash_is_kept(app: Flask, server: MailServer) -> None:
    add_product(app)

    def invite(session: orm.Session) -> None:
        ingrid = session.scalars(sa.select(User)).one()
        session.add(Delivery.to_user("sign_in", ingrid))
        session.add(Delivery.to_user("invitation", ingrid, context={"inviter": "Åse Dahl", "product": "Ferry tickets"}))
        session.add(Delivery.to_user("password", ingrid))
        session.add(Delivery.to_user("test", ingrid))

    change(app, invite)
    sender(app, server).drain()
    mails = {str(message["Subject"]): message for message in server.taken["ingrid@example.org"]}
    assert set(mails) == {
        "Sign in to Kanban",
        "Åse Dahl invites you to Ferry tickets",
        "Choose a new password for Kanban",
        "Mail from Kanban works",
    }
    text = mails["Sign in to Kanban"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "within 15 minutes" in text
    secret = text.partition("/sign-in/link/")[2].split()[0]
    with app.app_context():
        stored = {link.secret_hash: link.purpose for link in db.session.scalars(sa.select(SignInLink))}
    assert stored[keys.fingerprint(secret)] is LinkPurpose.SIGN_IN
    assert len(stored) == 3


def test_without_a_mail_server_mails_are_kept_and_shown_with_masked_links(app: Flask) -> None:
    publish_update(app, add_product(app, stakeholders=1))
    change(app, lambda session: session.add(Delivery.to_user("sign_in", session.scalars(sa.select(User)).one())))
    office = make_office(None)
    assert Worker(app, office).drain() == 2
    assert states(app) == {"kept": 2}
    with app.app_context():
        render = renderer(app.jinja_env)
        for delivery_id in db.session.scalars(sa.select(Delivery.id)):
            delivery = prepare.load(db.session(), delivery_id)
            assert delivery is not None
            kept = prepare.kept_copy(db.session(), delivery, office, render, show_links=False)
            assert "/…" in kept.text
            assert "/u/r-" not in kept.text + kept.html
            shown = prepare.kept_copy(db.session(), delivery, office, render, show_links=True)
            assert ("/u/r-" in shown.text) == (delivery.kind == "update")
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignInLink)) == 0


def test_the_brief_form_tells_only_what_is_late_and_to_be_decided(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=2))

    def prefer(session: orm.Session) -> None:
        session.scalars(sa.select(Stakeholder).order_by(Stakeholder.id)).first().level = Level.BRIEF  # type: ignore[union-attr]

    change(app, prefer)
    sender(app, server).drain()
    texts = [server.taken[f"person{n}@example.com"][0].get_body(("plain",)).get_content() for n in range(2)]  # type: ignore[union-attr]
    assert ["Season cards" in text for text in texts] == [False, True]


def test_a_receipt_goes_out_even_to_somebody_who_unsubscribed(app: Flask, server: MailServer) -> None:
    add_product(app, stakeholders=1)

    def unsubscribe(session: orm.Session) -> None:
        person = session.scalars(sa.select(Stakeholder)).one()
        person.unsubscribe()
        for act in ("unsubscribed", "acknowledged", "level"):
            session.add(Delivery.to_stakeholder("receipt", person, context={"act": act, "headline": "All is well"}))

    change(app, unsubscribe)
    sender(app, server).drain()
    texts = [m.get_body(("plain",)).get_content() for m in server.taken["person0@example.com"]]  # type: ignore[union-attr]
    assert "You will get no more updates about Ferry tickets." in texts[0]
    assert "You told us that you have read “All is well”." in texts[1]
    assert server.taken["person0@example.com"][0]["Reply-To"] == "Ingrid Lund <ingrid@example.org>"


def test_a_mail_that_can_not_be_written_waits_and_is_logged(
    app: Flask, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    add_product(app)

    def add(session: orm.Session) -> None:
        ingrid = session.scalars(sa.select(User)).one()
        session.add_all([Delivery.to_user("newsletter", ingrid), Delivery.to_user("test", ingrid)])

    change(app, add)
    sender(app, server).drain()
    assert states(app) == {"waiting": 1, "sent": 1}
    assert "could not be written" in caplog.text


def test_leases_of_the_dead_are_freed_and_those_of_the_living_are_not(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=3))
    dead = subprocess.Popen(
        [sys.executable, "-c", "from kanban.mail import lease; print(lease.own_name('x'))"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    name = dead.communicate()[0].strip()
    owners = [name, lease.own_name("other"), "elsewhere/1/2/3"]

    def take(session: orm.Session) -> None:
        for delivery, owner in zip(session.scalars(sa.select(Delivery)), owners, strict=True):
            delivery.state, delivery.lease_owner = DeliveryState.SENDING, owner
            delivery.lease_until = clock.now() + dt.timedelta(minutes=10)

    change(app, take)
    worker = sender(app, server)
    with app.app_context():
        assert worker.outbox.free() == 1
    assert worker.drain() == 1
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        assert worker.drain() == 2
    assert states(app) == {"sent": 3}


def test_who_has_lost_the_lease_writes_nothing_down(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=1))
    slow, quick = sender(app, server), sender(app, server)
    taken = slow._take()
    assert taken is not None
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        assert quick.drain() == 1
    server.misbehave("person0@example.com", Behaviour.REFUSE_FOREVER)
    slow._deliver(taken)
    assert states(app) == {"sent": 1}


def test_fifty_stakeholders_some_refused_and_the_sender_killed_once(
    app: Flask, ready_url: str, server: MailServer
) -> None:
    publish_update(app, add_product(app, stakeholders=50))
    for number in range(50):
        server.misbehave(f"person{number}@example.com", Behaviour.SLOW)
    server.slow_s = 0.05
    for number in (3, 17, 31):
        server.misbehave(f"person{number}@example.com", Behaviour.REFUSE_FOREVER)
    server.misbehave("person5@example.com", Behaviour.REFUSE_FOR_NOW, times=1)
    first = start_sender(ready_url, server)
    server.wait_for(15)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start_sender(ready_url, server)
    try:
        end = time.monotonic() + 60
        while states(app) != {"sent": 47, "refused": 3}:
            assert time.monotonic() < end, states(app)
            time.sleep(0.1)
    finally:
        second.kill()
        second.wait()
    copies = Counter(len(server.taken[f"person{n}@example.com"]) for n in range(50) if n not in (3, 17, 31))
    assert set(copies) <= {1, 2}
    assert copies[2] <= 1, "Only what had its final dot when the sender was killed"
    for messages in server.taken.values():
        assert len({message["Message-ID"] for message in messages}) <= 1


def start_sender(database_url: str, server: MailServer) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mail.application", database_url, server.url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.stdout.close()
    return process


def test_two_senders_share_the_outbox_without_sending_twice(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=40))
    workers = [sender(app, server).start(), sender(app, server).start()]
    try:
        server.wait_for(40)
    finally:
        for worker in workers:
            worker.stop()
    assert states(app) == {"sent": 40}
    assert {len(messages) for messages in server.taken.values()} == {1}


def test_a_sender_that_is_told_to_stop_finishes_what_it_has_begun(
    app: Flask, ready_url: str, server: MailServer
) -> None:
    publish_update(app, add_product(app, stakeholders=20))
    for number in range(20):
        server.misbehave(f"person{number}@example.com", Behaviour.SLOW)
    process = start_sender(ready_url, server)
    server.wait_for(2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    counts = states(app)
    assert set(counts) == {"sent", "waiting"}
    assert counts["sent"] == server.count


def test_a_draft_is_previewed_as_it_will_arrive(app: Flask, server: MailServer) -> None:
    update_id = publish_update(app, add_product(app, stakeholders=1))
    sender(app, server).drain()
    sent = server.taken["person0@example.com"][0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    with app.app_context():
        update = db.session.get_one(StatusUpdate, update_id)
        assert update.snapshot is not None
        added_at = db.session.scalars(db.select(Stakeholder.added_at)).one()
        seen = prepare.preview(
            update.snapshot,
            make_office(None),
            renderer(app.jinja_env),
            person_name="Person 0",
            owner_name="Ingrid Lund",
            zone="UTC",
            first={"by": "Ingrid Lund", "on": formatting.long_day(added_at.date()), "reason": ""},
        )
    assert seen.text == links.mask_links(sent.replace("\r\n", "\n"))


def test_a_mail_that_was_taken_is_written_down_even_when_the_database_is_away_for_a_moment(
    app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish_update(app, add_product(app, stakeholders=1))
    calls = 0

    def away_twice() -> orm.Session:
        nonlocal calls
        calls += 1
        if calls in (2, 3):
            raise Busy
        return begin_write()

    monkeypatch.setattr("kanban.mail.outbox.begin_write", away_twice)
    monkeypatch.setattr("kanban.mail.outbox._INSISTENCE_S", (0.01, 0.01, 0.01))
    assert sender(app, server).drain() == 1
    assert states(app) == {"sent": 1}
    assert server.count == 1
    assert "could not be recorded" in caplog.text
