"""Promises, milestones and the calendar over HTTP: the owner's side acts, the team reads, a stranger finds nothing."""

import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Commitment, Product, Stakeholder, StatusUpdate
from kanban.reads.invariants import broken_invariants
from kanban.reads.updates.beginning import read_beginning
from kanban.reads.updates.facts import read_facts
from tests.builders import World

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
PROMISES = "/products/FE/promises"


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


@pytest.fixture(autouse=True)
def sound(world: World) -> Iterator[None]:
    yield
    with world.reading() as session:
        assert broken_invariants(session) == []


def ada(world: World) -> int:
    """A stakeholder."""
    with world.changing() as (session, product, member):
        person = Stakeholder(product_id=product.id, name="Ada Berg", email="ada@harbour.example")
        session.add(person)
        session.flush()
        product.record("stakeholder_added", by=member, stakeholder=person.id, level="full")
        return person.id


def promise(world: World, item: str = "", **form: Any) -> Any:
    sent = {"item": item, "due_on": "2026-12-15", "statement": "Refunds work"} | form
    return world.browser("olga").post(PROMISES, sent)


def move(world: World, number: int = 1, **form: Any) -> Any:
    sent = {"due_on": "2027-01-04", "cause": "blocked", "explanation": "No water", "mitigation": ""} | form
    return world.browser("olga").post(f"{PROMISES}/{number}/change", sent)


def page(world: World, path: str = PROMISES, name: str = "olga") -> str:
    """The words of a page, without its marks."""
    answer = world.browser(name).get(path)
    assert answer.status_code == 200
    main = answer.text.partition("<main")[2].partition("<aside")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_an_owner_promises_moves_the_date_twice_and_the_log_stays(world: World) -> None:
    ref, person = world.item("Refunds"), ada(world)
    assert promise(world, ref, person=[str(person)]).status_code == 303
    assert move(world, due_on="2026-12-28").status_code == 303
    assert move(world, due_on="2027-01-04", cause="external", explanation="The bank is closed").status_code == 303
    told = page(world)
    assert "slipped twice, 20 days in all" in told
    assert "Refunds work" in told
    assert "to Ada Berg" in told
    assert "Something outside. The bank is closed" in told
    assert "15 Dec" in told, "the first date"
    item = page(world, f"/items/{ref}")
    assert "slipped twice, 20 days in all" in item
    assert "Olga promised it for 15 Dec" in item
    assert "Olga moved the promise from 15 Dec to 28 Dec (Blocked): No water" in item


def test_the_team_reads_dates_and_causes_but_not_to_whom(world: World) -> None:
    ref = world.item("Refunds")
    promise(world, ref, person=[str(ada(world))])
    move(world)
    for name in ("dev", "vic"):
        for told in (page(world, name=name), page(world, f"/items/{ref}", name)):
            assert "No water" in told
            assert "Ada" not in told
            assert "Change the date" not in told
    for name in ("lea", "dora"):
        assert "to Ada Berg" in page(world, name=name)


@pytest.mark.parametrize("name", ["dev", "vic", "lea"])
def test_who_is_not_of_the_owners_side_is_told_so_and_a_stranger_finds_nothing(world: World, name: str) -> None:
    ref = world.item("Refunds")
    promise(world, ref)
    forms = {
        PROMISES: {"item": ref, "due_on": "2026-12-15"},
        f"{PROMISES}/1/change": {"due_on": "2027-01-04", "cause": "blocked", "explanation": "So"},
        f"{PROMISES}/1/withdraw": {"reason": "So"},
        "/products/FE/milestones": {"name": "Summer"},
        f"/items/{ref}/milestone": {"milestone": ""},
    }
    before = world.version()
    for path, form in forms.items():
        assert world.browser(name).post(path, form).status_code == 403, path
        assert world.browser("sam").post(path, form).status_code == 404, path
    assert world.version() == before


def test_a_delegate_promises_on_the_owners_behalf(world: World) -> None:
    ref = world.item("Refunds")
    answer = world.browser("dora").post(PROMISES, {"item": ref, "due_on": "2026-12-15"})
    assert answer.status_code == 303
    assert world.kinds() == ["promised"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"due_on": "2026-11-24"}, "in the future"),
        ({"due_on": "2026-12-05"}, "Nobody works here on Saturday 5 December 2026"),
        ({"due_on": ""}, "Give a day"),
        ({"due_on": "soon"}, "Give a day"),
        ({"item": "FE-77"}, "Name an item of this product"),
        ({"item": ""}, "Name an item of this product"),
        ({"item": "", "milestone": "9"}, "That milestone is gone"),
        ({"milestone": "9"}, "not both"),
        ({"statement": "x" * 501}, "at most 500"),
    ],
)
def test_what_cannot_be_promised_is_told_beside_its_field_and_what_was_typed_stays(
    world: World, form: dict[str, str], said: str
) -> None:
    ref, person = world.item("Refunds"), ada(world)
    before = world.version()
    answer = promise(world, **{"item": ref, "person": [str(person)], **form})  # type: ignore[arg-type]
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert said in text
    assert f'value="{person}" checked' in text
    assert world.version() == before


def test_who_is_not_on_the_list_yet_comes_on_it_with_the_promise(world: World) -> None:
    """The form is not left for them, and those it names again are the same people."""
    ref, there = world.item("Refunds"), ada(world)
    names = "Sunniva Berg <sunniva@harbour.example>, Finance; Ada Berg <ada@harbour.example>"
    assert promise(world, ref, person=[str(there)], newcomer=names).status_code == 303
    with world.reading() as session:
        query = sa.select(Commitment).options(sa.orm.selectinload(Commitment.stakeholders))
        told = {person.email: person.organisation for person in session.scalars(query).one().stakeholders}
        assert told == {"ada@harbour.example": "", "sunniva@harbour.example": "Finance"}
        assert session.scalar(sa.select(sa.func.count()).select_from(Stakeholder)) == 2
    assert "Sunniva Berg" in page(world, "/products/FE/stakeholders")


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"newcomer": "Sunniva"}, "no address"),
        ({"newcomer": "Sunniva <sunniva@harbour.example>", "due_on": "2020-01-01"}, "in the future"),
    ],
)
def test_nobody_comes_on_the_list_when_the_promise_is_refused(
    world: World, form: dict[str, str], sentence: str
) -> None:
    answer = promise(world, world.item("Refunds"), **form)
    text = html.unescape(answer.text)
    assert answer.status_code == 422
    assert f'value="{form["newcomer"]}"' in text
    assert sentence in text
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Stakeholder)) == 0


def test_a_closure_is_no_day_to_promise_until_it_is_taken_away(world: World) -> None:
    ref, olga = world.item("Refunds"), world.browser("olga")
    calendar = "/products/FE/settings/calendar"
    form = {"first_on": "2026-12-24", "last_on": "2026-12-28", "name": "Christmas"}
    assert olga.post(f"{calendar}/closures", form).status_code == 303
    assert "Christmas" in page(world, calendar, "dev")
    answer = promise(world, ref, due_on="2026-12-24")
    assert answer.status_code == 422
    assert "The next working day is Tuesday 29 December 2026" in answer.text
    assert olga.post(f"{calendar}/closures/1/remove").status_code == 303
    assert promise(world, ref, due_on="2026-12-24").status_code == 303


def test_the_working_week_is_the_owners_to_say(world: World) -> None:
    ref, calendar = world.item("Refunds"), "/products/FE/settings/calendar"
    assert world.browser("dora").post(calendar, {"day": ["6", "7"]}).status_code == 403
    assert world.browser("olga").post(calendar, {}).status_code == 422
    assert world.browser("olga").post(calendar, {"day": ["6", "7"]}).status_code == 303
    assert promise(world, ref, due_on="2026-12-05").status_code == 303
    assert move(world, due_on="2026-12-14").status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {"first_on": "2026-12-24", "name": ""},
        {"first_on": "2026-12-24", "last_on": "2026-12-23", "name": "Backwards"},
        {"first_on": "2026-12-24", "last_on": "2028-12-23", "name": "For good"},
        {"first_on": "", "name": "Never"},
    ],
)
def test_a_closure_has_days_and_a_word(world: World, form: dict[str, str]) -> None:
    before = world.version()
    answer = world.browser("olga").post("/products/FE/settings/calendar/closures", form)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert world.version() == before


def test_a_promise_whose_day_has_passed_says_that_it_has_no_new_date(world: World, noon: clock.MovedClock) -> None:
    ref = world.item("Refunds", "Acceptance")
    promise(world, ref)
    noon.advance(days=21)
    assert "no new date yet" not in page(world)
    noon.advance(days=1)
    assert "no new date yet" in page(world)
    assert "no new date yet" in page(world, f"/items/{ref}")
    world.move(ref, "Done")
    assert "no new date yet" not in page(world)


def test_what_is_promised_leads_to_its_item(world: World) -> None:
    ref = world.item("Give money back")
    promise(world, ref)
    assert f'<a href="/items/{ref}" data-panel>Refunds work</a>' in world.browser("olga").get(PROMISES).text


def test_a_promise_is_kept_on_its_day_and_late_after_it(world: World, noon: clock.MovedClock) -> None:
    early, late = world.item("Early", "Acceptance"), world.item("Late", "Acceptance")
    promise(world, early, statement="Early")
    promise(world, late, statement="Late")
    assert page(world).count("Open") == 3, "the heading, and each of the two"
    noon.move_to(dt.datetime(2026, 12, 15, 9, tzinfo=dt.UTC))
    world.move(early, "Done")
    noon.advance(days=3)
    told = page(world)
    assert "Kept" in told
    assert "Late by 3 days" in told
    world.move(late, "Done")
    noon.advance(days=9)
    assert "Late by 3 days" in page(world), "it is late by the days until it was finished"
    assert move(world, 2).status_code == 409
    world.move(late, "Review")
    assert "Late by 12 days" in page(world), "opened again it is late until today"


def test_the_same_thing_is_promised_once_and_again_only_after_a_withdrawal(world: World) -> None:
    ref = world.item("Refunds")
    promise(world, ref)
    assert promise(world, ref, due_on="2027-01-04").status_code == 409
    assert world.browser("olga").post(f"{PROMISES}/1/withdraw", {"reason": " "}).status_code == 422
    assert world.browser("olga").post(f"{PROMISES}/1/withdraw", {"reason": "Nobody wants it"}).status_code == 303
    assert promise(world, ref, due_on="2027-01-04").status_code == 303
    told = page(world, f"/items/{ref}")
    assert "Withdrawn" in told
    assert "Nobody wants it" in told
    assert "4 Jan" in told


def test_a_change_needs_its_cause_and_sentence(world: World) -> None:
    promise(world, world.item("Refunds"))
    before = world.version()
    wrong: tuple[dict[str, Any], ...] = (
        {"cause": ""},
        {"cause": "weather"},
        {"explanation": ""},
        {"due_on": "2026-12-15"},
        {"due_on": "x"},
    )
    for form in wrong:
        answer = move(world, **form)
        assert answer.status_code == 422, form
        assert 'class="error"' in answer.text
    assert world.version() == before
    assert move(world, 7).status_code == 404


def test_where_the_sentence_of_a_change_will_stand_is_said_before(world: World) -> None:
    promise(world, world.item("Refunds"))
    olga = world.browser("olga")
    assert "It goes into the next status update." in olga.get("/products/FE/promises/1/change").text
    olga.post("/products/FE/updates")
    told = olga.get("/products/FE/promises/1/change").text
    assert "A draft of update 1 is open" in told and "It goes into the next" not in told


def test_a_milestone_tells_how_much_of_it_is_done_and_is_reached_with_the_last_item(world: World) -> None:
    one, two, other = (world.item(title, "Acceptance") for title in ("One", "Two", "Other"))
    olga = world.browser("olga")
    form = {"name": "Summer", "kind": "set", "items": f"{one}, {two} {one}"}
    assert olga.post("/products/FE/milestones", form).status_code == 303
    assert promise(world, milestone="1", statement="").status_code == 303
    world.move(one, "Done")
    told = page(world)
    assert "1 of 2 done" in told
    assert "Open" in told
    assert "Summer" in page(world, f"/items/{two}")
    world.move(two, "Done")
    assert "Kept" in page(world)
    assert olga.post(f"/items/{other}/milestone", {"milestone": "1"}).status_code == 409, "it is reached"


def test_an_item_joins_another_milestone_and_its_row_says_so(world: World) -> None:
    ref, olga = world.item("Refunds"), world.browser("olga")
    for name in ("Summer", "Winter"):
        olga.post("/products/FE/milestones", {"name": name, "kind": "set"})
    olga.post(f"/items/{ref}/milestone", {"milestone": "1"})
    assert "Summer" in page(world, "/products/FE/backlog")
    answer = olga.post(f"/items/{ref}/milestone", {"milestone": "2"}, hx=True)
    assert answer.status_code == 200
    told = page(world, "/products/FE/backlog")
    assert "Winter" in told
    assert "Summer" not in told
    assert olga.post(f"/items/{ref}/milestone", {"milestone": "9"}).status_code == 404
    assert olga.post("/products/FE/milestones/2", {"name": "Spring", "items": ""}).status_code == 303
    assert "Spring" not in page(world, "/products/FE/backlog")
    assert "Spring No items yet" in page(world)


def test_the_next_n_are_those_that_are_finished_first(world: World, noon: clock.MovedClock) -> None:
    done, doing, third, fourth = (
        world.item(title, column)
        for title, column in (("Before", "Done"), ("Begun", "Review"), ("Third", "Ready"), ("Fourth", "Backlog"))
    )
    assert done
    noon.advance(hours=1)
    form = {"name": "The next two", "kind": "top", "top": "2"}
    assert world.browser("olga").post("/products/FE/milestones", form).status_code == 303
    promise(world, milestone="1", statement="")
    told = page(world)
    assert "0 of 2 done" in told
    assert doing in told
    assert third in told
    assert fourth not in told
    world.move(fourth, "Done")
    told = page(world)
    assert "1 of 2 done" in told
    assert third not in told, "what came in between counts"
    world.move(doing, "Done")
    assert "Kept" in page(world)
    for top in ("", "0", "501", "x"):
        form = {"name": "None", "kind": "top", "top": top}
        assert world.browser("olga").post("/products/FE/milestones", form).status_code == 422


def test_a_promised_milestone_stays_and_another_one_goes_with_its_items_left_alone(world: World) -> None:
    ref, olga = world.item("Refunds"), world.browser("olga")
    for name in ("Summer", "Winter"):
        olga.post("/products/FE/milestones", {"name": name, "kind": "set"})
    olga.post(f"/items/{ref}/milestone", {"milestone": "2"})
    promise(world, milestone="1", statement="")
    olga.post(f"{PROMISES}/1/withdraw", {"reason": "Too early"})
    assert olga.post("/products/FE/milestones/1/remove").status_code == 409
    assert olga.post("/products/FE/milestones/2/remove").status_code == 303
    assert "Winter" not in page(world)
    assert ref in page(world, "/products/FE/backlog")


def test_card_and_row_show_the_day(world: World, noon: clock.MovedClock) -> None:
    row, card = world.item("Refunds"), world.item("Search", "Review")
    promise(world, row)
    promise(world, card, due_on="2026-12-16")
    assert "promised for 15 Dec" in page(world, "/products/FE/backlog")
    assert "promised for 16 Dec" in page(world, "/products/FE/board")
    noon.advance(days=30)
    assert "late, promised for 16 Dec" in page(world, "/products/FE/board")
    world.move(card, "Done")
    assert "promised for" not in page(world, "/products/FE/board")


def test_a_draft_tells_the_delays_since_the_last_update(world: World, noon: clock.MovedClock) -> None:
    promise(world, world.item("Refunds"))
    move(world, due_on="2026-12-28", mitigation="By hand until then")
    noon.advance(hours=1)
    with world.changing() as (session, product, member):
        update = StatusUpdate.draft(product, by=member, **read_beginning(session, product).keywords)
        session.add(update)
        session.flush()
        [line] = next(part["lines"] for part in update.sections if part["kind"] == "delays")
        assert (line["old_date"], line["new_date"], line["cause"]) == ("15 Dec", "28 Dec", "No water")
        assert line["note"] == "By hand until then"
        update.headline = "So it is"
        update.publish([], before=None, by=member)
    noon.advance(days=1)
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
        assert read_facts(session, product).slipped == ()
    noon.advance(days=60)
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
        [late] = read_facts(session, product).slipped
        assert (late.old_on, late.new_on) == (dt.date(2026, 12, 28), None)


def test_a_discarded_item_keeps_its_promise_in_sight(world: World) -> None:
    ref = world.item("Refunds")
    promise(world, ref)
    world.change(ref, "discard", "Nobody wants it")
    assert "Its item was discarded" in page(world)
    assert promise(world, ref).status_code == 409


def test_the_same_form_sent_twice_promises_once(world: World) -> None:
    ref, olga = world.item("Refunds"), world.browser("olga")
    for _ in range(2):
        answer = olga.post(PROMISES, {"item": ref, "due_on": "2026-12-15", "command": "c" * 20})
        assert answer.status_code == 303
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Commitment)) == 1


def test_forms_are_pages_without_script_and_fragments_with_it(world: World) -> None:
    ref, olga = world.item("Refunds"), world.browser("olga")
    promise(world, ref)
    olga.post("/products/FE/milestones", {"name": "Summer", "kind": "set"})
    for path in (
        f"{PROMISES}/new?item={ref}",
        f"{PROMISES}/1/change?next=/items/{ref}",
        f"{PROMISES}/1/withdraw",
        "/products/FE/milestones/new",
        "/products/FE/milestones/1",
    ):
        whole, part = olga.get(path), olga.get(path, hx=True)
        assert "<html" in whole.text
        assert "<form" in part.text
        assert "<html" not in part.text
    assert f'name="next" value="/items/{ref}"' in olga.get(f"{PROMISES}/1/change?next=/items/{ref}").text
    assert "evil" not in olga.get(f"{PROMISES}/1/change?next=//evil.example").text


def test_whoever_discards_what_is_promised_is_told_so_before(world: World) -> None:
    promised, other = world.item("Refunds"), world.item("Coupons")
    promise(world, promised, person=[str(ada(world))])
    warning = "It is promised for Tuesday 15 December"
    assert warning in page(world, f"/items/{promised}/discard")
    assert "promised" not in page(world, f"/items/{other}/discard")
    world.browser("olga").post(f"{PROMISES}/1/withdraw", {"reason": "Nobody waits for it"})
    assert "promised" not in page(world, f"/items/{promised}/discard")
