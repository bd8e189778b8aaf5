"""The rules of the pull, whichever way a card comes in: limits and readiness answer the same and leave the same trace."""

import datetime as dt
import html as html_module
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Event, Item, Product, User, WipMode
from kanban.reads.board.liberties import about_item, liberties_at
from kanban.reads.board.place import TOP
from kanban.reads.invariants import broken_invariants
from tests.api.conftest import Program, Programs
from tests.blueprints.places import column_id
from tests.builders import World, sound

WHY = "The customer is here"


@dataclass
class Way:
    """One way into a full column: what stands ready for it, the act, and which column it fills.

    `act` is given the world, a reason where one was asked for, and what `prepare` made; it answers status and words.
    """

    act: Callable[[World, str | None, str], tuple[int, str]]
    prepare: Callable[[World], str] = lambda world: world.item("Next", "Ready", criteria=("It holds",))
    into: str = "In progress"


def program(world: World, name: str = "olga") -> Program:
    return Programs(world)(name)


def hx(path: str, **fields: str) -> Callable[[World, str | None, str], tuple[int, str]]:
    """As the page's script sends it; `column` names a column."""

    def act(world: World, reason: str | None, ref: str) -> tuple[int, str]:
        answer = world.browser("olga").post(filled(path, world, ref), sent(world, reason, fields), hx=True)
        return answer.status_code, answer.text

    return act


def plain(path: str, **fields: str) -> Callable[[World, str | None, str], tuple[int, str]]:
    """As a form without script sends it; what the next page says counts as the answer."""

    def act(world: World, reason: str | None, ref: str) -> tuple[int, str]:
        olga = world.browser("olga")
        answer = olga.post(filled(path, world, ref), sent(world, reason, fields))
        if answer.status_code == 303:
            return 200, olga.get(answer.headers["Location"]).text
        return answer.status_code, answer.text

    return act


def call(path: str, **body: Any) -> Callable[[World, str | None, str], tuple[int, str]]:
    """As a program sends it."""

    def act(world: World, reason: str | None, ref: str) -> tuple[int, str]:
        given: Any = dict(body)
        if "version" in given:
            given["version"] = getattr(world, "version_of_move", 0)
        if reason:
            given["limit_reason"] = reason
        answer = program(world).post(filled(path, world, ref), given)
        return (200 if answer.status_code == 201 else answer.status_code), answer.text

    return act


def call_list(world: World, reason: str | None, _ref: str) -> tuple[int, str]:
    more = {"limit_reason": reason} if reason else {}
    rows = [{"title": title, "column": "In progress", **more} for title in ("One", "Two")]
    answer = program(world).post("/products/FE/items", rows)
    return (200 if answer.status_code == 201 else answer.status_code), answer.text


def filled(path: str, world: World, ref: str) -> str:
    return path.replace("REF", ref).replace("VERSION", str(getattr(world, "version_of_move", 0)))


def sent(world: World, reason: str | None, fields: dict[str, str]) -> dict[str, str]:
    given = {name: str(column_id(world, value)) if name == "column" else value for name, value in fields.items()}
    return given | ({"limit_reason": reason} if reason else {})


def moved_out(world: World) -> str:
    """An item that just left the column, so that undoing that brings it back."""
    ref = world.item("Left", "In progress", criteria=("It holds",))
    world.move(ref, "Review")
    world.version_of_move = world.version()  # type: ignore[attr-defined]
    return ref


def discarded(world: World) -> str:
    ref = world.item("Gone", "In progress", criteria=("It holds",))
    world.change(ref, "discard", "Not wanted")
    return ref


def nothing(world: World) -> str:
    return ""


WAYS = {
    "a drag": Way(hx("/items/REF/move", column="In progress", place="top")),
    "the page of the move, without script": Way(plain("/items/REF/move", column="In progress")),
    "the API's move": Way(call("/items/REF/move", column="In progress")),
    "Pull next": Way(hx("/products/FE/pull")),
    "Pull next, without script": Way(plain("/products/FE/pull")),
    "the API's pull": Way(call("/products/FE/pull")),
    "undo": Way(hx("/products/FE/undo/VERSION"), moved_out),
    "undo, without script": Way(plain("/products/FE/undo/VERSION"), moved_out),
    "the API's undo": Way(call("/undo", product="FE", version=0), moved_out),
    "restore": Way(hx("/items/REF/restore"), discarded),
    "restore, without script": Way(plain("/items/REF/restore"), discarded),
    "the API's restore": Way(call("/items/REF/restore"), discarded),
    "create": Way(hx("/products/FE/items", title="New", column="In progress"), nothing),
    "create, without script": Way(plain("/products/FE/items", title="New", column="In progress"), nothing),
    "create at the end of the list": Way(hx("/products/FE/items", title="New", view="backlog"), nothing, "Backlog"),
    "a new part": Way(hx("/items/REF/parts", title="A part"), lambda world: world.item("Whole", "Review"), "Backlog"),
    "many lines": Way(hx("/products/FE/items/many", titles="One\nTwo"), nothing, "Backlog"),
    "many lines, without script": Way(plain("/products/FE/items/many", titles="One\nTwo"), nothing, "Backlog"),
    "many at the end of the list": Way(hx("/products/FE/items", title="One\nTwo", view="backlog"), nothing, "Backlog"),
    "the API's create": Way(call("/products/FE/items", title="New", column="In progress"), nothing),
    "the API's list": Way(call_list, nothing),
}


def limited(world: World, way: Way, mode: WipMode) -> str:
    """The situation: one card stands in a column that takes one, and another is about to come in."""
    ref = way.prepare(world)
    world.item("Already there", way.into)
    with world.changing() as (_session, product, member):
        column = next(one for one in product.columns if one.name == way.into)
        column.change(by=member, wip_limit=1, wip_mode=mode)
    return ref


def breaches(world: World) -> list[tuple[int, int, str | None]]:
    with world.reading() as session:
        data = session.scalars(sa.select(Event.data).where(Event.kind == "limit_broken"))
        return [(each["limit"], each["count"], each["reason"]) for each in data]


def standing(world: World, column: str) -> int:
    with world.reading() as session:
        here = Item.column.has(name=column)
        return session.scalar(sa.select(sa.func.count()).select_from(Item).where(here, Item.rank.is_not(None))) or 0


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("mode", list(WipMode))
def test_a_full_column_answers_the_same_whichever_way_a_card_comes(world: World, name: str, mode: WipMode) -> None:
    way = WAYS[name]
    ref = limited(world, way, mode)
    arriving = 2 if name.startswith("many") or name == "the API's list" else 1
    before = world.version()
    if mode is WipMode.REFUSE:
        status, words = way.act(world, WHY, ref)
        assert status in (409, 422), "the lines that were typed are shown again with a 422"
        assert f"{way.into} is full" in words
        assert (world.version(), standing(world, way.into), breaches(world)) == (before, 1, [])
        return
    if mode is WipMode.ASK:
        status, words = way.act(world, None, ref)
        assert status == 409
        assert f"{way.into} is full: 1 of 1. Say why" in words
        assert (world.version(), standing(world, way.into), breaches(world)) == (before, 1, [])
    reason = WHY if mode is WipMode.ASK else None
    status, words = way.act(world, reason, ref)
    assert status == 200, words
    assert (world.version(), standing(world, way.into)) == (before + 1, 1 + arriving)
    if mode is WipMode.OFF:
        assert "over its limit" not in words
        assert breaches(world) == []
    else:
        assert f"{way.into} holds {1 + arriving} of 1: over its limit." in words
        assert words.count(": over its limit.") == 1
        assert breaches(world) == [(1, 1 + arriving, reason)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a drag", True),
        ("the page of the move, without script", True),
        ("the API's move", True),
        ("Pull next", True),
        ("Pull next, without script", True),
        ("the API's pull", True),
        ("create", True),
        ("create, without script", True),
        ("the API's create", True),
        ("restore", False),
        ("the API's undo", False),
    ],
)
def test_missing_criteria_are_told_at_every_start_and_stop_none(world: World, name: str, told: bool) -> None:
    way = WAYS[name]
    bare = way.prepare(world) if not told else "" if way.prepare is nothing else world.item("Bare", "Ready")
    status, words = way.act(world, None, bare)
    assert status == 200
    assert ("no acceptance criteria yet" in words) is told


def test_who_can_not_write_the_missing_criteria_is_led_to_the_question_about_them(world: World) -> None:
    dev, doing = world.browser("dev"), column_id(world, "In progress")
    for answer in (
        dev.post(f"/items/{world.item('Bare', 'Ready')}/move", {"column": doing, "place": "top"}, hx=True),
        dev.post("/products/FE/pull" if world.item("Bare too", "Ready") else "", hx=True),
    ):
        (path,) = re.findall(r'href="(/items/[^"]+about=criteria)" data-dialog', answer.text)
        assert "Ask for them" in answer.text
        form = dev.get(html_module.unescape(path), hx=True).text
        assert ">What must hold before this is accepted?</textarea>" in form
    assert ">What must hold" not in dev.get(path.partition("?")[0], hx=True).text
    told = world.browser("olga").post(
        f"/items/{world.item('Third', 'Ready')}/move", {"column": doing, "place": "top"}, hx=True
    )
    assert "no acceptance criteria yet" in told.text
    assert "Ask for them" not in told.text
    ready = world.item("Fourth", "Ready", criteria=("It holds",))
    assert "Ask for them" not in dev.post(f"/items/{ready}/move", {"column": doing, "place": "top"}, hx=True).text


# Why, after the move


def passed_over(world: World) -> tuple[str, int]:
    """Dev pulls the second item past the first; answers its reference and the move's version."""
    world.item("Higher", "Ready")
    ref = world.item("Lower", "Ready")
    world.move(ref, "In progress", by="dev", wish=TOP)
    return ref, world.version()


def why(
    world: World, who: str, ref: str, version: int, *, script: bool = True, given: dict[str, str] | None = None
) -> Any:
    fields = {"kind": "passed_over", "reason": "Too large for now", **(given or {})}
    return world.browser(who).post(f"/items/{ref}/reasons/{version}", fields, hx=script)


def given(world: World) -> list[dict[str, Any]]:
    with world.reading() as session:
        return list(session.scalars(sa.select(Event.data).where(Event.kind == "reason_given")))


def test_pulling_past_a_higher_item_is_never_held_up_and_asked_about_afterwards(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Ready")
    answer = hx_as(world, "dev", "/items/FE-3/move", column="In progress")
    assert answer.status_code == 200
    assert "You passed over FE-1 and one more. Why?" in answer.text
    assert answer.text.count('name="reason"') == 5, "four taps and one field for other words"
    assert world.found("FE-3").column.name == "In progress"


def test_what_somebody_else_holds_is_not_pulled_and_not_passed_over(both: World) -> None:
    hers, his, free = (both.item(title, "Ready", criteria=("It holds",)) for title in ("Hers", "His", "Free"))
    assert both.browser("deb").post(f"/items/{hers}/assign-me").status_code == 303
    assert both.browser("dev").post(f"/items/{his}/assign-me").status_code == 303
    assert "Hers" not in both.browser("dev").get("/my/work").text
    assert f"{his} is yours." in hx_as(both, "dev", "/products/FE/pull").text
    assert program(both, "dev").post("/products/FE/pull", {}).json["item"]["ref"] == free
    assert "passed_over" not in both.kinds()
    assert "Nothing is ready to be pulled." in hx_as(both, "dev", "/products/FE/pull").text
    assert f"{hers} is yours." in hx_as(both, "deb", "/products/FE/pull").text


@pytest.fixture(params=["left the product", "has no access"])
def gone(request: pytest.FixtureRequest, both: World) -> World:
    """Hers stands first in ready, held by Deb who is gone; below it Free."""
    hers, _free = (both.item(title, "Ready", criteria=("It holds",)) for title in ("Hers", "Free"))
    assert both.browser("deb").post(f"/items/{hers}/assign-me").status_code == 303
    if request.param == "left the product":
        both.let_go("deb")
    else:
        with both.writing() as session:
            session.get_one(User, both.ids["deb"]).is_active = False
    return both


def holders(world: World, ref: str) -> list[str]:
    return sorted(user.name for user in world.found(ref).assignees)


@pytest.mark.parametrize("path", ["/products/FE/pull", "/items/FE-1/move", "/products/FE/move"])
def test_who_is_gone_holds_nothing_and_who_begins_it_does(gone: World, path: str) -> None:
    assert "Hers" in gone.browser("dev").get("/my/work").text
    to = {} if path.endswith("pull") else {"column": "In progress"}
    before = gone.version()
    answer = hx_as(gone, "dev", path, **to, **({"items": "FE-1"} if path == "/products/FE/move" else {}))
    assert answer.status_code == 200, answer.text
    assert (gone.version(), gone.found("FE-1").column.name) == (before + 1, "In progress")
    assert holders(gone, "FE-1") == ["Dev"]
    assert hx_as(gone, "dev", f"/products/FE/undo/{before + 1}").status_code == 200
    assert gone.found("FE-1").column.name == "Ready"
    assert sound(gone)


def test_what_is_held_by_somebody_who_is_gone_is_passed_over(gone: World) -> None:
    gone.move("FE-2", "In progress", by="dev", wish=TOP)
    assert [pulled for pulled, _reason in passings(gone)] == ["FE-2"]


@pytest.mark.parametrize("path", ["/items/FE-25/move", "/products/FE/move"])
def test_all_that_stood_higher_is_passed_over(both: World, path: str) -> None:
    titles = "\n".join(f"Item {number}" for number in range(24))
    ready = {"column": column_id(both, "Ready")}
    assert both.browser("olga").post("/products/FE/items/many", {"titles": titles}, hx=True).status_code == 200
    all_of_them = " ".join(f"FE-{number}" for number in range(1, 25))
    assert both.browser("olga").post("/products/FE/move", {"items": all_of_them, **ready}, hx=True).status_code == 200
    both.item("The last", "Ready")
    answer = hx_as(both, "dev", path, column="In progress", **({} if "FE-25" in path else {"items": "FE-25"}))
    assert "You passed over FE-1 and 23 more. Why?" in answer.text
    told = program(both).get("/products/FE/flow").json["passed_over"]
    assert {each["ref"]: each["times"] for each in told} == {f"FE-{number}": 1 for number in range(1, 25)}
    assert sound(both)


def test_a_drag_leaves_an_item_to_whoever_is_there(both: World) -> None:
    hers = both.item("Hers", "Ready", criteria=("It holds",))
    assert both.browser("deb").post(f"/items/{hers}/assign-me").status_code == 303
    for path, items in (("/products/FE/move", {"items": hers}), (f"/items/{hers}/move", {})):
        assert hx_as(both, "dev", path, column="In progress", **items).status_code == 200
        assert holders(both, hers) == ["Deb"]
        both.move(hers, "Ready")


def test_an_owners_drag_passes_over_nobody(world: World) -> None:
    world.item("Higher", "Ready")
    ref = world.item("Lower", "Ready")
    answer = hx_as(world, "olga", f"/items/{ref}/move", column="In progress")
    assert "You passed over" not in answer.text
    assert "passed_over" not in world.kinds()


def test_one_tap_says_why_and_the_last_one_counts(both: World) -> None:
    ref, version = passed_over(both)
    answer = why(both, "dev", ref, version)
    assert (answer.status_code, "Noted." in answer.text) == (200, True)
    why(both, "dev", ref, version, given={"reason": "  Waiting   for\nthe harbour "})
    before = both.version()
    why(both, "dev", ref, version, given={"reason": "Waiting for the harbour"})
    assert both.version() == before, "the same once more is nothing new"
    assert [each["reason"] for each in given(both)] == ["Too large for now", "Waiting for the harbour"]
    with both.reading() as session:
        item = session.scalars(sa.select(Item).where(Item.number == 2)).one()
        assert [each.reason for each in liberties_at(session, item, version)] == ["Waiting for the harbour"]
        assert broken_invariants(session) == []


@pytest.mark.parametrize(
    ("who", "status"), [("olga", 403), ("deb", 403), ("lea", 403), ("vic", 403), ("sam", 404), ("dev", 200)]
)
def test_only_the_person_who_moved_says_why(world: World, who: str, status: int) -> None:
    ref, version = passed_over(world)
    assert why(world, who, ref, version).status_code == status
    assert len(given(world)) == (status == 200)


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"reason": " "}, 422), ({"reason": "x" * 201}, 422), ({"kind": "limit_broken"}, 409), ({"kind": "moved"}, 409)],
)
def test_what_is_no_reason_is_refused(world: World, fields: dict[str, str], status: int) -> None:
    ref, version = passed_over(world)
    assert why(world, "dev", ref, version, given=fields).status_code == status
    assert why(world, "dev", ref, version - 1).status_code == 409
    assert given(world) == []


def crowded(world: World, mode: WipMode = WipMode.WARN) -> None:
    """Two in ready, and no room in progress."""
    world.item("Higher", "Ready", criteria=("It holds",))
    world.item("Lower", "Ready", criteria=("It holds",))
    world.item("Already there", "In progress")
    with world.changing() as (_session, product, member):
        column = next(one for one in product.columns if one.name == "In progress")
        column.change(by=member, wip_limit=1, wip_mode=mode)


def test_a_broken_limit_is_asked_about_too_one_question_at_a_time(world: World) -> None:
    crowded(world)
    moved = hx_as(world, "dev", "/items/FE-2/move", column="In progress")
    assert "You passed over FE-1. Why?" in moved.text
    assert "over its limit. Why?" not in moved.text
    version = world.version()
    assert "In progress holds 2 of 1: over its limit. Why?" in why(world, "dev", "FE-2", version).text
    assert "Noted." in why(world, "dev", "FE-2", version, given={"kind": "limit_broken", "reason": "Urgent"}).text
    assert [(each["about"], each["reason"], each["of_version"]) for each in given(world)] == [
        ("passed_over", "Too large for now", version),
        ("limit_broken", "Urgent", version),
    ]


def test_without_script_the_next_page_asks(world: World) -> None:
    crowded(world)
    dev = world.browser("dev")
    moved = dev.post("/items/FE-2/move", {"column": str(column_id(world, "In progress"))})
    page = dev.get(moved.headers["Location"]).text
    assert "In progress holds 2 of 1: over its limit." in page
    assert "You passed over FE-1. Why?" in page
    assert "You passed over" not in dev.get(moved.headers["Location"]).text, "not to answer is fine"
    fields = {"kind": "passed_over", "reason": "Agreed with the owner", "next": moved.headers["Location"]}
    answer = dev.post(f"/items/FE-2/reasons/{world.version()}", fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, moved.headers["Location"])
    page = dev.get(answer.headers["Location"]).text
    assert "Noted." in page
    assert "In progress holds 2 of 1: over its limit. Why?" in page


def test_without_script_a_column_that_asks_gets_its_reason_from_a_page(world: World) -> None:
    crowded(world, WipMode.ASK)
    asked = world.browser("dev").post("/products/FE/pull", {"command": "c-1"})
    assert asked.status_code == 409
    assert 'name="limit_reason" value="Urgent"' in asked.text
    assert 'name="command" value="c-1"' in asked.text
    answer = world.browser("dev").post("/products/FE/pull", {"command": "c-1", "limit_reason": "Urgent"})
    assert answer.status_code == 303
    assert breaches(world) == [(1, 2, "Urgent")]


def test_the_reason_does_not_stand_in_the_way_of_undo(world: World) -> None:
    ref, version = passed_over(world)
    why(world, "dev", ref, version)
    assert passings(world) == [("FE-2", "Too large for now")]
    assert hx_as(world, "dev", f"/products/FE/undo/{version}").status_code == 200
    assert world.found(ref).column.name == "Ready"
    assert passings(world) == [], "what was taken back never was"


def passings(world: World) -> list[tuple[str, str]]:
    with world.reading() as session:
        product = session.scalars(sa.select(Product)).one()
        item = session.scalars(sa.select(Item).where(Item.number == 1)).one()
        return [(each.pulled, each.reason) for each in about_item(session, product, item, 0).passed]


def hx_as(world: World, who: str, path: str, **fields: str) -> Any:
    return world.browser(who).post(path, sent(world, None, fields), hx=True)


def test_what_nobody_said_is_asked_on_the_item_for_two_weeks_of_whoever_moved_it(world: World) -> None:
    begun = dt.datetime(2026, 11, 9, 8, 0, tzinfo=dt.UTC)
    with clock.at(begun) as moved:
        ref, version = passed_over(world)
        assert "Why?" not in world.browser("dev").get(f"/items/{ref}").text, "the answer to the move asks"
        moved.move_to(begun + dt.timedelta(minutes=2))
        page = world.browser("dev").get(f"/items/{ref}")
        assert "You passed over FE-1. Why?" in page.text
        assert "Why?" not in world.browser("olga").get(f"/items/{ref}").text
        moved.move_to(begun + dt.timedelta(days=15))
        assert "Why?" not in world.browser("dev").get(f"/items/{ref}").text
        moved.move_to(begun + dt.timedelta(days=13))
        answer = why(world, "dev", ref, version, script=False, given={"next": f"/items/{ref}"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/items/{ref}")
        assert "You passed over" not in world.browser("dev").get(f"/items/{ref}").text
    assert passings(world) == [("FE-2", "Too large for now")]


def test_a_program_says_why_as_well(world: World) -> None:
    world.item("Higher", "Ready", criteria=("It holds",))
    world.item("Lower", "Ready", criteria=("It holds",))
    dev = program(world, "dev")
    moved = dev.post("/items/FE-2/move", {"column": "In progress"}).json
    assert moved["warnings"] == [
        {"code": "passed_over", "message": "It was pulled before FE-1, which the product owner put first."}
    ]
    body = {"version": moved["version"], "kind": "passed_over", "reason": "Waiting for something"}
    assert dev.post("/items/FE-2/reasons", body).json["version"] == moved["version"] + 1
    assert dev.post("/items/FE-2/reasons", body).json["changed"] is False
    assert program(world).post("/items/FE-2/reasons", body).status_code == 403
    assert passings(world) == [("FE-2", "Waiting for something")]


# Who sees it


def busy(world: World) -> None:
    """FE-1 was passed over three times, once by an undone pull; In progress was over its limit twice."""
    crowded(world)
    for title in ("Third", "Fourth"):
        world.item(title, "Ready", criteria=("It holds",))
    world.move("FE-2", "In progress", by="dev", wish=TOP)
    why(world, "dev", "FE-2", world.version())
    world.move("FE-4", "In progress", by="deb", wish=TOP)
    hx_as(world, "dev", "/items/FE-5/move", column="In progress")
    hx_as(world, "dev", f"/products/FE/undo/{world.version()}")


@pytest.mark.parametrize(("who", "names"), [("olga", True), ("dora", True), ("lea", False), ("dev", False)])
def test_insights_count_what_was_passed_over_and_broken(both: World, who: str, names: bool) -> None:
    busy(both)
    page = html_module.unescape(both.browser(who).get("/products/FE/insights").text)
    passed = rows_of(page, "Passed over")
    people = ["Deb, Dev"] if names else []
    assert passed == [["FE-1 Higher", "2", "Too large for now, no reason given", *people]]
    assert rows_of(page, "Limits broken") == [["In progress", "2", "3", "no reason given × 2"]]


def test_insights_say_when_there_was_nothing(world: World) -> None:
    world.item("One", "Done")
    page = world.browser("olga").get("/products/FE/insights").text
    assert "Nobody pulled past a higher item in this period." in page
    assert "No limit was broken in this period." in page


@pytest.mark.parametrize(
    ("who", "sentence"), [("olga", "Dev pulled FE-2 before it: Too large"), ("deb", "FE-2 was pulled")]
)
def test_the_item_tells_how_often_it_was_passed_over(world: World, who: str, sentence: str) -> None:
    busy(world)
    page = html_module.unescape(world.browser(who).get("/items/FE-1").text)
    assert re.search(r"Passed over\s*<span class=\"src\">2 times", page)
    assert sentence in page
    assert "Passed over" not in world.browser(who).get("/items/FE-4").text
    assert "Dev on why it was pulled first: Too large for now" in world.browser(who).get("/items/FE-2").text


@pytest.mark.parametrize("name", ["a drag", "restore", "split"])
def test_a_limit_broken_by_what_was_undone_is_not_counted(both: World, name: str) -> None:
    split = Way(call("/items/REF/split", titles=["At sea", "Ashore"]), lambda world: world.item("Whole"), "Backlog")
    way = WAYS.get(name, split)
    ref = limited(both, way, WipMode.WARN)
    olga = program(both)
    assert way.act(both, None, ref)[0] == 200
    assert [each["times"] for each in olga.get("/products/FE/flow").json["limits_broken"]] == [1]
    assert olga.post("/undo", {"product": "FE", "version": both.version()}).status_code == 200
    assert olga.get("/products/FE/flow").json["limits_broken"] == []
    assert way.act(both, None, ref)[0] == 200
    assert [each["times"] for each in olga.get("/products/FE/flow").json["limits_broken"]] == [1]


def test_programs_are_told_the_same(world: World) -> None:
    busy(world)
    olga = program(world)
    assert olga.get("/items/FE-1").json["passed_over"] == 2
    assert olga.get("/items/FE-2").json["passed_over"] == 0
    flow = olga.get("/products/FE/flow").json
    reasons = [{"reason": "Too large for now", "times": 1}, {"reason": "", "times": 1}]
    assert flow["passed_over"] == [{"ref": "FE-1", "times": 2, "reasons": reasons}]
    assert [(each["column"], each["times"], each["most"]) for each in flow["limits_broken"]] == [("In progress", 2, 3)]


def rows_of(page: str, title: str) -> list[list[str]]:
    """The words of each row of the table with this name."""
    table = page.split(f'aria-label="{title}"')[1].split("<tbody>")[1].split("</tbody>")[0]
    return [
        [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)
    ]


# From the item that is open


def pulls(world: World, ref: str, name: str = "dev") -> list[str]:
    """The column into which the item's page offers to pull it."""
    page = world.browser(name).get(f"/items/{ref}").text
    return re.findall(rf'data-move-dialog="{ref}">.*?name="column" value="(\d+)">[^/]*Pull<', page, re.DOTALL)


def test_a_developer_pulls_the_item_that_is_open(both: World) -> None:
    ref = both.item("One", "Ready", criteria=("In full",))
    [column] = pulls(both, ref)
    answer = both.browser("dev").post(f"/items/{ref}/move", {"column": column, "next": f"/items/{ref}"})
    assert answer.location == f"/items/{ref}"
    page = both.browser("dev").get(f"/items/{ref}").text
    assert "Dev took it" in page and "moved it from Ready to In progress" in page
    assert pulls(both, ref) == [], "it is pulled already"


def test_what_is_not_theirs_to_pull_is_not_offered(world: World) -> None:
    free, held, stopped, waiting = (
        world.item("Free", "Ready"),
        world.item("Held", "Ready"),
        world.item("Stopped", "Ready"),
        world.item("Waiting"),
    )
    assert world.browser("deb").post(f"/items/{held}/assign-me").status_code == 303
    world.change(stopped, "block", "No water")
    assert [len(pulls(world, ref)) for ref in (free, held, stopped, waiting)] == [1, 0, 0, 0]
    assert len(pulls(world, held, "deb")) == 1
    assert [len(pulls(world, free, name)) for name in ("olga", "dora", "lea", "vic")] == [0, 0, 0, 0]
