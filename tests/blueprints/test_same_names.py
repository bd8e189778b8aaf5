"""Two people of one name: every list from which one is chosen says which is which, as far as its reader may know."""

import re
from html import unescape

import pytest
import sqlalchemy as sa

from kanban.models import Member, NotificationKind, Stakeholder, User, Way
from tests.blueprints.test_answering import link_of
from tests.blueprints.test_inbox import choose, written
from tests.builders import World

DEV, DEB = "Dev (dev@example.org)", "dev (deb@example.org)"


@pytest.fixture
def two(world: World) -> World:
    """Both developers are called Dev, one of them in small letters; FE-1 is ready."""
    with world.writing() as session:
        session.get_one(User, world.ids["deb"]).name = "dev"
    world.item("One", "Ready")
    return world


def options(html: str, name: str) -> set[str]:
    field = re.search(rf'<select[^>]* name="{name}".*?</select>', html, re.S)
    assert field, html
    return {unescape(text) for text in re.findall(r"<option[^>]*>([^<]*)<", field[0])}


def ticks(html: str, name: str) -> set[str]:
    """What stands beside each box of a group, with what is fainter."""
    found = re.findall(rf'name="{name}" value="\d+"[^>]*><span>(.*?)</span></label>', html)
    return {unescape(re.sub("<[^>]+>", "", text)) for text in found}


@pytest.mark.parametrize("page", ["/items/FE-1/ask", "/items/FE-1"])
def test_whom_one_asks(two: World, page: str) -> None:
    assert options(two.browser("olga").get(page).text, "addressee") == {DEV, DEB, "Dora", "Lea"}
    assert options(two.browser("dev").get(page).text, "addressee") == {DEB, "Olga", "Dora", "Lea"}


def test_who_holds_an_item(two: World) -> None:
    browser = two.browser("dev")
    assert ticks(browser.get("/items/FE-1").text, "people") == {DEV, DEB, "Olga", "Dora", "Lea", "Vic"}
    browser.post("/items/FE-1/assign", {"people": two.ids["deb"]})
    for reader in ("dev", "vic"):
        page = two.browser(reader).get("/items/FE-1").text
        assert re.search(r'</span>dev</span><span class="faint">deb@example.org</span>', page), reader


def test_who_did_what_to_an_item(two: World) -> None:
    """Also in the older entries; who left is only a name, since no member sees their address any more."""
    for who in ("dev", "deb"):
        two.change("FE-1", "comment", "Look", by=who)
    two.change("FE-1", "block", "No test data", by="olga")
    item = two.browser("vic").get("/items/FE-1").text
    older = two.browser("vic").get("/items/FE-1/history?before=1000.0").text
    for page in (item, older):
        assert f"{DEV} commented" in page and f"{DEB} commented" in page and "Olga blocked it" in page
    with two.writing() as session:
        session.execute(sa.delete(Member).where(Member.user_id == two.ids["deb"]))
    for path in ("/items/FE-1", "/items/FE-1/history?before=1000.0"):
        page = two.browser("vic").get(path).text
        assert ">Dev commented" in page and ">dev commented" in page


def test_who_said_what_on_a_question_and_whose_turn_it_is(two: World) -> None:
    two.question(two.ask("FE-1", "How soon?", by="dev", to="deb"), "ask_back", "Which part?", by="deb")
    page = two.browser("lea").get("/items/FE-1").text
    assert f"{DEB} asked back" in page
    assert "Dev (dev@example.org)’s turn" in page
    assert f'title="{DEV}"' in page


def test_who_is_meant_in_the_inbox(two: World) -> None:
    for who in ("dev", "deb"):
        two.change("FE-1", "comment", "@Olga, how soon?", by=who)
    two.tell_members()
    page = two.browser("olga").get("/inbox").text
    assert f"{DEV} mentioned you" in page and f"{DEB} mentioned you" in page


def test_a_link_from_a_mail_shows_nobodys_address(two: World) -> None:
    question = two.ask("FE-1", "How soon?", by="dev", to="deb")
    two.question(question, "ask_back", "Which part?", by="deb")
    two.question(question, "reply", "All of it.", by="dev")
    page = two.browser().get(link_of(two, "deb")).text
    assert "dev asked back" in page and "Dev replied" in page
    assert "dev@example.org" not in page and "deb@example.org" not in page


def test_for_whom_a_link_is(two: World) -> None:
    with two.writing() as session:
        session.get_one(User, two.ids["olga"]).is_admin = True
    olga, fields = two.browser("olga"), {"email": "third@example.org", "name": "Dev", "role": "developer"}
    for shown in (
        olga.post("/products/FE/settings/members", fields),
        olga.post("/people", {"email": "fourth@example.org", "name": "Dev"}),
        olga.post(f"/people/{two.ids['deb']}/link"),
    ):
        assert shown.status_code == 201
        assert re.search(r"A link for [Dd]ev \((third|fourth|deb)@example.org\)", shown.text)


def test_whose_cards_a_filter_leaves(two: World) -> None:
    assert {DEV, DEB, "Vic"} <= options(two.browser("vic").get("/products/FE/board").text, "person")


def test_who_takes_the_product_over(two: World) -> None:
    page = two.browser("olga").get("/products/FE/settings/hand-over").text
    assert options(page, "person") == {DEV, DEB, "Dora", "Lea", "Vic"}


def test_names_that_only_look_the_same_are_told_apart_too(two: World) -> None:
    with two.writing() as session:
        session.get_one(User, two.ids["dev"]).name = "Ren\u00e9"
        session.get_one(User, two.ids["deb"]).name = "Rene\u0301"
    offered = options(two.browser("olga").get("/items/FE-1/ask").text, "addressee")
    assert {"Ren\u00e9 (dev@example.org)", "Rene\u0301 (deb@example.org)"} <= offered


def test_a_member_without_access_tells_nobody_apart_where_they_are_not_listed(two: World) -> None:
    with two.writing() as session:
        session.get_one(User, two.ids["deb"]).is_active = False
    assert "Dev" in options(two.browser("olga").get("/items/FE-1/ask").text, "addressee")


def test_a_name_that_means_both_is_offered_once(two: World) -> None:
    """To mention it tells both; and whose problem it is is only a name."""
    with two.writing() as session:
        session.get_one(User, two.ids["deb"]).name = "Dev"
    offered = re.search(r'data-members="([^"]*)"', two.browser("dev").get("/items/FE-1").text)
    assert offered and offered[1].split("\n").count("Dev") == 1
    form = two.browser("olga").get("/products/FE/problems/new").text
    assert form.count('<option value="Dev">') == 1


def test_who_sees_members_sees_no_more_of_them_here_than_in_the_settings(two: World) -> None:
    for who in ("olga", "dev", "vic"):
        shown = two.browser(who).get("/products/FE/settings/members").text
        assert "dev@example.org" in shown and "deb@example.org" in shown


def test_which_stakeholder(two: World) -> None:
    """The organisation tells them apart where it can."""
    with two.changing() as (session, product, member):
        for at, organisation in (("a", "Harbour"), ("b", "Harbour"), ("c", "Town"), ("d", "")):
            person = Stakeholder(product_id=product.id, name="Ada", email=f"{at}@sea.example")
            person.organisation = organisation
            session.add(person)
            product.record("stakeholder_added", by=member, stakeholder=0, level="full")
    told = {"Ada Harbour · a@sea.example", "Ada Harbour · b@sea.example", "Ada Town", "Ada"}
    olga = two.browser("olga")
    assert ticks(olga.get("/products/FE/promises/new").text, "person") == told
    asked = options(olga.get("/products/FE/requests/new").text, "person")
    assert {text.replace("Ada · ", "Ada ") for text in asked if "Ada" in text} == told


def test_who_asks_and_whose_turn_it_is_in_the_queue(two: World) -> None:
    for who, other in (("dev", "deb"), ("deb", "dev")):
        two.question(two.ask("FE-1", "How soon?", by=who, to=other), "ask_back", "Which part?", by=other)
    two.ask("FE-1", "And when?", by="dev", to="olga")
    page = two.browser("dev").get("/questions?tab=asked").text
    assert f"{DEB} asked back" in page and "Dev (dev@example.org)’s turn" in page
    assert f"<b>{DEV}</b>" in two.browser("olga").get("/questions").text


def test_whom_an_answer_frees(two: World) -> None:
    for who, body in (("dev", "How soon?"), ("deb", "How late?")):
        ref = two.item(body, "Ready")
        two.move(ref, "In progress", by=who)
        two.ask(ref, body, by=who, blocking=True)
    page = two.browser("olga").get("/questions").text
    assert re.search(r"Answering the first one frees [Dd]ev \((dev|deb)@example.org\)\.", unescape(page))


def test_whom_held_work_waits_for(two: World) -> None:
    two.move("FE-1", "In progress", by="dev")
    two.ask("FE-1", "How soon?", by="dev", to="deb", blocking=True)
    mine, item = two.browser("dev").get("/my/work").text, two.browser("vic").get("/items/FE-1").text
    assert f"Waiting on {DEB} for" in mine and f"Waiting on {DEB} since" in item
    assert f"<span>{DEV}</span>" in two.browser("deb").get("/my/work").text


def test_who_is_meant_in_a_mail(two: World) -> None:
    """Its reader is a member, who sees the addresses of members."""
    question = two.ask("FE-1", "How soon?", by="deb", to="dev")
    asked = written(two, "question_asked")
    assert asked.subject.startswith(f"{DEB} asks: ") and f"{DEB} asks you about FE-1" in asked.text
    two.question(question, "answer", "By Friday.", by="dev")
    assert f"{DEV} answered your question" in unescape(written(two, "question_answered").html)
    choose(two, "olga", NotificationKind.MENTION, Way.AT_ONCE)
    for who in ("dev", "deb"):
        two.change("FE-1", "comment", "Look, @Olga", by=who)
    two.tell_members()
    told = written(two, "notification").text
    assert DEV in told and DEB in told
