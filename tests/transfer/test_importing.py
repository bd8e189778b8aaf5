"""Staged items come into a product: in one command, with their own days in the log, once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import clock
from kanban.errors import Forbidden
from kanban.models import Column, Event, Item, Product, Stage, WipMode
from kanban.reads.insights.forecast import read_forecast
from kanban.reads.insights.insights import read_insights
from kanban.reads.updates.facts import read_facts
from kanban.transfer import own
from kanban.transfer.importing import ImportResult, find_new_rows, import_items
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import Staged, read_items
from tests.builders import World, sound

DATA = Path(__file__).parent.parent / "data"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEADER = "Key,Title,Status,Labels,Parent,Created,Started,Finished,Archived"


@pytest.fixture
def world(app: Flask) -> Any:
    with clock.at(NOW):
        yield World(app)


def staged(text: str | bytes, *overrides: str) -> Staged:
    table = read_table(text)
    return read_items(table, suggest_mapping(table, overrides), "UTC", own_columns={"Acceptance": Stage.REVIEW})


def rows(*lines: str) -> Staged:
    return staged("\n".join([HEADER, *lines]))


def bring(world: World, found: Staged, *, by: str = "olga") -> ImportResult:
    assert found.problems == ()
    with world.changing(by) as (session, product, member):
        arrived = import_items(session, product, found.items, by=member, source="csv")
        if not product.recorded:
            session.rollback()
        return arrived


def events(world: World, title: str) -> list[tuple[str, datetime]]:
    """Kind and effective day of everything that the log tells of one item."""
    with world.reading() as session:
        query = (
            sa.select(Event.kind, Event.effective_at).join(Item, Item.id == Event.item_id).where(Item.title == title)
        )
        return [(kind, at) for kind, at in session.execute(query.order_by(Event.version, Event.seq))]


def titles(world: World, column: str) -> list[str]:
    return world.order(column)


def test_the_azure_list_arrives_whole(world: World) -> None:
    arrived = bring(world, staged((DATA / "azure_devops_items.csv").read_bytes()))
    assert (arrived.created, arrived.known) == (117, 0)
    with world.reading() as session:
        found = Counter(
            "discarded" if rank is None else stage.value
            for rank, stage in session.execute(sa.select(Item.rank, Column.stage).join(Column))
        )
        assert found == {"done": 88, "backlog": 19, "ready": 2, "doing": 1, "review": 1, "discarded": 6}
        assert session.scalar(sa.select(sa.func.count()).where(Item.part_of_id.is_not(None))) == 42
        product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
        cycle = read_insights(session, product).cycle
        assert (cycle.n, cycle.p50, cycle.p85, cycle.p95) == (88, 1, 2, 4)
    assert world.version() == 2
    assert sound(world)


def test_an_item_keeps_its_own_days(world: World) -> None:
    bring(world, rows("A,Paint the hull,Done,,,2025-03-01,2025-03-04,2025-03-09"))
    told = [(kind, at.date().isoformat()) for kind, at in events(world, "Paint the hull")]
    assert told == [("created", "2025-03-01"), ("moved", "2025-03-04"), ("moved", "2025-03-09")]
    with world.reading() as session:
        recorded = set(session.scalars(sa.select(sa.func.max(Event.at))))
        assert recorded == {NOW}
    assert sound(world)


def test_an_item_without_dates_happens_now(world: World) -> None:
    bring(world, rows("A,Paint,Done", "B,Sand,In progress", "C,Plan,Ready"))
    assert {at for title in ("Paint", "Sand", "Plan") for _, at in events(world, title)} == {NOW}
    assert sound(world)


def test_what_was_removed_is_discarded_on_its_day(world: World) -> None:
    bring(world, rows("A,Old,Removed,,,2025-01-01,,,", "B,Later,New,,,,,,2025-06-01"))
    assert [kind for kind, _ in events(world, "Old")] == ["created", "discarded"]
    assert events(world, "Later")[-1] == ("discarded", datetime(2025, 6, 1, 12, tzinfo=UTC))
    assert world.order() == []
    assert sound(world)


def test_a_status_that_names_a_column_means_that_column(world: World) -> None:
    bring(world, rows("A,Check it,acceptance", "B,Look at it,In review", "C,Build it,Doing"))
    assert titles(world, "Acceptance") == ["Check it"]
    assert titles(world, "Review") == ["Look at it"]
    assert titles(world, "In progress") == ["Build it"]
    assert sound(world)


def test_the_order_of_the_file_is_the_order_here_and_the_backlog_comes_last(world: World) -> None:
    world.item("Was here")
    bring(world, rows("A,First,New", "B,Ready one,Ready", "C,Second,New", "D,Going,Doing"))
    assert world.order() == ["Was here", "Ready one", "Going", "First", "Second"]
    assert sound(world)


def test_the_same_list_again_adds_nothing(world: World) -> None:
    found = rows("A,One,New", "B,Two,Done,,,2025-01-01")
    assert bring(world, found) == ImportResult(2, 0, (), 1)
    before = world.version()
    assert bring(world, found) == ImportResult(0, 2, ())
    assert world.version() == before
    more = rows("A,One renamed,Done", "B,Two,New", "C,Three,New")
    arrived = bring(world, more)
    assert (arrived.created, arrived.known) == (1, 2)
    assert sorted(world.order()) == ["One", "Three", "Two"]
    assert sound(world)


def test_a_list_without_keys_is_known_by_its_titles(world: World) -> None:
    found = staged("Title,Status\nSame,New\nSame,New\nOther,Done\n")
    assert bring(world, found).created == 3
    assert bring(world, found).known == 3


def test_a_foreign_key_that_looks_like_an_own_reference_is_another_item(world: World) -> None:
    ref = world.item("Ours")
    arrived = bring(world, rows(f"{ref},Theirs,New"))
    assert (arrived.created, arrived.known) == (1, 0)
    again = bring(world, rows(f"{ref},Ours,New"))
    assert (again.created, again.known) == (0, 1)


def whole_of(world: World, title: str) -> str | None:
    with world.reading() as session:
        whole = sa.orm.aliased(Item)
        query = sa.select(whole.title).join_from(Item, whole, whole.id == Item.part_of_id).where(Item.title == title)
        return session.scalar(query)


def test_a_foreign_parent_that_looks_like_an_own_reference_takes_no_part(world: World) -> None:
    ref = world.item("Ours")
    bring(world, rows(f"FE-900,Their part,New,,{ref}"))
    assert whole_of(world, "Their part") is None
    bring(world, rows(f"{ref},Their whole,New", f"FE-901,Another part,New,,{ref}"))
    assert whole_of(world, "Another part") == "Their whole"
    assert sound(world)


def test_a_row_added_to_the_own_list_hangs_on_the_item_that_it_names(world: World) -> None:
    ref = world.item("Ours")
    header = ",".join(own.HEADER)
    bring(world, staged(f"{header}\n,Alone in the list,,Backlog,,,{ref},,,,,,,,\n"))
    bring(world, staged(f"{header}\n{ref},Ours,,Backlog,,,,,,,,,,,\n,Below its whole,,Backlog,,,{ref},,,,,,,,\n"))
    assert [whole_of(world, title) for title in ("Alone in the list", "Below its whole")] == ["Ours", "Ours"]
    assert sound(world)


def test_a_part_in_a_shorter_list_hangs_on_the_item_that_its_whole_was_exported_from(world: World) -> None:
    ref = world.item("Ours")
    bring(world, rows(f"{ref},Ours,New", f"N-1,A part,New,,{ref}"))
    assert whole_of(world, "A part") == "Ours"


def test_parts_hang_on_their_whole_also_on_one_that_came_earlier(world: World) -> None:
    bring(world, rows("E,Epic,New"))
    bring(world, rows("F,Feature,New,,E", "S,Story,New,,F", "T,Task,New,,S", "X,Alone,New,,Unknown"))
    with world.reading() as session:
        whole = sa.orm.aliased(Item)
        query = sa.select(Item.title, whole.title).outerjoin(whole, whole.id == Item.part_of_id)
        assert {part: of for part, of in session.execute(query)} == {
            "Epic": None,
            "Feature": "Epic",
            "Story": "Epic",
            "Task": "Epic",
            "Alone": None,
        }
    assert sound(world)


def test_a_part_of_what_was_removed_stays_its_part_but_a_discarded_item_takes_none(world: World) -> None:
    bring(world, rows("E,Epic,Removed", "F,Feature,New,,E"))
    arrived = bring(world, rows("G,Another,New,,E"))
    assert any("discarded here" in note for note in arrived.notes)
    with world.reading() as session:
        parts = set(session.scalars(sa.select(Item.title).where(Item.part_of_id.is_not(None))))
        assert parts == {"Feature"}
    assert sound(world)


def test_labels_are_the_products_own_whatever_their_case(world: World) -> None:
    bring(world, rows("A,One,New,Harbour; Tickets", "B,Two,New,harbour"))
    bring(world, rows("C,Three,New,HARBOUR"))
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(sa.table("label"))) == 2
    assert sound(world)


def test_more_labels_than_fit_are_left_out_with_a_note(world: World) -> None:
    many = "|".join(f"label{number}" for number in range(25))
    arrived = bring(world, rows(f"A,One,New,{many}"))
    assert any("first 20 were kept" in note for note in arrived.notes)
    assert sound(world)


@pytest.mark.parametrize("mode", [WipMode.WARN, WipMode.ASK, WipMode.REFUSE])
def test_a_limit_that_an_import_breaks_is_recorded_and_refuses_nothing(world: World, mode: WipMode) -> None:
    with world.changing() as (_session, product, member):
        column = next(column for column in product.standing if column.name == "In progress")
        column.change(by=member, wip_limit=2, wip_mode=mode)
    arrived = bring(world, rows(*(f"{number},Item {number},Doing" for number in range(4))))
    assert any("holds 4 of 2" in note for note in arrived.notes)
    assert world.kinds()[:2] == ["imported", "limit_broken"]
    assert sound(world)


@pytest.mark.parametrize("name", ["dev", "lea", "vic"])
def test_only_the_owners_side_imports(world: World, name: str) -> None:
    with pytest.raises(Forbidden), world.changing(name) as (session, product, member):
        import_items(session, product, rows("A,One,New").items, by=member, source="csv")
    assert world.order() == []


def test_what_follows_an_import_goes_on_as_ever(world: World) -> None:
    bring(world, rows("A,One,New", "B,Two,Doing,,,2025-01-01,2025-02-01"))
    world.item("Three")
    world.move("FE-2", "Review")
    world.move("FE-1", "Ready")
    assert world.order() == ["Two", "One", "Three"]
    assert sound(world)


def test_ten_thousand_rows_know_each_other_without_a_query_each(world: World) -> None:
    statements: list[str] = []
    lines = [f"K{n},Item {n},Done,l{n % 7},{'K0' if n else ''},2025-01-01,2025-01-02,2025-01-03" for n in range(300)]
    found = rows(*lines)
    with world.changing() as (session, product, member):
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *told: statements.append(told[2]))
        import_items(session, product, found.items, by=member, source="csv")
    assert len(statements) < 40
    assert sound(world)


def test_how_long_work_took_that_a_list_tells_no_start_of_stays_unknown(world: World) -> None:
    """It counts as finished; saying that it took a day would promise the same of all that comes."""
    rows = [f"A-{n},Old {n},Done,,,2025-10-0{n},,2025-11-0{n}," for n in range(1, 7)]
    rows += [
        "B-1,Known,Done,,,2025-10-01,2025-11-03,2025-11-05,",
        "B-2,Same day,Done,,,2025-10-01,2025-11-06,2025-11-06,",
    ]
    bring(world, staged("\n".join([HEADER, *rows]).encode()))
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
        insights = read_insights(session, product)
        assert sorted((row.title, row.days) for row in insights.cycle.rows) == [("Known", 3), ("Same day", 1)]
        assert sum(week.count for week in insights.weeks) == 8
        assert sorted(read_forecast(session, product, positions=1).cycle_times) == [1, 3]
    page = world.browser("vic").get("/items/FE-1").text
    assert "Done" in page
    assert "after 1 day" not in page


def refs(world: World) -> dict[str, str]:
    with world.reading() as session:
        query = sa.select(Item).options(sa.orm.joinedload(Item.product))
        return {item.title: item.ref for item in session.scalars(query)}


def test_a_list_of_the_same_key_keeps_its_references_where_they_are_free(world: World) -> None:
    """Commits, mails and descriptions name them; what comes later begins behind all of them."""
    world.item("Here before")
    lines = (
        "FE-618,Old,Open,,,,,,",
        "FE-7,Older,Done,,FE-618,,,,",
        "ABC-3,Elsewhere,Open,,,,,,",
        "FE-1,Taken,Open,,,,,,",
    )
    found = rows(*lines)
    with world.changing() as (session, product, _member):
        notes = find_new_rows(session, product, found.items).notes
    assert notes[0] == "References stay as they are: FE-7 to FE-618."
    assert notes[1].startswith("1 of the references belong")
    bring(world, found)
    told = {"Here before": "FE-1", "Old": "FE-618", "Older": "FE-7", "Elsewhere": "FE-619", "Taken": "FE-620"}
    assert refs(world) == told
    assert bring(world, found).created == 0
    assert world.item("New") == "FE-621"


@pytest.mark.parametrize("key", ["FE-0", "FE-007", "FE-12345678", "FE--4", "FE-٣", "fe-4", "XFE-4", "FE-4-5"])
def test_what_only_looks_like_a_reference_keeps_nothing(world: World, key: str) -> None:
    bring(world, rows(f"{key},Some,Open,,,,,,"))
    assert refs(world) == {"Some": "FE-1"}


def test_what_waits_since_long_tells_of_no_week_in_which_nothing_was_finished(world: World) -> None:
    """A young product whose backlog is years old is as quick as one whose backlog tells no days."""
    for n in range(12):
        with clock.at(NOW - timedelta(days=37 - 3 * n)):
            world.move(world.item(f"Item {n}"), "Done")
    before = learnt(world)
    bring(world, rows(*(f"J-{n},Waits {n},Open,,,2023-02-0{n},,," for n in range(1, 9))))
    assert learnt(world) == before


def test_the_week_in_which_a_product_began_is_no_whole_one(world: World) -> None:
    with clock.at(datetime(2025, 12, 28, 20, tzinfo=UTC)):  # a Sunday
        refs = [world.item(f"Item {n}") for n in range(6)]
    for ref in refs:
        with clock.at(datetime(2025, 12, 30, 9, tzinfo=UTC)):
            world.move(ref, "Done")
    with world.changing() as (session, product, _member):
        found = read_insights(session, product)
    assert (found.mean, found.n_complete_weeks, [week.count for week in found.weeks]) == (6, 1, [6, 0])


def learnt(world: World) -> Any:
    with world.changing() as (session, product, _member):
        found, insights = read_forecast(session, product, positions=20), read_insights(session, product)
        return found.sample.weeks, found.standing, found.when(10), insights.mean, insights.n_complete_weeks


def test_what_a_list_had_removed_is_no_news_for_an_update(world: World) -> None:
    bring(world, rows("J-1,Left long ago,Open,,,2025-01-01,,,2025-02-01", "J-2,Stays,Open"))
    ref = world.item("Dropped here")
    world.browser("olga").post(f"/items/{ref}/discard", {"reason": "Nobody asks for it"})
    with world.changing() as (session, product, _member):
        dropped = read_facts(session, product).dropped
    assert [each.title for each in dropped] == ["Dropped here"]
