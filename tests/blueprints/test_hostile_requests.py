"""Attacks on requests: what an outsider, a crowd and an erased person can do to them."""

import contextlib
import datetime as dt
import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import following
from kanban.extensions import limiter
from kanban.mail import links, prepare
from kanban.mail.compose import renderer
from kanban.mail.letter import Letter
from kanban.mail.links import SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Command, Delivery, Newcomer, Product, Request, Stakeholder, User
from kanban.models.problem import Problem
from kanban.reads.people import newcomers
from kanban.reads.stakeholders.entries import Entry
from kanban.reads.stakeholders.erasure import still_named
from kanban.reads.stakeholders.stakeholders import welcome
from tests.blueprints.test_request_forms import (
    WORDS,
    ask_and_confirm,
    confirm_address,
    count,
    key,
    open_form,
    write_down,
)
from tests.builders import World
from tests.reporting import add_stakeholders, person
from tests.requesting import ask, decide, stored


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """No test meets what another one used up."""
    yield
    limiter.reset()


def letters(world: World, kind: str) -> list[Letter]:
    """All mails of this kind as they would go out now."""
    found = []
    with world.reading() as session:
        for delivery_id in session.scalars(sa.select(Delivery.id).where(Delivery.kind == kind)).all():
            delivery = prepare.load(session, delivery_id)
            assert delivery is not None
            if prepare.objection(session, delivery):
                continue
            office = PostOffice.from_config(world.app.config["KANBAN"])
            letter = prepare.letter_for(session, delivery, office, renderer(world.app.jinja_env))
            letter.as_message()
            found.append(letter)
    return found


def add_person(world: World, name: str) -> None:
    with world.changing() as (session, product, member):
        welcome(session, product, [Entry(name, "somebody@island.example.org", "Finance")], by=member)


def test_many_at_once_fill_nobodys_box_either(both: World) -> None:
    form = open_form(both)
    limiter.enabled = False
    try:
        start = threading.Barrier(8)

        def send(number: int) -> None:
            start.wait()
            both.browser().post(form, {**WORDS, "title": f"Wish {number} of many"})

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        limiter.enabled = True
    assert count(both, Newcomer) == count(both, Delivery) == 3


def test_many_at_once_through_the_forms_of_several_products_fill_nobodys_box_either(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = [open_form(both)]
    with both.writing() as session:
        for number in range(5):
            owner = session.get_one(User, both.ids["olga"])
            product = Product.open(key=f"QUAY{'ABCDE'[number]}", name="Quay", owner=owner)
            product.form_open, product.form_serial = True, 1
            session.add(product)
            session.flush()
            forms.append("/requests/" + links.sign_address(key(both), SignedAddress.FORM, product.id, 1))
    counted, count_waiting = threading.Barrier(len(forms)), newcomers.count_waiting

    def count_together(*which: Any) -> tuple[int, int, int]:
        """Everybody counts before anybody writes, where nothing keeps them apart."""
        found = count_waiting(*which)
        with contextlib.suppress(threading.BrokenBarrierError):
            counted.wait(1)
        return found

    monkeypatch.setattr(newcomers, "count_waiting", count_together)
    limiter.enabled = False
    try:

        def send(form: str) -> None:
            both.browser().post(form, WORDS)

        threads = [threading.Thread(target=send, args=(form,)) for form in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        limiter.enabled = True
    assert count(both, Newcomer) == count(both, Delivery) == 3


def test_what_is_not_kept_leaves_no_file_behind(world: World) -> None:
    form = open_form(world)
    for number in range(4):
        world.browser().post(form, {**WORDS, "title": f"Wish {number}", "file": [(io.BytesIO(b"x"), "x.txt")]})
    folder = world.app.config["KANBAN"].attachments_dir
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 3


def test_the_owners_side_finds_the_files_that_came_along(world: World) -> None:
    form = open_form(world)
    world.browser().post(form, {**WORDS, "file": [(io.BytesIO(b"Seen"), "seen.txt")]})
    world.browser().post(confirm_address(world))
    page = world.browser("lea").get("/products/FE/requests").text
    assert "/products/FE/requests/1/files/1" in page and "seen.txt" in page


def test_the_confirmation_of_a_closed_product_says_so(both: World) -> None:
    form = open_form(both)
    both.browser().post(form, WORDS)
    there = confirm_address(both)
    both.browser("olga").post("/products/FE/settings/archive")
    answer = both.browser().post(there)
    assert answer.status_code == 409 and "closed" in answer.text


def test_two_presses_at_once_confirm_once(both: World) -> None:
    form = open_form(both)
    both.browser().post(form, WORDS)
    there, codes, start = confirm_address(both), [], threading.Barrier(4)

    def press() -> None:
        start.wait()
        codes.append(both.browser().post(there).status_code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 404, 404, 404] and count(both, Request) == 1


def test_a_name_beyond_ascii_is_forgotten_in_any_case_and_form(both: World) -> None:
    add_person(both, "Émilie Ångström")
    add_stakeholders(both, "Tor")
    ask(both, "Tor", "What ÉMILIE ÅNGSTRÖM said", "And e\u0301milie a\u030angstro\u0308m said more.")
    decide(both, 1, "decline", "Sorry, émilie ångström.")
    there = f"/products/FE/stakeholders/{person(both, 'Émilie Ångström').id}/erase"
    assert both.browser("olga").post(there).status_code == 303
    request = stored(both)
    for text in (request.title, request.body, *(step.words for step in request.steps)):
        assert "milie" not in text.casefold(), text


def test_the_owner_hears_of_a_request_whose_person_was_erased_meanwhile(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    ask(both, "Sunniva", "Dogs")
    both.browser("olga").post(f"/products/FE/stakeholders/{person(both, 'Sunniva').id}/erase")
    for letter in letters(both, "request_heard"):
        assert "Sunniva" not in letter.text
        assert letter.reply_to is None


@pytest.mark.parametrize(
    "title",
    [
        "a\x01b\x1b[31m",
        "x" * 200,
        "é" * 200,
        "\u202egnp.exe",
        "=?utf-8?q?x?=",
        "🚢" * 200,
        "a\u2028Bcc: v@x.example",
        "a\rBcc: v@x.example",
    ],
)
def test_odd_titles_make_sound_mails(world: World, title: str) -> None:
    form = open_form(world)
    ask_and_confirm(
        world, world.browser(), form, title=title, name='A\u2028\x01\r\nBcc: v@x.example, "q" <z@z.example>'
    )
    for kind in ("request_heard", "request_received"):
        [letter] = letters(world, kind)
        for line in letter.as_message().as_bytes().split(b"\r\n"):
            assert len(line) <= 998 and b"\n" not in line and not line.startswith(b"Bcc")


def test_the_export_holds_all_requests(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    for number in range(105):
        ask(world, "Sunniva", f"Wish {number}")
    there = f"/products/FE/stakeholders/{person(world, 'Sunniva').id}/export.json"
    assert len(json.loads(world.browser("olga").get(there).text)["requests"]) == 105


def test_me_too_of_what_became_a_duplicate_of_a_duplicate(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    form = open_form(both)
    for title in ("Refund a coach", "Refund a bus", "Refund a van"):
        write_down(both, title, "Sunniva")
    both.browser().post(form, {**WORDS, "seen": "1", "supports": "1"})
    decide(both, 1, "mark_duplicate", 2)
    decide(both, 2, "mark_duplicate", 3)
    assert both.browser().post(confirm_address(both)).status_code == 303
    assert [each.name for each in stored(both, 3).supporters] == ["Rita"]


def test_an_erasure_names_problems_and_assumptions_too(both: World) -> None:
    add_person(both, "Émilie Ångström")
    with both.changing() as (session, product, member):
        session.add(Problem.raise_in(product, "émilie ångström is ill", by=member))
    with both.reading() as session:
        product = session.scalars(sa.select(Product)).one()
        found = still_named(session, product, "Émilie Ångström", "somebody@island.example.org")
        assert [each.kind for each in found] == ["problem"]
    there = f"/products/FE/stakeholders/{person(both, 'Émilie Ångström').id}/erase"
    assert "/products/FE/problems" in both.browser("olga").get(there).text


def test_who_is_forgotten_leaves_no_file_either(both: World) -> None:
    form = open_form(both)
    both.browser().post(form, {**WORDS, "file": [(io.BytesIO(b"Seen"), "seen.txt")]})
    with clock.at(clock.now() + dt.timedelta(days=3, minutes=1)):
        following.forget_newcomers(both.app)
    folder = both.app.config["KANBAN"].attachments_dir
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_link_to_a_request_far_down_its_list_opens_just_that(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    with world.changing() as (session, product, member):
        someone = session.scalars(sa.select(Stakeholder)).one()
        for number in range(103):
            session.add(
                Request.ask(product, f"Wish {number}", "", person=someone, owner=member.user, n_open=0, by=member)
            )
    browser = world.browser("lea")
    page = browser.get(browser.get("/products/FE/requests/103").headers["Location"].partition("#")[0]).text
    assert "Wish 102" in page
    assert 'class="q open" id="request-103"' in page
    assert "The first 100 of 103 are shown" in page
    assert "Wish 101" not in page


def test_an_erasure_reaches_kept_answers_that_hold_the_name_alone(both: World) -> None:
    add_person(both, "Émilie Ångström")
    with both.writing() as session:
        answers = {"a": {"asked_by": {"name": "Émilie Ångström"}}, "b": {"title": "Dogs"}}
        for command, result in answers.items():
            made = {"person_id": both.ids["olga"], "product_id": 1, "request_hash": "", "status": 200}
            session.add(Command(id=command * 32, result=result, **made))
    both.browser("olga").post(f"/products/FE/stakeholders/{person(both, 'Émilie Ångström').id}/erase")
    with both.reading() as session:
        kept = [each for each in session.scalars(sa.select(Command.result)) if each]
    assert kept == [{"title": "Dogs"}]
