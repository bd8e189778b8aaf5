"""Answering a question from its mail: the one question, without sign-in, while it waits on the person."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kanban import identity
from kanban.mail import links
from kanban.mail.links import Purpose, SignedAddress
from kanban.models import Answer, Delivery, Question, User
from kanban.reads.invariants import broken_invariants
from tests.builders import World


@pytest.fixture
def ref(world: World) -> str:
    """Started work on which Dev may ask."""
    ref = world.item("Timetable import", "Ready", criteria=("Shown within five minutes",))
    world.move(ref, "In progress", by="dev")
    return ref


def link_of(world: World, name: str) -> str:
    """The address in the newest mail of a question to this person."""
    with world.reading() as session:
        newest = sa.select(sa.func.max(Delivery.id)).where(
            Delivery.user_id == world.ids[name], Delivery.question_id.is_not(None)
        )
        return signed(world, session.scalars(newest).one())


def signed(world: World, delivery_id: int, address: SignedAddress = SignedAddress.ANSWER) -> str:
    with world.reading() as session:
        person = session.scalars(sa.select(User).join(Delivery).where(Delivery.id == delivery_id)).one()
    return "/answer/" + links.sign_address(
        world.app.config["KANBAN"].secret_key, address, delivery_id, person.link_serial
    )


def said(world: World) -> list[str]:
    with world.reading() as session:
        return list(session.scalars(sa.select(Answer.body).order_by(Answer.id)))


def test_the_link_shows_the_question_alone_and_answers_it_without_a_sign_in(both: World) -> None:
    ref = both.item("Timetable import")
    both.ask(ref, "Which delays count?", blocking=True)
    link, version = link_of(both, "olga"), both.version()
    page = both.browser().get(link)
    assert page.status_code == 200
    assert "Which delays count?" in page.text and "Timetable import" in page.text and "Olga" in page.text
    assert "The work is waiting for it." in page.text
    assert both.version() == version and said(both) == []
    answer = both.browser().post(link, {"body": "From five minutes on."})
    assert "Dev has it now" in answer.text and "From five minutes on." in answer.text
    assert "The work is waiting for it." not in answer.text
    assert said(both) == ["From five minutes on."]
    assert ("question_answered", "dev@example.org") in both.mails()
    with both.reading() as session:
        question = session.scalars(sa.select(Question)).one()
        assert question.waits_on_id == both.ids["dev"]
        assert broken_invariants(session) == []


def test_the_page_sets_no_cookie_and_its_address_goes_nowhere(world: World, ref: str) -> None:
    world.ask(ref, "Which delays count?")
    page = world.browser().get(link_of(world, "olga"))
    assert "Set-Cookie" not in page.headers
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert "noindex" in page.headers["X-Robots-Tag"] and 'name="robots"' in page.text.partition("</head>")[0]
    refused = world.app.test_client().put(link_of(world, "olga"))
    assert (refused.status_code, refused.headers["Referrer-Policy"]) == (405, "no-referrer")


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ("answered behind the link", "It is waiting for Dev now"),
        ("answered in the app", "It is waiting for Dev now"),
        ("asked back", "It is waiting for Dev now"),
        ("accepted", "The question is settled"),
        ("withdrawn", "took the question back"),
        ("sent back", "You were sent a newer mail about it"),
    ],
)
def test_once_the_turn_is_over_the_link_shows_nothing_of_the_question_and_changes_nothing(
    both: World, turn: str, words: str
) -> None:
    question = both.ask(both.item("Timetable import"), "Which delays count?")
    link = link_of(both, "olga")
    match turn:
        case "answered behind the link":
            both.browser().post(link, {"body": "From five minutes on."})
        case "asked back":
            both.question(question, "ask_back", "On which line?", by="olga")
        case "withdrawn":
            both.question(question, "withdraw", by="dev")
        case _:
            both.question(question, "answer", "From five minutes on.", by="olga")
    if turn == "accepted":
        both.question(question, "accept", by="dev")
    if turn == "sent back":
        both.question(question, "send_back", "Which five?", by="dev")
        assert "Which five?" in both.browser().get(link_of(both, "olga")).text
    before = said(both)
    shown, posted = both.browser().get(link), both.browser().post(link, {"body": "No, from ten."})
    assert (shown.status_code, posted.status_code) == (410, 409)
    assert "No, from ten." in posted.text, "what was typed is not lost"
    for page in (shown.text, posted.text):
        assert words in page
        for private in ("Which delays", "five", "Timetable", "<form"):
            assert private not in page
    assert said(both) == before


def test_whoever_was_asked_back_replies_and_whoever_is_answered_again_gets_the_field_anew(
    world: World, ref: str
) -> None:
    question = world.ask(ref, "Which delays count?")
    world.question(question, "ask_back", "On which line?", by="olga")
    page = world.browser().get(link_of(world, "dev"))
    assert "On which line?" in page.text and "Your reply" in page.text
    world.browser().post(link_of(world, "dev"), {"body": "On the north line."})
    world.browser().post(link_of(world, "olga"), {"body": "All of them."})
    assert said(world) == ["On which line?", "On the north line.", "All of them."]


def test_an_answer_without_words_says_so_beside_the_field(world: World, ref: str) -> None:
    world.ask(ref, "Which delays count?")
    answer = world.browser().post(link_of(world, "olga"), {"body": "  "})
    assert answer.status_code == 422 and "Write 1 to 10,000 characters." in answer.text and "<textarea" in answer.text
    assert said(world) == []


@pytest.mark.parametrize(
    "end",
    ["membership", "account", "age", "forged", "other door", "other purpose", "no question"]
    + ["signed out everywhere", "new password", "password by mail", "new address", "shut out"],
)
def test_a_dead_link_shows_and_does_nothing(world: World, ref: str, end: str) -> None:
    world.ask(ref, "Which delays count?", by="dev", to="deb")
    link = link_of(world, "deb")
    delivery_id, key = int(link.split("-")[1]), world.app.config["KANBAN"].secret_key
    with world.writing() as session:
        if end == "account":
            session.get_one(User, world.ids["deb"]).is_active = False
        if end == "age":
            session.get_one(Delivery, delivery_id).created_at -= dt.timedelta(days=15)
        if end == "no question":
            session.add(other := Delivery.to_user("test", session.get_one(User, world.ids["deb"])))
            session.flush()
            link = "/answer/" + links.sign_address(key, SignedAddress.ANSWER, other.id, 1)
        if end == "new address":
            session.get_one(User, world.ids["deb"]).email = "deborah@example.org"
    match end:
        case "signed out everywhere":
            assert world.browser("deb").post("/me/sign-ins/end").status_code == 303
        case "new password":
            assert world.browser("deb").post("/me/password", {"password": "a calm quay in fog"}).status_code == 303
        case "password by mail":
            with world.app.test_request_context(), world.writing() as session:
                identity.end_sign_ins(session.get_one(User, world.ids["deb"]))
        case "shut out":
            with world.writing() as session:
                session.get_one(User, world.ids["olga"]).is_admin = True
            for verb in ("deactivate", "activate"):
                assert world.browser("olga").post(f"/people/{world.ids['deb']}/{verb}").status_code == 303
        case "membership":
            world.let_go("deb")
        case "forged":
            link = link[:-1] + ("a" if link[-1] != "a" else "b")
        case "other door":
            link = signed(world, delivery_id, SignedAddress.MINE)
        case "other purpose":
            link = "/answer/" + links.sign(key, Purpose.READ, delivery_id, 1)
    for answer in (world.browser().get(link), world.browser().post(link, {"body": "Yes."})):
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert "Which delays count?" not in answer.text and "Timetable" not in answer.text
    assert said(world) == []


def test_the_mail_after_links_were_ended_brings_one_that_works(world: World, ref: str) -> None:
    question = world.ask(ref, "Which delays count?", to="deb")
    dead = link_of(world, "deb")
    world.browser("deb").post("/me/sign-ins/end")
    world.question(question, "answer", "All.", by="deb")
    world.question(question, "send_back", "Which?", by="dev")
    link = link_of(world, "deb")
    assert world.browser().get(dead).status_code == 404
    assert world.browser().post(link, {"body": "Those from five minutes on."}).status_code == 200
    assert said(world)[-1] == "Those from five minutes on."


def test_the_link_opens_nothing_else(world: World, ref: str) -> None:
    world.ask(ref, "Which delays count?")
    token = link_of(world, "olga").removeprefix("/answer/")
    anybody = world.browser()
    for path in (f"/u/{token}", f"/requests/mine/{token}", f"/requests/{token}", f"/sign-in/link/{token}"):
        assert anybody.get(path).status_code in (404, 410), path
    anybody.get(f"/answer/{token}")
    assert anybody.get(f"/items/{ref}").status_code in (302, 303)


def test_a_withdrawn_question_and_a_viewer_get_a_plain_sentence(world: World, ref: str) -> None:
    question = world.ask(ref, "Which delays count?", to="deb")
    link = link_of(world, "deb")
    with world.changing() as (session, product, _member):
        from kanban.policy import Role
        from kanban.reads import locked

        member = locked.membership(session, product.id, world.ids["deb"])
        assert member is not None
        member.role = Role.VIEWER
        product.record("member_let_in", by=_member, person=member.user_id, role="viewer")
    shown = world.browser().get(link).text
    assert "<form" not in shown and "It is waiting for Olga now." in shown
    assert world.browser().post(link, {"body": "Yes."}).status_code == 403
    world.question(question, "withdraw", by="dev")
    page = world.browser().get(link)
    assert "took the question back" in page.text and "<form" not in page.text
    assert said(world) == []


@pytest.mark.parametrize(
    ("end", "words"), [("archived", "Ferry is archived."), ("discarded", "The item was discarded.")]
)
def test_what_is_put_away_takes_no_answer_and_says_so(world: World, ref: str, end: str, words: str) -> None:
    world.ask(ref, "Which delays count?")
    link = link_of(world, "olga")
    if end == "discarded":
        world.change(ref, "discard", "No longer wanted")
    else:
        with world.changing() as (_session, product, member):
            product.archive(by=member)
    shown, posted = world.browser().get(link), world.browser().post(link, {"body": "Yes."})
    assert (shown.status_code, posted.status_code) == (410, 409)
    for page in (shown.text, posted.text):
        assert words in page and "<form" not in page


def test_the_address_is_masked_wherever_it_is_kept() -> None:
    assert links.mask_links("GET /answer/w-1-1-abc 200") == "GET /answer/… 200"
