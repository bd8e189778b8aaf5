"""Attacks on decisions about requests and on answers from mails: at once, in the wrong place, after the end."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import following
from kanban.mail import prepare
from kanban.models import Answer, Delivery, Member, Product, Request, RequestState, User
from kanban.policy import Role
from tests.blueprints.test_answering import link_of
from tests.builders import World, sound
from tests.reporting import add_stakeholders, person
from tests.requesting import ask, decide, mine, stored


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each answered, all begun at the same moment."""
    start, answers = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        start.wait()
        answers.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def mails(world: World, kind: str) -> int:
    with world.reading() as session:
        return session.scalar(sa.select(sa.func.count()).where(Delivery.kind == kind)) or 0


@pytest.fixture
def asked(both: World) -> World:
    """Sunniva asked for something, Tor is on the list."""
    add_stakeholders(both, "Sunniva", "Tor")
    ask(both, "Sunniva")
    return both


def test_two_decisions_at_once_are_one(asked: World) -> None:
    olga, dora, there = asked.browser("olga"), asked.browser("dora"), "/products/FE/requests/1"
    codes = at_once(
        lambda: olga.post(f"{there}/accept", {"title": "Refund"}, hx=True).status_code,
        lambda: dora.post(f"{there}/accept", {"title": "Refund"}, hx=True).status_code,
        lambda: olga.post(f"{there}/decline", {"words": "No"}, hx=True).status_code,
        lambda: dora.post(f"{there}/later", {}, hx=True).status_code,
    )
    assert all(code in (200, 409) for code in codes)
    with asked.reading() as session:
        request = session.scalars(sa.select(Request)).one()
        n_items = len(asked.order())
        assert n_items == (1 if request.state is RequestState.ACCEPTED else 0)
    assert mails(asked, "request_outcome") == sum(code == 200 for code in codes) and sound(asked)


def test_two_workers_tell_of_what_is_done_once(asked: World) -> None:
    ref = asked.item("Refund")
    decide(asked, 1, "accept", ref)
    asked.move(ref, "Done")
    before = mails(asked, "request_outcome")
    later = clock.now() + dt.timedelta(minutes=2)

    def follow() -> int:
        with clock.at(later):
            return following.follow_items(asked.app)

    at_once(*[follow] * 4)
    assert mails(asked, "request_outcome") == before + 1 and sound(asked)
    assert stored(asked).state is RequestState.DONE


def test_an_erasure_and_a_decision_at_once_leave_no_name(asked: World) -> None:
    olga, there = asked.browser("olga"), f"/products/FE/stakeholders/{person(asked, 'Sunniva').id}/erase"
    dora = asked.browser("dora")
    address, guest = mine(asked, "Sunniva"), asked.browser()
    codes = at_once(
        lambda: olga.post(there).status_code,
        lambda: dora.post("/products/FE/requests/1/decline", {"words": "Sorry"}).status_code,
        lambda: guest.post(address, {"act": "ask", "seen": "1", "title": "Sunniva wants dogs"}).status_code,
    )
    assert max(codes) < 500 and sound(asked)
    with asked.reading() as session:
        for request in session.scalars(sa.select(Request)):
            assert "Sunniva" not in request.title
        waiting = sa.select(sa.func.count()).where(Delivery.stakeholder_id == 1, Delivery.state == "waiting")
        assert session.scalar(waiting) == 0


def test_an_answer_from_the_mail_and_in_the_app_at_once_is_one(both: World) -> None:
    ref = both.item("Timetable")
    asked = both.ask(ref, "Which delays?", blocking=True)
    link, guest, olga = link_of(both, "olga"), both.browser(), both.browser("olga")
    with both.reading() as session:
        before = session.scalar(sa.select(Product.version))
    at_once(
        lambda: guest.post(link, {"body": "Five"}).status_code,
        lambda: guest.post(link, {"body": "Five"}).status_code,
        lambda: olga.post(f"/questions/{asked}/answer", {"body": "Six"}).status_code,
    )
    with both.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Answer.id))) == 1
        assert session.scalar(sa.select(Product.version)) == (before or 0) + 1
    assert mails(both, "question_answered") == 1 and sound(both)


def test_numbers_of_another_products_requests_mean_nothing(asked: World) -> None:
    with asked.writing() as session:
        other = Product.open(key="HR", name="Other", owner=session.get_one(User, asked.ids["sam"]))
        session.add(other)
    sam = asked.browser("sam")
    for verb in ("accept", "later", "decline", "duplicate", "reopen", "title"):
        answer = sam.post(f"/products/HR/requests/1/{verb}", {"words": "x", "title": "x", "of": "1", "public": "1"})
        assert answer.status_code == 404, verb
        assert sam.post(f"/products/FE/requests/1/{verb}", {"words": "x"}).status_code == 404, verb
    assert sam.post("/products/HR/requests", {"person": person(asked, "Sunniva").id, "title": "x"}).status_code == 404
    assert stored(asked).state is RequestState.NEW


def test_a_removed_stakeholder_is_no_longer_written_for(asked: World) -> None:
    sunniva = person(asked, "Sunniva").id
    asked.browser("olga").post(f"/products/FE/stakeholders/{sunniva}/remove")
    answer = asked.browser("olga").post("/products/FE/requests", {"person": sunniva, "title": "x"})
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER, None])
def test_who_no_longer_decides_gets_no_words_of_requests_by_mail(asked: World, role: Role | None) -> None:
    with asked.writing() as session:
        mine = sa.and_(Member.user_id == asked.ids["olga"], Member.product_id == 1)
        session.execute(
            sa.delete(Member).where(mine) if role is None else sa.update(Member).where(mine).values(role=role)
        )
    with asked.reading() as session:
        [delivery_id] = session.scalars(sa.select(Delivery.id).where(Delivery.kind == "request_heard"))
        delivery = prepare.load(session, delivery_id)
        assert delivery is not None
        assert prepare.objection(session, delivery)
