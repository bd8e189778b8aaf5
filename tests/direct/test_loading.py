"""Objects made from a prepared statement are the same as those that a SQLAlchemy query would have loaded."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.loading import Loading, whole
from kanban.models import Column, Event, Item, Member, Product, SignIn, Stage, User
from kanban.reads import member_lock
from tests.builders import World, four_items

ITEMS = Loading(
    sa.select(*whole(Item, Column, User), (Item.__table__.c.number + 1).label("next"), Item.__table__.c.created_at)
    .select_from(Item)
    .join(Column, Column.id == Item.column_id)
    .outerjoin(User, sa.false())
    .where(Item.product_id == sa.bindparam("product"))
    .order_by(Item.number),
    *(Item, Column, User),
)


@pytest.fixture
def world(app: Any) -> World:
    return four_items(app)


def load(session: orm.Session) -> list[tuple[Any, ...]]:
    (product,) = session.scalars(sa.select(Product.id))
    return ITEMS.rows(session, {"product": product})


@pytest.mark.parametrize("model", [User, Product, Member, Column, Item, Event, SignIn])
def test_each_field_is_what_a_query_loads(world: World, model: type[Any]) -> None:
    world.browser("dev").get("/me")
    loading = Loading(sa.select(*whole(model)).select_from(model), model)
    with world.reading() as session:
        mine = [one for (one,) in loading.rows(session, {})]
        assert mine
        fields = [{name: value for name, value in vars(one).items() if name[0] != "_"} for one in mine]
        keys: list[Any] = [orm.attributes.instance_state(one).key for one in mine]
        session.expunge_all()
        for key, values in zip(keys, fields, strict=True):
            other = session.get_one(model, key[1])
            assert orm.attributes.instance_state(other).key == key
            assert {name: value for name, value in vars(other).items() if name[0] != "_"} == values


def test_an_object_is_in_the_session_and_missing_ones_are_none(world: World) -> None:
    with world.reading() as session:
        rows = load(session)
        assert [item.title for item, *_rest in rows] == ["In Ready", "In In progress", "In In progress", "In Done"]
        assert [number for *_objects, number, _at in rows] == [2, 3, 4, 5]
        for item, column, nobody, _number, at in rows:
            assert session.get(Item, item.id) is item
            assert item in session and not session.is_modified(item)
            assert orm.object_session(column) is session
            assert orm.attributes.instance_state(item).persistent
            assert nobody is None
            assert at == item.created_at  # type: ignore[union-attr]
        assert rows[1][1] is rows[2][1], "one object for one row, however often it is found"


def test_what_the_session_has_is_left_as_it_is(world: World) -> None:
    with world.writing() as session:
        item = session.scalars(sa.select(Item).where(Item.number == 1)).one()
        item.title = "Being edited"
        with session.no_autoflush:
            again = load(session)[0][0]
        assert again is item
        assert again.title == "Being edited"


def test_a_change_of_it_is_written(world: World) -> None:
    with world.writing() as session:
        item = load(session)[1][0]
        item.title = "Renamed"
        assert session.is_modified(item)
    with world.reading() as session:
        assert session.scalar(sa.select(Item.title).where(Item.number == 2)) == "Renamed"


def test_a_relation_that_nobody_loaded_raises_and_loads_when_asked_for(world: World) -> None:
    with world.reading() as session:
        item = load(session)[1][0]
        with pytest.raises(sa.exc.InvalidRequestError, match="raise_on_sql"):
            _ = item.criteria
        session.refresh(item, ["criteria"])
        assert item.criteria == []


def test_an_object_that_is_expired_is_loaded_again(world: World) -> None:
    with world.reading() as session:
        item = load(session)[3][0]
        session.expire(item)
        assert item.title == "In Done"


def test_the_gate_brings_everything_that_it_looks_at(world: World) -> None:
    with world.writing() as session:
        taken = member_lock.lock_for_member(session, world.ids["dev"], key="fe", number=2)
        assert taken is not None and taken.item is not None
        assert [column.stage for column in taken.product.columns][:2] == [Stage.BACKLOG, Stage.READY]
        assert taken.member.user.name == "Dev"
        assert taken.member.product is taken.product is taken.item.product
        assert taken.item.column in taken.product.columns
        assert (taken.item.criteria, taken.item.blocks) == ([], [])
        assert taken.done is None
        assert member_lock.lock_for_member(session, world.ids["sam"], key="FE", number=2) is None
        session.rollback()
