"""Assignees, sizes and due dates that a list brings: kept once, in the log, for members who may hold items."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kanban import clock
from kanban.models import Event, Item, NotificationKind, Product, User, assignment
from kanban.reads.inbox import inbox
from kanban.transfer.importing import ImportResult, import_items
from kanban.transfer.rehearsal import Rehearsed, rehearse
from tests.builders import World, sound
from tests.transfer.unknown_days import staged

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEADER = "Key,Title,Status,Assignee,Story points,Due date,Description,Finished,Archived"
NAMES = ("Dev", "dora@example.org", "Deb <deb@example.org>", "Sam", "sam@example.org", "Vic", "Lea", "Olga", "")


@pytest.fixture
def world(app: Flask) -> Any:
    with clock.at(NOW):
        yield World(app)


def look(world: World, *lines: str) -> Rehearsed:
    with world.reading() as session:
        query = sa.select(Product).where(Product.key == "FE").options(sa.orm.selectinload(Product.columns))
        return rehearse(session, session.scalars(query).one(), "\n".join([HEADER, *lines]))


def bring(world: World, *lines: str) -> ImportResult:
    found = look(world, *lines)
    assert found.staged.problems == ()
    with world.changing() as (session, product, member):
        arrived = import_items(session, product, found.staged.items, by=member, source="csv")
        if not product.recorded:
            session.rollback()
        return arrived


def holders(world: World) -> dict[str, list[str]]:
    """The names of assignees by the title of the item."""
    with world.reading() as session:
        query = sa.select(Item.title, User.name).select_from(assignment).join(Item).join(User).order_by(User.name)
        found: dict[str, list[str]] = {}
        for title, name in session.execute(query):
            found.setdefault(title, []).append(name)
        return found


def rename(world: World, name: str, full: str) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids[name]).name = full


def shut_out(world: World, name: str) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids[name]).is_active = False


def heard(world: World, name: str) -> list[tuple[str, int]]:
    world.tell_members()
    with world.reading() as session:
        return [(line.kind, line.items) for line in inbox.read_inbox(session, world.ids[name])]


def test_members_whom_a_list_names_hold_its_items_and_the_log_tells_it(world: World) -> None:
    lines = ("A,One,New,dev@example.org", 'B,Two,Doing,"deb, Olga"', "C,Three,Done,Dev", "D,Four,New,")
    bring(world, *lines)
    assert holders(world) == {"One": ["Dev"], "Two": ["Deb", "Olga"], "Three": ["Dev"]}
    with world.reading() as session:
        told = session.scalars(sa.select(Event.data).where(Event.kind == "assigned").order_by(Event.seq)).all()
    ids = world.ids
    assert [each["people"] for each in told] == [[ids["dev"]], sorted([ids["deb"], ids["olga"]]), [ids["dev"]]]
    assert sound(world)
    before = world.version()
    assert bring(world, *lines) == ImportResult(0, 4, ())
    assert world.version() == before


def test_the_history_says_what_only_a_list_told(world: World) -> None:
    """Whoever imports it made and moved nothing."""
    text = "Key,Title,Status,Assignee,Created,Started,Finished\nA,One,Done,Olga,2025-08-01,2025-08-04,2025-08-06\nB,Two,New,,,,"
    world.item("Written here")
    with world.changing("olga") as (session, product, member):
        import_items(session, product, staged(text), by=member, source="csv")
    world.move("FE-2", "Review")
    pages = [world.browser("olga").get(f"/items/FE-{number}", hx=True).text for number in (1, 2, 3)]
    made, dated, undated = (re.findall(r"<li>.*?<span>(.*?)</span>", page, re.DOTALL) for page in pages)
    assert made == ["Olga created it in Backlog"]
    assert dated[0] == "Olga moved it from Done to Review"
    assert dated[1:-1] == [
        "The list assigned Olga",
        "According to the list, it reached Done",
        "According to the list, it reached In progress",
    ]
    assert re.fullmatch(r"Created, according to the list that Olga imported on \d+ \w+( \d+)?", dated[-1])
    assert undated == ["Olga imported it from a list"]


def test_a_stranger_a_viewer_a_lead_and_one_without_access_are_told_and_not_assigned(world: World) -> None:
    shut_out(world, "deb")
    lines = (
        "A,One,New,Sam",
        "B,Two,Doing,vic@example.org",
        "C,Three,Done,Lea",
        "D,Four,New,Deb",
        'E,Five,New,"Sam, Dev"',
    )
    notes = look(world, *lines).staged.notes
    assert any(note.startswith("Not members of this product: Sam (2 rows), Deb (one row).") for note in notes)
    assert any(
        "Leads and viewers can’t hold items: vic@example.org (one row), Lea (one row)." in note for note in notes
    )
    bring(world, *lines)
    assert holders(world) == {"Five": ["Dev"]}
    assert sound(world)


def test_two_members_of_one_name_are_told_apart_by_their_addresses_only(world: World) -> None:
    rename(world, "deb", "dev")
    lines = ("A,One,New,Dev", "B,Two,New,Dev <deb@example.org>")
    assert any(
        "More than one member has this name: Dev (one row)." in note for note in look(world, *lines).staged.notes
    )
    bring(world, *lines)
    assert holders(world) == {"Two": ["dev"]}
    shut_out(world, "deb")
    bring(world, "C,Three,New,Dev")
    assert holders(world)["Three"] == ["Dev"]
    assert sound(world)


def test_who_left_between_the_look_and_the_import_is_not_assigned(world: World) -> None:
    found = look(world, "A,One,New,Dev", "B,Two,New,Deb")
    world.let_go("dev")
    with world.changing() as (session, product, member):
        import_items(session, product, found.staged.items, by=member, source="csv")
    assert holders(world) == {"Two": ["Deb"]}
    assert sound(world)


def test_what_was_known_keeps_its_people_and_only_what_is_new_is_told(world: World) -> None:
    bring(world, "A,One,New,Sam,,2026-02-01")
    again = look(world, "A,One,New,Dev,,2026-02-01", "B,Two,New,Max,,2026-02-01")
    assert [note for note in again.staged.notes if "Sam" in note or "Dev" in note] == []
    assert any("Max (one row)" in note for note in again.staged.notes)
    assert any(note.startswith("One row has a due date.") for note in again.staged.notes)
    bring(world, "A,One,New,Dev,,2026-02-01", "B,Two,New,Max,,2026-02-01")
    assert holders(world) == {}


def test_a_member_hears_once_of_what_there_is_to_do_and_not_of_what_is_over(world: World) -> None:
    done = [f"D{n},Done {n},Done,Dev,,,,2025-10-0{n}" for n in range(1, 6)]
    gone = "G,Gone,New,Dev,,,,,2025-10-01"
    bring(world, *done, gone, "A,One,New,Dev", "B,Two,Doing,Dev", "C,Three,Done,Deb,,,,2025-10-01")
    assert heard(world, "dev") == [(NotificationKind.ASSIGNED, 2)]
    assert heard(world, "deb") == []
    assert len(holders(world)) == 9
    assert sound(world)


def test_people_of_parts_and_of_what_was_removed_stay(world: World) -> None:
    header = "Key,Title,Status,Parent,Assignee\n"
    with world.reading() as session:
        query = sa.select(Product).options(sa.orm.selectinload(Product.columns))
        found = rehearse(session, session.scalars(query).one(), f"{header}A,Whole,New,,Dev\nB,Part,Removed,A,Deb\n")
    with world.changing() as (session, product, member):
        import_items(session, product, found.staged.items, by=member, source="csv")
    assert holders(world) == {"Whole": ["Dev"], "Part": ["Deb"]}
    assert sound(world)
    for ref in ("FE-1", "FE-2"):
        assert world.browser("vic").get(f"/items/{ref}").status_code == 200


def test_points_are_the_size_and_a_due_date_makes_no_promise(world: World) -> None:
    lines = ("A,One,New,Dev,5.0,2026-02-01,Blue.", "B,Two,Doing,,XL,soon,", "C,Three,New,,,,")
    assert any(
        note.startswith("2 rows have a due date. Only the product owner makes promises")
        for note in look(world, *lines).staged.notes
    )
    bring(world, *lines)
    with world.reading() as session:
        told = session.execute(sa.select(Item.title, Item.size, Item.description).order_by(Item.number)).all()
        assert "promised" not in set(session.scalars(sa.select(Event.kind)))
    assert [tuple(row) for row in told] == [
        ("One", "5", "Blue.\n\nDue in the original list: 2026-02-01"),
        ("Two", "XL", "Due in the original list: soon"),
        ("Three", "", ""),
    ]
    assert sound(world)


def test_people_cost_no_query_each(world: World) -> None:
    statements: list[str] = []
    found = look(world, *(f"K{n},Item {n},New,{NAMES[n % len(NAMES)]}" for n in range(300)))
    with world.changing() as (session, product, member):
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *told: statements.append(told[2]))
        import_items(session, product, found.staged.items, by=member, source="csv")
    assert len(statements) < 40
    assert sound(world)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(("New", "Doing", "Done", "Removed", "Acceptance")),
        st.lists(st.sampled_from(NAMES), max_size=3).map("; ".join),
        st.sampled_from(("", "5", "3.0", "much too long a size")),
        st.sampled_from(("", "2026-02-01", "03/04/2026", "soon")),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_a_second_import_changes_nothing_and_the_log_tells_the_first(world: World, rows: list[tuple[str, ...]]) -> None:
    run = world.version()
    lines = [f"K{run}-{n},Item,{','.join(row)}" for n, row in enumerate(rows)]
    assert bring(world, *lines).created == len(rows)
    version, before = world.version(), holders(world)
    assert bring(world, *lines) == ImportResult(0, len(rows), ())
    assert (world.version(), holders(world)) == (version, before)
    assert not {name for names in before.values() for name in names} & {"Sam", "Vic", "Lea"}
    assert sound(world)
