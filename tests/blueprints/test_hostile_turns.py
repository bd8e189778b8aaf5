"""Attacks on whose turn it is: stale pages, second taps, superseded answers, and mails that wait while things go on."""

import re

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.mail import prepare
from kanban.mail.links import Purpose
from kanban.models import Becomes, Decision, Delivery, Event, Question, QuestionState, UpdateQuestion
from kanban.models.request import RequestStep
from kanban.reads.invariants import broken_invariants
from kanban.reads.requests import requests
from tests.blueprints.test_answering import link_of, said
from tests.blueprints.test_hostile_requests import letters
from tests.builders import World
from tests.reporting import add_stakeholders, begin, publish
from tests.reporting import link_of as link_to
from tests.requesting import ask, decide, mine, stored


@pytest.fixture
def ref(world: World) -> str:
    """Started work on which Dev may ask."""
    ref = world.item("Timetable import", "Ready", criteria=("Shown within five minutes",))
    world.move(ref, "In progress", by="dev")
    return ref


def due(world: World, *kinds: str) -> list[tuple[str, str, str]]:
    """Kind, address and objection of each mail that waits, as the sender would see it now."""
    found = []
    with world.reading() as session:
        for delivery_id in session.scalars(sa.select(Delivery.id).order_by(Delivery.id)).all():
            delivery = prepare.load(session, delivery_id)
            assert delivery is not None
            person = delivery.user or delivery.stakeholder
            if person is not None and (not kinds or delivery.kind in kinds):
                found.append((delivery.kind, person.email, prepare.objection(session, delivery)))
    return found


def going_out(world: World, *kinds: str) -> list[tuple[str, str]]:
    return [(kind, email) for kind, email, objection in due(world, *kinds) if not objection]


def state_of(world: World, question_id: int) -> QuestionState:
    with world.reading() as session:
        return session.get_one(Question, question_id).state


# Stale pages


@pytest.mark.parametrize("verb", ["accept", "return"])
def test_nobody_closes_an_answer_that_they_never_saw(world: World, ref: str, verb: str) -> None:
    question = world.ask(ref, "Which delays count?")
    world.question(question, "answer", "From five minutes on.", by="olga")
    dev = world.browser("dev")
    page = dev.get("/questions?tab=asked").text + dev.get(f"/items/{ref}").text
    form = re.findall(r"<form[^>]*/questions/\d+/return.*?</form>", page, re.S)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[-1]))
    world.question(question, "answer_again", "No: from twenty minutes on.", by="olga")
    answer = dev.post(f"/questions/{question}/{verb}", {**fields, "body": "Why five?"})
    assert answer.status_code == 409
    assert state_of(world, question) is QuestionState.ANSWERED
    assert said(world) == ["From five minutes on.", "No: from twenty minutes on."]


# Second taps


def test_a_second_tap_behind_a_mails_link_says_that_it_is_said(both: World) -> None:
    both.ask(both.item("Timetable import"), "Which delays count?")
    link = link_of(both, "olga")
    for _ in range(2):
        answer = both.browser().post(link, {"body": "From five minutes on."})
        assert answer.status_code == 200 and "Dev has it now" in answer.text
    assert said(both) == ["From five minutes on."]


def test_a_second_tap_on_whether_it_helps_is_one_judgement_and_one_mail(both: World) -> None:
    add_stakeholders(both, "Ann")
    number = ask(both, "Ann")
    ref = both.item("Refunds", "Ready")
    decide(both, number, "accept", ref)
    decide_done(both, number, ref)
    for _ in range(2):
        both.browser().post(mine(both, "Ann"), {"act": "solved", "request": number, "solved": "no", "words": "Slow."})
    with both.reading() as session:
        kinds = session.scalars(sa.select(RequestStep.kind).order_by(RequestStep.number)).all()
    assert [kind.value for kind in kinds].count("unsolved") == 1
    heard = [one for one in due(both, "request_heard") if not one[2]]
    assert len(heard) == 1, "that it does not help; what was asked is decided"


def decide_done(world: World, number: int, ref: str) -> None:
    for column in ("In progress", "Done"):
        world.move(ref, column)
    with world.changing() as (session, product, _member):
        found = requests.request_in(session, product, number)
        assert found is not None
        found.follow()


# Superseded answers


def test_a_decision_out_of_a_new_answer_takes_the_place_of_the_one_before(both: World) -> None:
    question = both.ask(both.item("Timetable import"), "Which delays count?")
    both.question(question, "answer", "From five minutes on.", by="olga", becomes=Becomes.DECISION)
    both.question(question, "answer_again", "From twenty.", by="olga", becomes=Becomes.DECISION)
    both.question(question, "answer_again", "From thirty.", by="dora", becomes=Becomes.DECISION)
    with both.reading() as session:
        made = session.scalars(sa.select(Decision).order_by(Decision.number)).all()
        assert [each.supersedes_id for each in made] == [None, made[0].id, made[1].id]
        assert broken_invariants(session) == []


def test_a_decision_whose_place_was_taken_by_hand_is_followed_by_the_newer_one(both: World) -> None:
    question = both.ask(both.item("Timetable import"), "Which delays count?")
    both.question(question, "answer", "From five minutes on.", by="olga", becomes=Becomes.DECISION)
    both.browser("olga").post("/products/FE/decisions", {"body": "From ten minutes on.", "supersedes": 1})
    both.question(question, "answer_again", "From twenty.", by="olga", becomes=Becomes.DECISION)
    with both.reading() as session:
        made = session.scalars(sa.select(Decision).order_by(Decision.number)).all()
        assert len(made) == 3
        assert made[2].supersedes_id == made[1].id
        assert broken_invariants(session) == []


# Mails that wait while things go on


def test_two_answers_before_the_mail_goes_out_are_one_mail(world: World, ref: str) -> None:
    question = world.ask(ref, "Which delays count?")
    world.question(question, "answer", "From five minutes on.", by="olga")
    world.question(question, "answer_again", "From twenty.", by="olga")
    assert going_out(world, "question_answered") == [("question_answered", "dev@example.org")]


def test_of_mails_about_one_turn_only_the_newest_goes_out(world: World, ref: str) -> None:
    question = world.ask(ref, "Which delays count?")
    world.question(question, "ask_back", "On which line?", by="olga")
    world.question(question, "reply", "The north line.", by="dev")
    assert going_out(world) == [("question_returned", "olga@example.org")]


@pytest.mark.parametrize("meanwhile", ["accepted", "sent back"])
def test_an_answer_that_was_looked_at_is_not_mailed_any_more(world: World, ref: str, meanwhile: str) -> None:
    question = world.ask(ref, "Which delays count?")
    world.question(question, "answer", "From five minutes on.", by="olga")
    if meanwhile == "accepted":
        world.question(question, "accept", by="dev")
    else:
        world.question(question, "send_back", "Which five?", by="dev")
    assert going_out(world, "question_answered") == []


def test_the_owner_is_not_mailed_what_somebody_decided_or_answered_meanwhile(world: World) -> None:
    add_stakeholders(world, "Ann")
    number = ask(world, "Ann")
    assert going_out(world, "request_heard") == [("request_heard", "olga@example.org")]
    decide(world, number, "postpone", by="dora")
    assert going_out(world, "request_heard") == []

    publish(world, begin(world))
    world.browser().post(link_to(world, "Ann", Purpose.ASK), {"body": "Why the delay?"})
    assert going_out(world, "stakeholder_asked") == [("stakeholder_asked", "olga@example.org")]
    with world.reading() as session:
        asked = session.scalars(sa.select(UpdateQuestion.number)).one()
    world.browser("dora").post(f"/products/FE/asked/{asked}/answer", {"body": "The weather."})
    assert going_out(world, "stakeholder_asked") == []


@pytest.mark.parametrize("end", ["discarded", "archived"])
def test_nobody_is_mailed_a_question_that_no_queue_shows(world: World, ref: str, end: str) -> None:
    world.ask(ref, "Which delays count?")
    if end == "discarded":
        world.change(ref, "discard", "No longer wanted")
    else:
        with world.changing() as (_session, product, _member):
            product.archived_at = clock.now()
    assert going_out(world, "question_asked") == []


def test_a_reply_to_a_mail_reaches_nobody_who_lost_access(world: World, ref: str) -> None:
    question = world.ask(ref, "Which delays count?", to="deb")
    world.question(question, "answer", "From five minutes on.", by="deb")
    world.let_go("deb")
    [letter] = letters(world, "question_answered")
    assert letter.reply_to is None or letter.reply_to.address != "deb@example.org"


def test_a_stakeholders_reply_reaches_the_owner_where_who_decided_lost_access(world: World) -> None:
    add_stakeholders(world, "Ann")
    number = ask(world, "Ann")
    decide(world, number, "decline", "Too dear.", by="dora")
    world.let_go("dora")
    [letter] = letters(world, "request_outcome")
    assert letter.reply_to is not None and letter.reply_to.address == "olga@example.org"


def test_a_mail_that_tells_of_a_duplicate_names_the_other_even_when_it_was_reopened_since(world: World) -> None:
    add_stakeholders(world, "Ann", "Bea")
    first, second = ask(world, "Ann"), ask(world, "Bea", "Refund a bus")
    decide(world, second, "mark_duplicate", first)
    decide(world, second, "reopen")
    told = [letter.text for letter in letters(world, "request_outcome") if letter.to.name == "Bea"]
    assert all("request ," not in text for text in told), told


@pytest.mark.parametrize(("verb", "said_of_it"), [("decline", "won’t be taken up"), ("done", "done")])
def test_who_repeats_what_is_decided_hears_how(world: World, verb: str, said_of_it: str) -> None:
    add_stakeholders(world, "Ann", "Bea")
    first = ask(world, "Ann")
    if verb == "decline":
        decide(world, first, "decline", "Too dear.")
    else:
        ref = world.item("Refunds", "Ready")
        decide(world, first, "accept", ref)
        decide_done(world, first, ref)
    second = ask(world, "Bea", "Refund a bus")
    decide(world, second, "mark_duplicate", first)
    [text] = [letter.text for letter in letters(world, "request_outcome") if letter.to.name == "Bea"]
    assert said_of_it in text and "It continues as request" not in text


def test_a_turn_that_goes_to_somebody_without_access_is_mailed_to_the_owner(world: World, ref: str) -> None:
    question = world.ask(ref, "Which delays count?", to="deb")
    world.question(question, "answer", "From five minutes on.", by="deb")
    world.let_go("deb")
    world.browser("dev").post(f"/questions/{question}/return", {"body": "Which five?"})
    assert ("question_returned", "olga@example.org") in going_out(world)
    with world.reading() as session:
        told = session.scalars(sa.select(Event).where(Event.kind == "sent_back")).one()
        assert told.data["person"] == world.ids["olga"], "the log tells whose it is now"
        assert broken_invariants(session) == []
    world.tell_members()
    assert "Which delays count?" in world.browser("olga").get("/questions").text
    assert world.browser().post(link_of(world, "olga"), {"body": "All five."}).status_code == 200
    assert said(world)[-1] == "All five."


def test_who_repeated_a_request_that_was_joined_further_reads_where_it_stands(world: World) -> None:
    add_stakeholders(world, "Ann", "Bea", "Cleo")
    first, second, third = ask(world, "Ann"), ask(world, "Bea", "Refund a bus"), ask(world, "Cleo", "Refund all")
    decide(world, first, "mark_duplicate", second)
    decide(world, second, "mark_duplicate", third)
    ref = world.item("Refunds", "Ready")
    decide(world, third, "accept", ref)
    assert stored(world, third).item is not None
    page = world.browser().get(mine(world, "Ann")).text
    assert f"Request {third}" in page and "Taken up" in page
