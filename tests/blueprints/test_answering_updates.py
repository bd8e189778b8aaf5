"""Answering what a stakeholder asked about an update from its mail: the one question, without sign-in, while it waits."""

import dataclasses
import datetime as dt
import html
from functools import partial

import pytest
import sqlalchemy as sa

from kanban.mail import links, prepare
from kanban.mail.compose import renderer
from kanban.mail.links import Purpose, SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Member, UpdateQuestion, User
from kanban.policy import Role
from kanban.reads.invariants import broken_invariants
from tests.blueprints.test_answering import signed
from tests.blueprints.test_hostile_races import at_once
from tests.blueprints.test_hostile_requests import letters
from tests.blueprints.test_without_mail import PROMISE
from tests.builders import World
from tests.reporting import add_stakeholders, begin, deliveries, person, publish
from tests.reporting import link_of as link_to

QUESTION = "May we still sell season cards?"


@pytest.fixture
def asked(world: World) -> World:
    """Sunniva asked Olga about update 1."""
    return _asked(world)


@pytest.fixture
def asked_both(both: World) -> World:
    """The same on both databases."""
    return _asked(both)


def _asked(world: World) -> World:
    world.app.config["KANBAN"] = dataclasses.replace(world.app.config["KANBAN"], smtp_url="smtp://mail.example.org")
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world), "Six weeks late")
    world.browser().post(link_to(world, "Sunniva", Purpose.ASK), {"body": QUESTION})
    return world


def link_of(world: World) -> str:
    """The address in the mail that brought the newest question."""
    with world.reading() as session:
        newest = sa.select(sa.func.max(Delivery.id)).where(Delivery.kind == "stakeholder_asked")
        delivery_id = session.scalars(newest).one()
    return signed(world, delivery_id)


def stored(world: World) -> tuple[str, int | None]:
    """The answer and whose it is."""
    with world.reading() as session:
        question = session.scalars(sa.select(UpdateQuestion)).one()
        return question.answer, question.answered_by_id


def told(world: World) -> list[tuple[str, str]]:
    """The answers that are mailed to stakeholders."""
    return deliveries(world, "stakeholder_answered")


def removed(world: World, verb: str) -> None:
    world.browser("olga").post(f"/products/FE/stakeholders/{person(world, 'Sunniva').id}/{verb}")


def test_the_link_shows_the_question_alone_and_its_answer_goes_out_by_mail(asked_both: World) -> None:
    link, version = link_of(asked_both), asked_both.version()
    page = asked_both.browser().get(link)
    assert page.status_code == 200 and "Set-Cookie" not in page.headers
    for words in (
        QUESTION,
        "Sunniva (Finance) asked on",
        "Ferry · update 1 · ",
        "Six weeks late",
        "This link is for Olga",
    ):
        assert words in page.text
    assert asked_both.version() == version and stored(asked_both) == ("", None)
    answer = asked_both.browser().post(link, {"body": "Yes, from Monday."})
    assert answer.status_code == 200 and "<form" not in answer.text
    assert "Sunniva gets it by mail" in answer.text and "Yes, from Monday." in answer.text
    assert stored(asked_both) == ("Yes, from Monday.", asked_both.ids["olga"])
    assert told(asked_both) == [("Sunniva", "waiting")]
    assert asked_both.kinds() == ["stakeholder_answered"]
    assert QUESTION not in asked_both.browser("olga").get("/questions").text
    assert "Yes, from Monday." in asked_both.browser().get(link_to(asked_both, "Sunniva", Purpose.READ)).text
    with asked_both.reading() as session:
        assert broken_invariants(session) == []


@pytest.mark.parametrize(
    ("who", "words"),
    [("dora", "Dora has answered it."), ("olga", "You have answered it."), (None, "You have answered it.")],
)
def test_once_it_is_answered_the_link_shows_nothing_of_it_and_keeps_what_was_typed(
    asked_both: World, who: str | None, words: str
) -> None:
    link = link_of(asked_both)
    if who is None:
        asked_both.browser().post(link, {"body": "Yes, from Monday."})
    else:
        asked_both.browser(who).post("/products/FE/asked/1/answer", {"body": "Yes, from Monday."})
    before, version = stored(asked_both), asked_both.version()
    shown, posted = asked_both.browser().get(link), asked_both.browser().post(link, {"body": "Never again."})
    assert (shown.status_code, posted.status_code) == (410, 409)
    assert "Never again." in posted.text
    for page in (shown.text, posted.text):
        assert words in page and "update 1" in page
        for private in ("season cards", "from Monday", "Six weeks", "Sunniva", "<form"):
            assert private not in page
    assert (stored(asked_both), asked_both.version(), len(told(asked_both))) == (before, version, 1)


def test_the_same_words_sent_twice_are_one_answer_and_one_mail(asked_both: World) -> None:
    link = link_of(asked_both)
    asked_both.browser().post(link, {"body": "Yes,\r\nfrom Monday. "})
    version = asked_both.version()
    again = asked_both.browser().post(link, {"body": "Yes,\r\nfrom Monday. "})
    assert again.status_code == 200 and "Sunniva gets it by mail" in again.text
    assert (stored(asked_both)[0], asked_both.version()) == ("Yes,\nfrom Monday.", version)
    assert told(asked_both) == [("Sunniva", "waiting")]


def test_of_two_who_answer_at_once_one_wins_and_the_other_is_told(asked_both: World) -> None:
    link, dora = link_of(asked_both), asked_both.browser("dora")
    calls = [
        partial(lambda words: asked_both.browser().post(link, {"body": words}).status_code, f"Said {number}.")
        for number in range(3)
    ]
    app = [lambda: dora.post("/products/FE/asked/1/answer", {"body": "Said in the app."}).status_code]
    codes = at_once(*calls, *app)
    assert codes in ([200, 409, 409, 409], [303, 409, 409, 409])
    assert stored(asked_both)[0].startswith("Said") and len(told(asked_both)) == 1
    with asked_both.reading() as session:
        assert broken_invariants(session) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [(" \n ", "Write the answer first."), ("x" * 10_000, "At most 5,000")],
)
def test_what_can_not_be_an_answer_gets_a_sentence_and_stays_in_the_field(
    asked_both: World, typed: str, sentence: str
) -> None:
    version = asked_both.version()
    answer = asked_both.browser().post(link_of(asked_both), {"body": typed})
    assert answer.status_code == 422 and QUESTION in answer.text
    assert sentence in html.unescape(answer.text) and f"\n{typed}</textarea>" in answer.text
    assert (stored(asked_both), asked_both.version(), told(asked_both)) == (("", None), version, [])


def test_a_sign_that_is_no_text_is_refused_and_the_words_stand_there(asked_both: World) -> None:
    answer = asked_both.browser().post(link_of(asked_both), {"body": "Yes,\0 from Monday."})
    assert answer.status_code == 422 and "from Monday." in answer.text and "Set-Cookie" not in answer.headers
    assert stored(asked_both) == ("", None)


@pytest.mark.parametrize(
    "typed", ["نعم، من يوم الاثنين", "👍🏽 \"So\" & <b>it</b> 'is'", "\n\n  Yes.\r\n\r\n  Really."]
)
def test_any_words_are_an_answer_and_stand_there_as_they_were_written(asked_both: World, typed: str) -> None:
    answer = asked_both.browser().post(link_of(asked_both), {"body": typed})
    kept = typed.replace("\r\n", "\n").strip()
    assert answer.status_code == 200 and stored(asked_both)[0] == kept
    assert kept in html.unescape(answer.text) and "<b>" not in answer.text
    [letter] = letters(asked_both, "stakeholder_answered")
    assert kept.splitlines()[0] in letter.text


@pytest.mark.parametrize(
    "end",
    ["membership", "account", "age", "forged", "other door", "other purpose", "other mail", "signed out everywhere"],
)
def test_a_dead_link_shows_and_does_nothing(asked: World, end: str) -> None:
    link = link_of(asked)
    delivery_id, key = int(link.split("-")[1]), asked.app.config["KANBAN"].secret_key
    with asked.writing() as session:
        olga = session.get_one(User, asked.ids["olga"])
        match end:
            case "account":
                olga.is_active = False
            case "age":
                session.get_one(Delivery, delivery_id).created_at -= dt.timedelta(days=14)
            case "membership":
                session.execute(sa.delete(Member).where(Member.user_id == olga.id))
            case "other mail":
                session.add(other := Delivery.to_user("stakeholder_decided", olga, context={"asked": 1}))
                session.flush()
                link = "/answer/" + links.sign_address(key, SignedAddress.ANSWER, other.id, 1)
    match end:
        case "forged":
            link = link[:-1] + ("a" if link[-1] != "a" else "b")
        case "other door":
            link = signed(asked, delivery_id, SignedAddress.MINE)
        case "other purpose":
            link = "/answer/" + links.sign(key, Purpose.ASK, delivery_id, 1)
        case "signed out everywhere":
            asked.browser("olga").post("/me/sign-ins/end")
    for answer in (asked.browser().get(link), asked.browser().post(link, {"body": "Yes."})):
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert "season cards" not in answer.text and "Six weeks" not in answer.text
    assert stored(asked) == ("", None)


def test_who_may_answer_no_more_is_told_who_does_and_keeps_their_words(asked: World) -> None:
    link = link_of(asked)
    asked.browser("olga").post("/products/FE/settings/hand-over", {"person": str(asked.ids["dora"])})
    assert "<form" in asked.browser().get(link).text, "a former owner is a delegate, who answers"
    with asked.changing("dora") as (session, product, member):
        former = session.scalars(sa.select(Member).where(Member.user_id == asked.ids["olga"])).one()
        former.role = Role.DEVELOPER
        product.record("member_let_in", by=member, person=former.user_id, role="developer")
    shown, posted = asked.browser().get(link), asked.browser().post(link, {"body": "Yes."})
    assert (shown.status_code, posted.status_code) == (410, 403)
    for page in (shown.text, posted.text):
        assert "It is waiting for Dora now." in page
        assert "season cards" not in page and "<form" not in page
    assert "Your role in this product does not allow that." in posted.text and "Yes." in posted.text
    assert stored(asked) == ("", None)


def test_an_archived_product_takes_no_answer_and_says_so(asked: World) -> None:
    link = link_of(asked)
    with asked.changing() as (_session, product, member):
        product.archive(by=member)
    shown, posted = asked.browser().get(link), asked.browser().post(link, {"body": "Yes."})
    assert (shown.status_code, posted.status_code) == (410, 409)
    assert "Ferry is archived." in shown.text and "season cards" not in shown.text
    assert "Yes." in posted.text and stored(asked) == ("", None)


@pytest.mark.parametrize(("verb", "name"), [("remove", "Sunniva"), ("erase", "A former stakeholder")])
def test_an_answer_to_somebody_off_the_list_is_kept_and_mailed_to_nobody(asked: World, verb: str, name: str) -> None:
    link = link_of(asked)
    removed(asked, verb)
    page = asked.browser().get(link).text
    assert f"{name} is no longer on the list of stakeholders: your answer is kept" in page
    assert "but not mailed" in page and "by mail" not in page
    answer = asked.browser().post(link, {"body": "Yes, from Monday."}).text
    assert f"It is kept with the update. {name} is no longer on the list" in answer and "by mail" not in answer
    assert stored(asked)[0] == "Yes, from Monday." and told(asked) == []
    assert "Yes, from Monday." in asked.browser("olga").get("/products/FE/updates/1").text


def test_without_a_mail_server_the_page_promises_no_mail(asked: World) -> None:
    asked.app.config["KANBAN"] = dataclasses.replace(asked.app.config["KANBAN"], smtp_url=None)
    link = link_of(asked)
    page, answer = asked.browser().get(link), asked.browser().post(link, {"body": "Yes."})
    assert "Sunniva can read your answer through their link." in page.text
    assert "Sunniva can read it through their link." in answer.text
    assert not PROMISE.search(page.text + answer.text)


def test_the_mail_has_the_link_and_a_kept_copy_masks_it(asked: World) -> None:
    link = link_of(asked)
    [letter] = letters(asked, "stakeholder_asked")
    assert letter.html.count(link) == letter.text.count(link) == 1
    assert "without signing in" in letter.text and "without signing in" in letter.html
    assert "/products/FE/updates/1#asked-1" in letter.text and "/products/FE/updates/1#asked-1" in letter.html
    office = PostOffice.from_config(asked.app.config["KANBAN"])
    with asked.reading() as session:
        delivery = prepare.load(session, int(link.split("-")[1]))
        assert delivery is not None
        kept = prepare.kept_copy(session, delivery, office, renderer(asked.app.jinja_env), show_links=False)
    for text in (kept.text, kept.html):
        assert "/answer/…" in text and link not in text and link.rpartition("-")[2] not in text


def test_the_mail_to_the_stakeholder_has_no_such_link(asked: World) -> None:
    asked.browser().post(link_of(asked), {"body": "Yes."})
    [letter] = letters(asked, "stakeholder_answered")
    assert "/answer/" not in letter.text + letter.html
