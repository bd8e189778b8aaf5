"""Ways around what a role may do: places won by detours, rights kept after a demotion, links kept after a new password."""

import pytest

from kanban import keys
from kanban.models import LinkPurpose, User
from kanban.policy import Role
from kanban.reads import locked
from tests.blueprints.places import column_id
from tests.builders import World, sound


def demote(world: World, name: str) -> None:
    with world.changing() as (session, product, owner):
        locked.with_members(session, product)
        product.let_in(session.get_one(User, world.ids[name]), Role.DEVELOPER, by=owner)


@pytest.mark.parametrize("detour", ["In progress", "Review"])
def test_a_developer_wins_no_place_in_the_backlog_by_a_detour(both: World, detour: str) -> None:
    top, _middle, low = (both.item(title) for title in ("Top", "Middle", "Low"))
    dev = both.browser("dev")
    dev.post(f"/items/{low}/move", {"column": column_id(both, "In progress")})
    dev.post(f"/items/{low}/move", {"column": column_id(both, detour), "place": f"before:{top}"})
    assert both.order() == ["Low", "Top", "Middle"]
    dev.post(f"/items/{low}/move", {"column": column_id(both, "Backlog"), "place": "top"})
    assert both.order() == ["Top", "Middle", "Low"]
    assert sound(both)


def test_what_was_never_in_the_backlog_comes_in_at_its_bottom(world: World) -> None:
    first, _ = world.item("First"), world.item("Second")
    late = world.item("Late", "In progress")
    dev = world.browser("dev")
    dev.post(f"/items/{late}/move", {"place": f"before:{first}"})
    dev.post(f"/items/{late}/move", {"column": column_id(world, "Backlog")})
    assert world.order() == ["First", "Second", "Late"]
    assert sound(world)


def test_an_owner_puts_it_back_where_they_like(world: World) -> None:
    top, _, low = (world.item(title) for title in ("Top", "Middle", "Low"))
    owner = world.browser("olga")
    owner.post(f"/items/{low}/move", {"column": column_id(world, "In progress"), "place": f"before:{top}"})
    owner.post(f"/items/{low}/move", {"column": column_id(world, "Review")})
    owner.post(f"/items/{low}/move", {"column": column_id(world, "Backlog"), "place": f"after:{top}"})
    assert world.order() == ["Top", "Low", "Middle"]


def test_the_order_is_not_taken_back_by_somebody_who_no_longer_sets_it(world: World) -> None:
    world.item("First")
    second = world.item("Second")
    dora = world.browser("dora")
    dora.post(f"/items/{second}/move", {"place": "top"})
    version = world.version()
    demote(world, "dora")
    assert dora.post(f"/products/FE/undo/{version}").status_code == 403
    assert world.order() == ["Second", "First"]


def test_a_new_password_ends_every_link_that_was_made_before(both: World) -> None:
    with both.writing() as session:
        user = session.get_one(User, both.ids["dev"])
        purposes = (LinkPurpose.PASSWORD, LinkPurpose.PASSWORD, LinkPurpose.SIGN_IN, LinkPurpose.INVITATION)
        used, *others = [keys.make_link(purpose, user).partition("8000")[2] for purpose in purposes]
    form = {"password": "a-new-password", "name": "Dev"}
    assert both.browser().post(used, form).status_code == 303
    assert [both.browser().post(link, form).status_code for link in others] == [404, 404, 404]


def test_a_password_changed_while_signed_in_ends_them_too(world: World) -> None:
    with world.writing() as session:
        link = keys.make_link(LinkPurpose.PASSWORD, session.get_one(User, world.ids["dev"])).partition("8000")[2]
    assert world.browser("dev").post("/me/password", {"password": "a-new-password"}).status_code == 303
    assert world.browser().post(link, {"password": "somebody-elses"}).status_code == 404
