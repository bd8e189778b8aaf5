"""A promise, a new date or a withdrawal that was a slip of the pen is undone, until somebody has been told of it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background import chores
from kanban.models import Commitment, CommitmentChange, Product, commitment_stakeholder
from kanban.reads.insights.lost_time import read_lost_time
from kanban.reads.invariants import broken_invariants
from kanban.reads.updates.beginning import read_beginning
from tests.blueprints.test_inbox import heard
from tests.blueprints.test_promises import PROMISES, page
from tests.blueprints.undoing import act, undo, undo_in
from tests.builders import World
from tests.counting import counting
from tests.reporting import add_stakeholders, begin, person, publish

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
CHANGE = {"due_on": "2027-01-04", "cause": "blocked", "explanation": "No water"}
#: What is done to promise 1, by the kind of its log entry, and what the toast of its undo says.
ACTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "promised": (PROMISES, {"item": "FE-1", "due_on": "2026-12-15"}, "that is no longer promised"),
    "promise_changed": (f"{PROMISES}/1/change", CHANGE, "promised for 15 Dec again"),
    "promise_withdrawn": (f"{PROMISES}/1/withdraw", {"reason": "Nobody wants it"}, "still promised for 15 Dec"),
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


@pytest.fixture(params=ACTS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def do(world: World, kind: str, who: str = "olga") -> str:
    """Do this to a promise to Sunniva, which is made before if need be; returns the address of the undo it offers."""
    path, form, _ = ACTS[kind]
    if kind == "promised":
        form = form | {"person": [str(person(world, "Sunniva").id)]}
    return undo_in(act(world, who, path, **form).text)


@pytest.fixture
def ready(both: World, kind: str, noon: clock.MovedClock) -> World:
    """Refunds, and if it is not the promise that will be undone, one for 15 December to Sunniva."""
    add_stakeholders(both, "Sunniva", "Tor")
    both.item("Refunds", "Ready")
    if kind != "promised":
        do(both, "promised")
    noon.advance(minutes=5)
    return both


def rows(world: World) -> list[Any]:
    """All that is stored about promises."""
    with world.reading() as session:
        return [
            [tuple(row) for row in session.execute(sa.select(table).order_by(*table.primary_key))]
            for table in (Commitment.__table__, CommitmentChange.__table__, commitment_stakeholder)
        ]


def figures(world: World) -> list[Any]:
    """What pages and the next draft say of promises."""
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
        delayed, sections = read_lost_time(session, product).delayed, read_beginning(session, product).sections
    told = [page(world, path) for path in (PROMISES, "/products/FE/backlog", "/products/FE/insights", "/portfolio")]
    return [delayed, sections, *told, page(world, "/items/FE-1").partition("History")[0]]


def test_what_the_toast_takes_back_is_in_no_figure_and_the_log_tells_both(ready: World, kind: str) -> None:
    before, shown = rows(ready), figures(ready)
    address = do(ready, kind)
    assert rows(ready) != before
    assert figures(ready)[-1] != shown[-1]
    back = ready.browser("olga").post(address, hx=True)
    assert back.status_code == 200, back.text
    assert f"Undone: {ACTS[kind][2]}" in back.text
    assert rows(ready) == before
    assert figures(ready) == shown
    assert ready.kinds() == ["promise_undone"]
    item = page(ready, "/items/FE-1")
    said = {
        "promised": ("Olga promised it for 15 Dec", "Olga undid the promise for 15 Dec"),
        "promise_changed": ("Olga moved the promise from 15 Dec", "Olga undid moving the promise: 15 Dec again"),
        "promise_withdrawn": ("Olga withdrew the promise", "Olga undid withdrawing the promise for 15 Dec"),
    }[kind]
    assert all(sentence in item for sentence in said)
    with ready.reading() as session:
        assert broken_invariants(session) == []


def test_it_can_be_done_anew_afterwards_under_a_number_of_its_own(ready: World, kind: str) -> None:
    ready.browser("olga").post(do(ready, kind), hx=True)
    number = 2 if kind == "promised" else 1
    do(ready, kind)
    with ready.reading() as session:
        assert list(session.scalars(sa.select(Commitment.number))) == [number]
        assert broken_invariants(session) == []


def test_an_undo_is_pressed_once_and_not_undone(ready: World, kind: str) -> None:
    address = do(ready, kind)
    assert ready.browser("olga").post(address, hx=True).status_code == 200
    assert "already been undone" in ready.browser("olga").post(address, hx=True).text
    assert undo(ready).status_code == 409
    with ready.reading() as session:
        assert broken_invariants(session) == []


def test_what_came_later_goes_back_first(ready: World, kind: str) -> None:
    if kind == "promise_withdrawn":
        kind = "promise_changed"
    before = rows(ready)
    first = do(ready, kind)
    second = do(ready, "promise_withdrawn")
    olga = ready.browser("olga")
    assert "has changed since" in olga.post(first, hx=True).text
    for address in (second, first):
        assert olga.post(address, hx=True).status_code == 200
    assert rows(ready) == before


def test_once_an_update_was_published_it_says_who_was_told_and_stays(ready: World, kind: str) -> None:
    publish(ready, begin(ready))  # before it was done, so nobody was told by that
    address = do(ready, kind)
    publish(ready, begin(ready))
    before = rows(ready)
    refused = ready.browser("olga").post(address, hx=True)
    assert refused.status_code == 409
    assert "It may have been told to Sunniva in update 2." in refused.text
    assert rows(ready) == before


def test_whoever_was_not_told_is_not_named(world: World) -> None:
    world.item("Refunds", "Ready")
    version = world.version()
    act(world, "olga", PROMISES, item="FE-1", due_on="2026-12-15")
    publish(world, begin(world))
    assert (
        "Update 1 has been published since. Change the date or withdraw it instead"
        in undo(world, version=version + 1).text
    )


@pytest.mark.parametrize("kind", ["promise_changed"], indirect=True)
def test_a_notice_that_is_being_written_or_was_sent_holds_the_new_date(ready: World, kind: str) -> None:
    address, olga = do(ready, kind), ready.browser("olga")
    assert olga.post(f"{PROMISES}/1/notice", {"act": "draft"}).status_code == 303
    assert "Update 1 is being written to tell of it. Throw it away first." in olga.post(address, hx=True).text
    assert olga.post("/products/FE/updates/1/throw-away").status_code == 303
    assert olga.post(address, hx=True).status_code == 200
    address = do(ready, kind)
    assert olga.post(f"{PROMISES}/1/notice", {"act": "publish"}).status_code == 303
    assert "It was already told to Sunniva in update 2. Change the date again instead; the first one is kept." in (
        olga.post(address, hx=True).text
    )


@pytest.mark.parametrize("kind", ["promised"], indirect=True)
def test_a_notice_about_another_promise_tells_nobody_of_this_one(ready: World, kind: str) -> None:
    ready.item("Search", "Ready")
    olga, tor = ready.browser("olga"), str(person(ready, "Tor").id)
    address = do(ready, kind)
    act(ready, "olga", PROMISES, item="FE-2", due_on="2026-12-15", person=[tor])
    act(ready, "olga", f"{PROMISES}/2/change", **CHANGE)
    assert olga.post(f"{PROMISES}/2/notice", {"act": "publish"}).status_code == 303
    assert olga.post(address, hx=True).status_code == 200


def test_what_the_forecast_of_the_day_was_stored_with_stays(ready: World, kind: str) -> None:
    address = do(ready, kind)
    for product_id in chores.products_due(ready.app):
        chores.do_chores(ready.app, product_id)
    answer = ready.browser("olga").post(address, hx=True)
    if kind == "promise_withdrawn":
        assert answer.status_code == 200, "nothing was stored about it"
    else:
        assert "forecast has been stored with it" in answer.text
    with ready.reading() as session:
        assert broken_invariants(session) == []


def test_on_the_next_day_it_stays(ready: World, kind: str, noon: clock.MovedClock) -> None:
    address = do(ready, kind)
    noon.advance(hours=12)
    assert "only be undone on the same day" in ready.browser("olga").post(address, hx=True).text


@pytest.mark.parametrize("kind", ["promise_withdrawn"], indirect=True)
def test_a_withdrawn_promise_stays_so_beside_the_one_that_took_its_place(ready: World, kind: str) -> None:
    address = do(ready, kind)
    do(ready, "promised")
    assert "made about it since" in ready.browser("olga").post(address, hx=True).text


@pytest.mark.parametrize("name", ["dora", "lea", "dev", "vic", "sam"])
def test_only_whoever_did_it_undoes_it(ready: World, kind: str, name: str) -> None:
    address, before = do(ready, kind), rows(ready)
    expected = {"lea": 403, "vic": 403, "sam": 404}.get(name, 409)
    assert ready.browser(name).post(address, hx=True).status_code == expected
    assert rows(ready) == before


def test_what_a_delegate_did_the_delegate_undoes_and_the_owner_hears_of_it(ready: World, kind: str) -> None:
    address = do(ready, kind, "dora")
    assert ready.browser("dora").post(address, hx=True).status_code == 200
    ready.tell_members()
    told = [] if kind == "promised" else [("promise", kind), ("promise", "promise_undone")]
    assert heard(ready, "olga") == told
    inbox = ready.browser("olga").get("/inbox").text
    assert ("Dora undid a change of a promise" in inbox) == (kind != "promised")


def test_whoever_was_added_with_a_promise_stays_a_stakeholder_and_is_told_so(world: World) -> None:
    world.item("Refunds", "Ready")
    newcomer = "Ada Berg <ada@harbour.example>"
    address = undo_in(act(world, "olga", PROMISES, item="FE-1", due_on="2026-12-15", newcomer=newcomer).text)
    back = world.browser("olga").post(address, hx=True)
    assert "Undone: that is no longer promised. The person you added stays a stakeholder." in back.text
    assert person(world, "Ada Berg").removed_at is None


def test_a_promise_about_a_milestone_goes_back_too_and_the_milestone_can_be_removed_then(world: World) -> None:
    olga, ref = world.browser("olga"), world.item("Refunds")
    olga.post("/products/FE/milestones", {"name": "Summer", "kind": "set", "items": ref})
    address = undo_in(act(world, "olga", PROMISES, milestone="1", due_on="2026-12-15").text)
    assert olga.post(address, hx=True).status_code == 200
    assert "Nothing is promised yet" in page(world)
    assert olga.post("/products/FE/milestones/1/remove").status_code == 303
    with world.reading() as session:
        assert broken_invariants(session) == []


def test_without_script_an_undo_leads_back_to_the_promises(world: World) -> None:
    world.item("Refunds")
    act(world, "olga", PROMISES, item="FE-1", due_on="2026-12-15")
    answer = world.browser("olga").post(f"/products/FE/undo/{world.version()}")
    assert (answer.status_code, answer.headers["Location"]) == (303, PROMISES)


def test_an_item_whose_promise_was_undone_is_undone_further_back(world: World) -> None:
    world.item("Refunds")
    moved = undo_in(act(world, "olga", "/items/FE-1/block", reason="No paint").text)
    promised = undo_in(act(world, "olga", PROMISES, item="FE-1", due_on="2026-12-15").text)
    olga = world.browser("olga")
    assert olga.post(moved, hx=True).status_code == 409
    for address in (promised, moved):
        assert olga.post(address, hx=True).status_code == 200


@pytest.mark.parametrize("kind", ["promised"], indirect=True)
def test_an_undo_asks_the_database_as_often_with_many_promises(ready: World, kind: str) -> None:
    found = []
    for n in range(1, 7):
        ready.item("More", "Ready")
        people = [str(person(ready, name).id) for name in ("Sunniva", "Tor")]
        act(ready, "olga", PROMISES, item=f"FE-{n}", due_on="2026-12-15", person=people)
        version = ready.version()
        olga = ready.browser("olga")
        with counting() as asked:
            assert olga.post(f"/products/FE/undo/{version}", hx=True).status_code == 200
        found.append(len(asked))
        act(ready, "olga", PROMISES, item=f"FE-{n}", due_on="2026-12-15", person=people)
    assert len(set(found)) == 1
    assert found[0] <= 16, asked
