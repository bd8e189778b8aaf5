"""The owner's side of requests: who sees them, what each decision does, and what accepting displaces."""

import re

import pytest
import sqlalchemy as sa

from kanban.models import Delivery, Item, Request, RequestState, Stakeholder, User
from kanban.reads.requests import requests
from tests.builders import World

LIST = "/products/FE/requests"


def person(world: World, name: str = "Kari", organisation: str = "Harbour Board") -> int:
    with world.changing() as (session, product, member):
        found = Stakeholder(product_id=product.id, name=name, email=f"{name.lower()}@harbour.example")
        found.organisation = organisation
        session.add(found)
        product.record("stakeholder_added", by=member, stakeholder=0, level="full")
        session.flush()
        return found.id


def asked(world: World, title: str, who: int, body: str = "") -> int:
    """A request of that stakeholder; answers its number."""
    with world.changing() as (session, product, _):
        found, owner = session.get_one(Stakeholder, who), session.get_one(User, world.ids["olga"])
        request = Request.ask(product, title, body, person=found, owner=owner, n_open=0)
        session.add(request)
        return request.number


def state(world: World, number: int) -> RequestState:
    with world.reading() as session:
        return session.scalars(sa.select(Request.state).where(Request.number == number)).one()


def told(world: World) -> list[str]:
    """The kinds of the mails to stakeholders."""
    with world.reading() as session:
        query = sa.select(Delivery.kind).where(Delivery.stakeholder_id.is_not(None)).order_by(Delivery.id)
        return list(session.scalars(query))


@pytest.fixture
def kari(world: World) -> int:
    return person(world)


@pytest.mark.parametrize("name", ["dev", "vic"])
def test_who_may_not_see_requests_reads_why_and_is_shown_no_way_there(world: World, kari: int, name: str) -> None:
    number = asked(world, "Refunds at the pier", kari)
    browser = world.browser(name)
    answer = browser.get(LIST)
    assert answer.status_code == 403 and "see the requests" in answer.text and "Refunds" not in answer.text
    assert browser.get(f"{LIST}/{number}/accept").status_code == 403
    assert browser.post(f"{LIST}/{number}/decline", {"words": "No"}).status_code == 403
    assert LIST not in browser.get("/products/FE/board").text
    assert state(world, number) is RequestState.NEW


def test_a_stranger_finds_nothing(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    assert world.browser("sam").get(LIST).status_code == 404
    assert world.browser("sam").post(f"{LIST}/{number}/later").status_code == 404


def test_a_lead_reads_the_list_and_is_offered_nothing(world: World, kari: int) -> None:
    asked(world, "Refunds at the pier", kari)
    text = world.browser("lea").get(LIST).text
    assert "Refunds at the pier" in text and "Kari" in text and "Harbour Board" in text
    assert "/accept" not in text and "/decline" not in text


def test_where_nothing_was_asked_yet_the_way_to_the_form_is_shown(world: World) -> None:
    form = 'href="/products/FE/settings/requests"'
    assert form in world.browser("olga").get(LIST).text.partition("<main")[2]
    assert form not in world.browser("lea").get(LIST).text.partition("<main")[2]


def test_the_rail_counts_what_is_new(world: World, kari: int) -> None:
    for n in range(3):
        asked(world, f"Wish {n}", kari)
    browser = world.browser("olga")
    browser.post(f"{LIST}/1/later")
    text = " ".join(browser.get("/products/FE/backlog").text.split())
    assert 'Requests</span><span class="n">2</span>' in text
    assert "2 are waiting for a decision" in browser.get(LIST).text


def test_the_oldest_stands_open_and_a_link_opens_another_one_in_its_list(world: World, kari: int) -> None:
    one, two = asked(world, "First wish", kari, "Because of the queue"), asked(world, "Second wish", kari)
    browser = world.browser("olga")
    text = browser.get(LIST).text
    assert text.index("First wish") < text.index("Second wish")
    assert f'class="q open" id="request-{one}"' in text
    answer = browser.get(f"{LIST}/{two}")
    assert answer.status_code == 303 and "tab=new&open=2" in answer.headers["Location"]
    assert f'class="q open" id="request-{two}"' in browser.get(answer.headers["Location"]).text


def test_putting_off_says_so_and_keeps_it_to_be_decided(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    answer = world.browser("dora").post(f"{LIST}/{number}/later", {"words": "After the summer"})
    assert answer.status_code == 303
    assert (state(world, number), told(world)[-1]) == (RequestState.LATER, "request_outcome")
    text = world.browser("olga").get(f"{LIST}?tab=later").text
    assert "After the summer" in text and "Accept" in text and f"/{number}/later" not in text


def test_declining_needs_a_reason_that_stays_readable(world: World, kari: int) -> None:
    number = asked(world, "A chat", kari)
    browser = world.browser("olga")
    answer = browser.post(f"{LIST}/{number}/decline", {"words": "  "}, hx=True)
    assert answer.status_code == 422 and "Say why" in answer.text
    assert state(world, number) is RequestState.NEW
    answer = browser.post(f"{LIST}/{number}/decline", {"words": "Mail does that"}, hx=True)
    assert answer.status_code == 200 and "read it on their own pages" in answer.text
    assert "Mail does that" in browser.get(f"{LIST}?tab=declined").text


def test_a_duplicate_brings_its_people_along(world: World, kari: int) -> None:
    first = asked(world, "Refunds", kari)
    second = asked(world, "Money back", person(world, "Ola"))
    browser = world.browser("olga")
    assert "Choose the request" in browser.post(f"{LIST}/{second}/duplicate", {"of": "77"}, hx=True).text
    browser.post(f"{LIST}/{second}/duplicate", {"of": str(first)})
    assert state(world, second) is RequestState.DUPLICATE
    text = browser.get(LIST).text
    assert "one more wants it" in text and "Also wanted by Ola" in text
    assert "the same as request 1: Refunds" in browser.get(f"{LIST}?tab=duplicate").text


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ({"place": "bottom"}, ["One", "Two", "Three", "Refunds"]),
        ({}, ["One", "Two", "Three", "Refunds"]),
        ({"place": "top"}, ["Refunds", "One", "Two", "Three"]),
        ({"place": "before", "before": "FE-2"}, ["One", "Refunds", "Two", "Three"]),
        ({"place": "before", "before": "3"}, ["One", "Two", "Refunds", "Three"]),
        ({"place": "position", "position": "2"}, ["One", "Refunds", "Two", "Three"]),
        ({"place": "position", "position": "99"}, ["One", "Two", "Three", "Refunds"]),
    ],
)
def test_accepting_makes_an_item_at_the_place_that_was_chosen(
    world: World, kari: int, place: dict[str, str], order: list[str]
) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title)
    number = asked(world, "Money back", kari)
    answer = world.browser("olga").post(f"{LIST}/{number}/accept", {"title": "Refunds", "words": "We do it", **place})
    assert answer.status_code == 303
    assert world.order() == order
    assert (state(world, number), told(world)[-1]) == (RequestState.ACCEPTED, "request_outcome")
    with world.reading() as session:
        assert session.scalars(sa.select(Item.title).join(Request, Request.item_id == Item.id)).one() == "Refunds"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"place": "before", "before": "FE-77"}, "Name an item that waits"),
        ({"place": "position", "position": "0"}, "counted from 1"),
        ({"place": "position", "position": "9" * 30}, "counted from 1"),
        ({"place": "sideways"}, "Choose a place"),
        ({"kind": "existing", "item": "FE-77"}, "Name one item"),
        ({"kind": "existing", "item": ""}, "Name one item"),
        ({"title": " "}, "title"),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field_and_nothing_is_made(
    world: World, kari: int, place: dict[str, str], words: str
) -> None:
    number = asked(world, "Refunds", kari)
    answer = world.browser("olga").post(f"{LIST}/{number}/accept", {"title": "Refunds", **place}, hx=True)
    assert answer.status_code == 422 and words in answer.text
    assert state(world, number) is RequestState.NEW and world.order() == []


def test_the_top_of_the_backlog_is_called_what_it_is(world: World, kari: int) -> None:
    """Where something is ready, that waits above it."""
    number, browser = asked(world, "Refunds at the pier", kari), world.browser("olga")
    for words in ("At the top", "Below what is ready"):
        for page in (
            browser.get(f"{LIST}/{number}/accept"),
            browser.post(f"{LIST}/{number}/accept", {"place": "position"}),
        ):
            assert [each for each in ("At the top", "Below what is ready") if each in page.text] == [words]
        world.item("Timetable", "Ready")
        world.item("Discounts")


def test_what_is_told_of_an_accepted_request_leads_to_its_item(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    form = {"title": "Refunds", "place": "bottom"}
    told = world.browser("olga").post(f"{LIST}/{number}/accept", form, hx=True).text
    assert f"FE-1 comes from request {number}." in told
    assert '<a class="btn quiet" href="/items/FE-1" data-panel>' in told, (
        "beside the list or as a page, not in a dialog"
    )


def test_an_item_that_is_there_takes_it_up(world: World, kari: int) -> None:
    world.item("Refund rules")
    number = asked(world, "Money back for Kari Nordmann", kari)
    browser = world.browser("olga")
    browser.post(f"{LIST}/{number}/accept", {"kind": "existing", "item": "refund"})
    assert state(world, number) is RequestState.ACCEPTED and world.order() == ["Refund rules"]


def test_two_who_decide_at_once_leave_one_decision_and_one_item(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    assert world.browser("olga").post(f"{LIST}/{number}/accept", {"title": "Refunds"}).status_code == 303
    answer = world.browser("dora").post(f"{LIST}/{number}/accept", {"title": "Refunds again"}, hx=True)
    assert answer.status_code == 409 and "already been decided" in answer.text
    assert world.order() == ["Refunds"]


def test_the_same_command_twice_makes_one_item(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    browser, form = world.browser("olga"), {"title": "Refunds", "command": "a" * 32}
    for _ in range(2):
        assert browser.post(f"{LIST}/{number}/accept", form).status_code == 303
    assert world.order() == ["Refunds"] and told(world).count("request_outcome") == 1


def test_looking_at_the_place_changes_nothing_and_puts_it_into_the_reply_when_asked(world: World, kari: int) -> None:
    world.item("Next")
    number = asked(world, "Refunds", kari)
    version, browser = world.version(), world.browser("olga")
    form = {"title": "Refunds", "place": "top", "words": "We do it."}
    text = browser.post(f"{LIST}/{number}/accept", {**form, "look": "place"}).text
    assert "place 1 of 2" in text and ">We do it.</textarea>" in text
    for look in ("plain", "named"):
        text = browser.post(f"{LIST}/{number}/accept", {**form, "look": look}).text
        assert ">We do it.\nThere is too little history to say what it would move.</textarea>" in text
    fragment = browser.get(f"{LIST}/{number}/displaced?place=position&position=2", hx=True).text
    assert "place 2 of 2" in fragment
    assert "counted from 1" in browser.get(f"{LIST}/{number}/displaced?place=position&position=x", hx=True).text
    assert world.version() == version and state(world, number) is RequestState.NEW


def test_the_reply_to_an_outsider_names_nothing_by_itself_and_that_to_a_colleague_does(world: World, kari: int) -> None:
    world.item("Next")
    number, browser = asked(world, "Refunds", kari), world.browser("olga")
    first = r'name="look" value="(\w+)" formnovalidate data-into-reply'
    assert re.findall(first, browser.get(f"{LIST}/{number}/accept").text) == ["plain", "named"]
    with world.writing() as session:
        session.get_one(Stakeholder, kari).email = "vic@example.org"
    assert re.findall(first, browser.get(f"{LIST}/{number}/accept").text) == ["named", "plain"]
    world.let_go("vic")
    assert re.findall(first, browser.get(f"{LIST}/{number}/accept").text) == ["plain", "named"]


def test_a_decision_that_is_taken_back_says_that_the_mail_went_out(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    browser = world.browser("olga")
    browser.post(f"{LIST}/{number}/accept", {"title": "Refunds"})
    assert "can’t be taken back" in browser.get(f"{LIST}/{number}/reopen").text
    browser.post(f"{LIST}/{number}/reopen", {"words": "We were too quick"})
    assert state(world, number) is RequestState.NEW and world.order() == ["Refunds"]
    assert told(world).count("request_outcome") == 2
    assert "We were too quick" in browser.get(LIST).text


def test_the_next_one_stands_open_once_one_is_decided(world: World, kari: int) -> None:
    for n in range(3):
        asked(world, f"Wish {n}", kari)
    browser = world.browser("olga")
    browser.post(f"{LIST}/2/later")
    assert 'class="q open" id="request-3"' in browser.get(f"{LIST}?open=2", hx=True).text


def test_a_member_writes_down_what_somebody_said(world: World, kari: int) -> None:
    browser = world.browser("dora")
    assert "Choose who asked" in browser.post(LIST, {"title": "Refunds"}, hx=True).text
    browser.post(LIST, {"title": "Refunds", "person": str(kari), "body": "Said on the phone"})
    text = browser.get(LIST).text
    assert "Said on the phone" in text and "written down by Dora" in text
    assert told(world) == ["request_received"] and world.mails()[-1] == ("request_heard", "olga@example.org")


def test_a_title_is_shown_to_others_and_hidden_again(world: World, kari: int) -> None:
    number = asked(world, "Refunds", kari)
    browser = world.browser("olga")
    browser.post(f"{LIST}/{number}/title", {"public": "1"})
    assert "Hide the title" in browser.get(LIST).text
    browser.post(f"{LIST}/{number}/title", {"public": ""})
    assert "Show the title" in browser.get(LIST).text


def test_words_of_a_stranger_never_become_markup(world: World, kari: int) -> None:
    asked(world, "<script>alert(1)</script>", kari, "<b>bold</b> [x](javascript:alert(1))")
    text = world.browser("olga").get(LIST).text
    assert "<script>alert" not in text and "<b>bold" not in text and 'href="javascript' not in text


def test_lists_and_verbs_work_on_both_databases(both: World) -> None:
    kari = person(both)
    number = asked(both, "Refunds", kari)
    browser = both.browser("olga")
    browser.post(f"{LIST}/{number}/accept", {"title": "Refunds", "place": "top"})
    for tab in ("new", "later", "accepted", "duplicate", "declined"):
        assert browser.get(f"{LIST}?tab={tab}").status_code == 200
    with both.reading() as session:
        assert requests.left_behind(session, sa.func.now()) == []  # type: ignore[arg-type]
