"""Rows made of plain column values are written without the unit of work; everything else is left to it."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import transactions
from kanban.direct.writing import write_plain
from kanban.models import Comment, Delivery, Event, Item, ItemType, Label, Product
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, read_place
from kanban.transactions import note_new
from tests.builders import World
from tests.counting import listening


@pytest.fixture
def world(app: Flask) -> World:
    world = World(app)
    world.item("First", column="In progress")
    return world


def test_changed_columns_reach_the_table_and_leave_nothing_to_flush(world: World) -> None:
    with world.changing() as (session, product, _member):
        item = find(session, product)
        item.title, item.size = "Another", "L"
        write_plain(session)
        assert row(session) == ("Another", "L")
        assert not session.dirty
        item.size = "M"
        session.flush()
        assert row(session) == ("Another", "M")


def test_a_relation_that_the_columns_tell_already_is_no_hindrance(world: World) -> None:
    with world.changing() as (session, product, _member):
        item, target = find(session, product), product.standing[-2]
        item.column, item.column_id = target, target.id
        write_plain(session)
        assert not session.dirty
        assert session.connection().scalar(sa.select(Item.__table__.c.column_id)) == target.id


def test_a_relation_that_the_columns_do_not_tell_is_left(world: World) -> None:
    with world.changing() as (session, product, _member):
        item, target = find(session, product), product.standing[-2]
        item.column = target
        write_plain(session)
        assert item in session.dirty
        session.flush()
        assert session.connection().scalar(sa.select(Item.__table__.c.column_id)) == target.id


def test_several_rows_are_left_to_be_written_as_one(world: World) -> None:
    world.item("Second")
    with world.changing() as (session, product, _member):
        first, second = find(session, product), locked.item_in(session, product, 2, ())
        assert second is not None
        first.title = second.title = "Another"
        write_plain(session)
        assert len(session.dirty) == 2


def test_people_of_an_item_are_left(world: World) -> None:
    with world.changing() as (session, product, member):
        item = find(session, product)
        item.assign([member.user], by=member)
        write_plain(session)
        assert item in session.dirty


def test_a_comment_is_written_with_what_else_changed_of_its_item(world: World) -> None:
    with world.changing() as (session, product, member):
        item = find(session, product)
        item.title = "Another"
        comment = item.comment("And a word", by=member)
        assert write_plain(session) == [comment]
        assert not session.dirty and not session.new
        assert sa.inspect(comment).persistent
        assert comment in session and session.get(Comment, comment.id) is comment
        assert (comment.item_id, comment.author_id) == (item.id, member.user_id)
    with world.reading() as session:
        kept = session.execute(sa.select(Comment.body, Comment.at, Comment.author_id)).one()
        assert kept == ("And a word", comment.at, member.user_id)


def test_a_new_item_is_written_with_the_next_number(world: World) -> None:
    flushed = list[int]()
    with world.changing() as (session, product, member):
        place = read_place(session, product, product.standing[0], BOTTOM)
        item = Item.create(product, "Second", place, by=member)
        assert write_plain(session) == [item]
        assert not session.dirty and not session.new
        assert (item.value, item.finished_at, item.part_of_id) == (None, None, None), "known without a look"
        with listening(orm.Session, "before_flush", lambda *_: flushed.append(1)):
            session.flush()
    assert flushed == []
    with world.reading() as session:
        assert session.execute(sa.select(Item.number, Item.title, Item.type).order_by(Item.number)).all()[1:] == [
            (2, "Second", ItemType.FEATURE)
        ]
        assert session.scalar(sa.select(Product.next_item)) == 3
        told = session.scalars(sa.select(Event).where(Event.kind == "created").order_by(Event.version)).all()
        ids = session.scalars(sa.select(Item.id).order_by(Item.number)).all()
        assert [event.item_id for event in told] == list(ids), "the log names the row that it came before"


def test_an_item_with_labels_is_left(world: World) -> None:
    with world.changing() as (session, product, member):
        label = Label(product_id=product.id, name="Harbour")
        session.add(label)
        session.flush()
        place = read_place(session, product, product.standing[0], BOTTOM)
        item = Item.create(product, "Second", place, by=member, labels=[label])
        assert write_plain(session) == []
        assert item in session.new
    with world.reading() as session:
        assert session.scalar(sa.select(Event.item_id).where(Event.kind == "created", Event.version > 2)) is not None


def test_what_hangs_on_a_new_row_is_left(world: World) -> None:
    with world.changing() as (session, product, member):
        place = read_place(session, product, product.standing[0], BOTTOM)
        item = Item.create(product, "Second", place, by=member)
        item.comment("Said at once", by=member)
        assert write_plain(session) == []
    with world.reading() as session:
        assert session.execute(sa.select(Item.number).join(Comment, Comment.item_id == Item.id)).all() == [(2,)]


def test_a_new_row_that_is_refused_undoes_all(world: World) -> None:
    with pytest.raises(sa.exc.IntegrityError), world.changing() as (session, product, member):
        place = read_place(session, product, product.standing[0], BOTTOM)
        item = Item.create(product, "Second", place, by=member)
        item.number = 1
        write_plain(session)
    with world.reading() as session:
        assert session.scalars(sa.select(Item.title)).all() == ["First"]


def test_a_row_that_is_gone_is_no_silent_success(world: World) -> None:
    with world.changing() as (session, product, _member), session.begin_nested() as trial:
        item = find(session, product)
        item.title = "Another"
        item_id = item.id
        session.connection().execute(sa.text("DELETE FROM event"))
        session.connection().execute(sa.text(f"DELETE FROM item WHERE id = {item_id}"))
        with pytest.raises(orm.exc.StaleDataError):
            write_plain(session)
        trial.rollback()


def test_a_place_that_is_left_may_be_taken_at_once(world: World) -> None:
    with world.changing() as (session, product, member):
        item, place = find(session, product), read_place(session, product, product.standing[0], BOTTOM)
        new = Item.create(product, "Second", place, by=member)
        new.rank, item.rank = item.rank, new.rank
        assert write_plain(session) == [new]
    assert world.order() == ["Second", "First"]


def test_mail_that_nobody_else_holds_is_told_of(world: World) -> None:
    woken: list[bool] = []
    transactions.on_commit(lambda _told, mail: woken.append(mail))
    try:
        with world.changing() as (session, _product, member):
            session.add(Delivery.to_user("invitation", member.user))
            made = write_plain(session)
            assert [type(one) for one in made] == [Delivery]
            note_new(session, made)
    finally:
        transactions._subscribers.pop()
    assert woken == [True]
    assert world.mails() == [("invitation", "olga@example.org")]


def test_what_a_savepoint_takes_back_is_forgotten(world: World) -> None:
    with world.changing() as (session, product, member):
        item = find(session, product)
        with session.begin_nested() as trial:
            item.title = "Another"
            comment = Comment(item_id=item.id, author=member.user, body="Never said")
            session.add(comment)
            assert write_plain(session) == [comment]
            assert row(session)[0] == "Another"
            trial.rollback()
        assert item.title == row(session)[0] == "First"
        assert comment not in session
        assert not session.new and not session.dirty
    with world.reading() as session:
        assert session.scalars(sa.select(Comment)).all() == []


def test_a_rollback_leaves_no_object_of_a_row_that_is_gone(world: World) -> None:
    with world.changing() as (session, product, member):
        item = find(session, product)
        item.title, comment = "Another", item.comment("Never said", by=member)
        write_plain(session)
        session.rollback()
        assert comment not in session
        assert list(session.identity_map.all_states()) == [] or item.title == "First"
    with world.reading() as session:
        assert session.scalars(sa.select(Comment)).all() == []
        assert session.scalars(sa.select(Item.title)).all() == ["First"]


def test_nothing_is_written_in_what_only_reads(world: World) -> None:
    with world.reading() as session:
        item = session.scalars(sa.select(Item)).one()
        item.title = "Another"
        assert write_plain(session) == []
        with pytest.raises(RuntimeError, match="outside a write transaction"):
            session.flush()
        session.rollback()


def test_null_of_json_is_left(world: World) -> None:
    with world.changing() as (session, _product, member):
        session.add(Delivery(kind="invitation", user=member.user, context=None))  # JSON null, not the column's default
        assert write_plain(session) == []
        session.expunge_all()


def find(session: orm.Session, product: object) -> Item:
    item = locked.item_in(session, product, 1, ("assignees",))  # type: ignore[arg-type]
    assert item is not None
    return item


def row(session: orm.Session) -> tuple[str, str]:
    table = Item.__table__.c
    title, size = session.connection().execute(sa.select(table.title, table.size)).one()
    return title, size
