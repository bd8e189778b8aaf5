"""What the facts hold against an update: shown beside it, answered, frozen with it, and the reason it may need."""

import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Milestone, StatusUpdate
from kanban.reads.promises.milestones import items_named
from tests.blueprints.test_requests import asked, person
from tests.builders import World
from tests.reporting import UPDATES, form_of, found

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
DRAFT = f"{UPDATES}/1"
PASSED = "H13:1"


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def passed_promise(world: World, noon: clock.MovedClock) -> str:
    """A draft of a product that has a promise whose day has passed; answers the item's reference."""
    ref = world.item("Wallet", "Ready")
    sent = {"item": ref, "due_on": "2026-12-01", "statement": "Wallet works"}
    assert world.browser("olga").post("/products/FE/promises", sent).status_code == 303
    noon.advance(days=10)
    assert world.browser("olga").post(UPDATES).status_code == 303
    return ref


def save(world: World, act: str = "save", **words: Any) -> Any:
    return world.browser("olga").post(DRAFT, form_of(world, 1, act=act, **words))


def go(world: World) -> Any:
    return world.browser("olga").post(f"{DRAFT}/publish", {"revision": str(found(world, 1).revision)})


def page(world: World, path: str = DRAFT, name: str = "olga") -> str:
    return html.unescape(world.browser(name).get(path).text)


def test_the_facts_suggest_a_health_with_its_reason_in_words(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    told = page(world)
    assert "The facts suggest off track" in told
    assert "“Wallet works” was promised for 1 Dec, and that day has passed" in told


def promised(world: World, about: str) -> tuple[str, dict[str, str]]:
    """An item in progress, and the field with which a promise names it, its milestone or the request it comes from."""
    if about == "request":
        number = asked(world, "Pay from the phone", person(world))
        world.browser("olga").post(f"/products/FE/requests/{number}/accept", {"title": "Wallet", "place": "top"})
        world.move("FE-1", "In progress")
        return "FE-1", {"request": str(number)}
    ref = world.item("Wallet", "In progress")
    if about == "item":
        return ref, {"item": ref}
    with world.changing() as (session, product, member):
        milestone = Milestone.make(product, "Summer", by=member)
        session.add(milestone)
        items_named(session, product, ref)[0].aim_for(milestone, is_reached=False, by=member)
    return ref, {"milestone": "1"}


@pytest.mark.parametrize("about", ["item", "milestone", "request"])
@pytest.mark.parametrize(("days", "is_delay"), [(0, False), (7, False), (8, True)])
def test_what_came_by_its_first_day_after_all_is_no_delay(
    world: World, noon: clock.MovedClock, days: int, is_delay: bool, about: str
) -> None:
    olga, (ref, subject) = world.browser("olga"), promised(world, about)
    promise = {**subject, "due_on": "2026-12-01", "statement": "Wallet works"}
    assert olga.post("/products/FE/promises", promise).status_code == 303
    moved = {"due_on": "2026-12-15", "cause": "blocked", "explanation": "The bank is late"}
    assert olga.post("/products/FE/promises/1/change", moved).status_code == 303
    noon.advance(days=days)
    world.move(ref, "Done")
    assert world.browser("olga").post(UPDATES).status_code == 303
    sections = {part["kind"]: part["lines"] for part in found(world, 1).sections}
    assert [line["ref"] for line in sections["shipped"]] == [ref]
    assert [line["text"] for line in sections["delays"]] == (["Wallet works"] if is_delay else [])
    assert ("The facts suggest off track" in page(world)) is is_delay


def test_a_promise_without_a_forecast_is_not_said_to_be_missing(world: World) -> None:
    nothing = "The facts can’t suggest a health: "
    assert world.browser("olga").post(UPDATES).status_code == 303
    assert f"{nothing}no promise is open, and this update reports no delay." in page(world)
    sent = {"item": world.item("Wallet", "Ready"), "due_on": "2026-12-01"}
    assert world.browser("olga").post("/products/FE/promises", sent).status_code == 303
    told = f"{nothing}the forecast says nothing about what is promised yet, and this update reports no delay."
    assert told in page(world)


def test_another_health_than_the_facts_suggest_needs_a_reason(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    save(world, headline="All is well", health="on_track")
    refused = go(world)
    assert refused.status_code == 409
    assert "Say why you see it differently" in html.unescape(refused.text)
    assert found(world, 1).published_at is None
    save(world, health_reason="It works since this morning.")
    assert go(world).status_code == 303
    frozen = found(world, 1).snapshot
    assert frozen is not None
    assert (frozen["health"], frozen["health_computed"]) == ("on_track", "off_track")
    for name in ("olga", "vic"):
        told = page(world, name=name)
        assert "The forecast says: off track" in told
        assert "It works since this morning." in told


def test_what_would_be_refused_offers_the_way_back_instead_of_publishing(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    save(world, headline="All is well", health="on_track")
    last_look = page(world, f"{DRAFT}/publish")
    assert "Without that the update can’t be published" in last_look and "</svg>Publish" not in last_look
    sent = {"revision": str(found(world, 1).revision), "next": DRAFT}
    refused = world.browser("olga").post(f"{DRAFT}/publish", sent)
    assert refused.status_code == 409 and f'href="{DRAFT}"' in refused.text
    sent["next"] = "https://elsewhere.example"
    assert "elsewhere.example" not in world.browser("olga").post(f"{DRAFT}/publish", sent).text
    save(world, health_reason="It works since this morning.")
    assert "</svg>Publish" in page(world, f"{DRAFT}/publish")


def test_the_health_that_the_facts_suggest_needs_no_reason(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    save(world, headline="Late", health="off_track")
    assert go(world).status_code == 303
    assert "The forecast says" not in page(world)


def test_a_reason_is_read_by_readers_and_a_finding_without_one_is_kept(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    assert "that day has passed" in page(world)
    save(world, headline="Late", health="off_track", answer_key=[PASSED], answer_reason=["The bank was closed."])
    assert found(world, 1).answers == {PASSED: {"mentioned": False, "reason": "The bank was closed."}}
    assert "The bank was closed." in page(world)
    assert go(world).status_code == 303
    [check] = found(world, 1).snapshot["checks"]  # type: ignore[index]
    assert (check["code"], check["reason"], check["mentioned"]) == ("H13", "The bank was closed.", False)
    assert "The bank was closed." in page(world, name="vic")


def test_mentioned_is_accepted_only_while_a_line_is_about_it(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    save(world, act="drop 0")
    with world.writing() as session:
        session.execute(sa.update(StatusUpdate).values(sections=[], summary=""))
    refused = save(world, act=f"told {PASSED}")
    assert refused.status_code == 422
    assert "No line is about it" in html.unescape(refused.text)
    assert found(world, 1).answers == {}
    saved = save(world, act=f"told {PASSED}", summary="The wallet works but for the bank: Wallet works later.")
    assert saved.status_code == 303
    assert found(world, 1).answers[PASSED]["mentioned"]
    assert "Mentioned in the text" in page(world)
    save(world, summary="Nothing about it.")
    assert "Mentioned in the text" not in page(world)


def test_nobody_but_the_owners_side_answers(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    form = form_of(world, 1, answer_key=[PASSED], answer_reason=["Mine"])
    assert world.browser("dev").post(DRAFT, form).status_code == 403
    assert world.browser("sam").post(DRAFT, form).status_code == 404
    assert found(world, 1).answers == {}


def test_a_save_of_its_own_brings_what_the_facts_say_of_it_now(world: World, noon: clock.MovedClock) -> None:
    passed_promise(world, noon)
    world.browser("olga").post("/products/FE/problems", {"text": "The bank is slow"})
    answer = world.browser("olga").post(DRAFT, form_of(world, 1, act="", headline="All is well"), hx=True)
    assert answer.status_code == 200
    part = answer.text.partition('hx-target="#checks"')[2]
    assert "that day has passed" in part.partition("</hx-partial>")[0]
    assert "mention The bank is slow" in answer.text.partition('hx-target="#unmentioned"')[2]
    assert 'name="headline"' not in answer.text


def test_a_promise_that_slips_while_a_draft_is_open_comes_in_with_one_press(
    world: World, noon: clock.MovedClock
) -> None:
    olga, ref = world.browser("olga"), world.item("Wallet", "Ready")
    sent = {"item": ref, "due_on": "2026-12-01", "statement": "Wallet works"}
    assert olga.post("/products/FE/promises", sent).status_code == 303
    assert olga.post(UPDATES).status_code == 303
    assert save(world, headline="We wait for the bank").status_code == 303
    moved = {
        "due_on": "2026-12-15",
        "cause": "blocked",
        "explanation": "The bank is late",
        "mitigation": "Cash until then",
    }
    assert olga.post("/products/FE/promises/1/change", moved).status_code == 303
    finding = page(world).partition("but no delay mentions it.")[2].partition("</section>")[0]
    [act] = re.findall(r'value="(mention [^"]+)"', finding)
    save(world, act)
    [line] = [line for part in found(world, 1).sections if part["kind"] == "delays" for line in part["lines"]]
    assert (line["ref"], line["text"], line["old_date"], line["new_date"]) == (ref, "Wallet works", "1 Dec", "15 Dec")
    assert found(world, 1).headline == "We wait for the bank"
    assert "no delay mentions it" not in page(world)
