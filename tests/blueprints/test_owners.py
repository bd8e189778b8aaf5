"""Appointing owners: an administrator brings a product without an acting owner back into somebody's hands, unseen."""

import pytest
import sqlalchemy as sa

from kanban.models import Member, Product, User
from tests.builders import Browser, World, sound

FORM = "/people/owners/FE"


@pytest.fixture
def admin(both: World) -> Browser:
    """Sam runs the installation and is nobody's member."""
    with both.writing() as session:
        session.get_one(User, both.ids["sam"]).is_admin = True
    return both.browser("sam")


def _roles(world: World) -> dict[str, str]:
    with world.reading() as session:
        rows = session.execute(sa.select(User.name, Member.role).join(Member, Member.user_id == User.id))
        return {name: role.value for name, role in rows}


def test_a_product_whose_owner_lost_access_gets_another_one(both: World, admin: Browser) -> None:
    answer = admin.post(f"/people/{both.ids['olga']}/deactivate")
    page = admin.get(answer.location).get_data(as_text=True)
    assert "Olga owns FE" in page
    assert "no access" in page
    assert admin.post(FORM, {"person": both.ids["dev"]}).status_code == 303
    assert _roles(both) == {"Dora": "delegate", "Lea": "lead", "Dev": "owner", "Vic": "viewer", "Deb": "developer"}
    assert both.kinds() == ["handed_over", "member_let_go"]
    assert sound(both)
    assert both.browser("dev").get("/products/FE/settings/hand-over").status_code == 200
    assert "no access" not in admin.get("/people").get_data(as_text=True)


def test_somebody_who_was_no_member_becomes_the_owner_and_the_former_one_a_delegate(
    both: World, admin: Browser
) -> None:
    with both.writing() as session:
        session.add(User(email="nina@example.org", name="Nina"))
        session.flush()
        nina = session.scalars(sa.select(User.id).where(User.name == "Nina")).one()
    assert admin.post(FORM, {"person": nina}).status_code == 303
    assert _roles(both)["Nina"] == "owner"
    assert _roles(both)["Olga"] == "delegate"
    assert both.kinds() == ["handed_over"]
    assert sound(both)


def test_an_administrator_may_take_it_on_but_sees_nothing_before(both: World, admin: Browser) -> None:
    both.item("What only members read")
    for path in ("/people", FORM):
        page = admin.get(path).get_data(as_text=True)
        assert "Ferry" in page
        assert "What only members read" not in page
    assert admin.get("/products/FE/backlog").status_code == 404
    admin.post(FORM, {"person": both.ids["sam"]})
    assert "What only members read" in admin.get("/products/FE/backlog").get_data(as_text=True)


def test_an_archived_product_gets_one_as_well_who_can_bring_it_back(both: World, admin: Browser) -> None:
    both.browser("olga").post("/products/FE/settings/archive")
    admin.post(f"/people/{both.ids['olga']}/deactivate")
    assert admin.post(FORM, {"person": both.ids["dora"]}).status_code == 303
    assert both.browser("dora").post("/products/FE/settings/bring-back").status_code == 303
    with both.reading() as session:
        assert session.scalars(sa.select(Product.archived_at)).one() is None


def test_nobody_without_access_is_appointed_nor_the_owner_again(both: World, admin: Browser) -> None:
    admin.post(f"/people/{both.ids['dev']}/deactivate")
    before = both.version()
    assert admin.post(FORM, {"person": both.ids["dev"]}).status_code == 409
    assert admin.post(FORM, {"person": both.ids["olga"]}).status_code == 409
    assert admin.post(FORM, {"person": "999999"}).status_code == 404
    assert admin.post(FORM).status_code == 404
    assert admin.post("/people/owners/NONE", {"person": both.ids["dora"]}).status_code == 404
    assert both.version() == before
    assert _roles(both)["Olga"] == "owner"


def test_the_form_sent_twice_appoints_once(both: World, admin: Browser) -> None:
    form = {"person": both.ids["dev"], "command": "once"}
    before = both.version()
    assert [admin.post(FORM, form).status_code for _ in range(2)] == [303, 303]
    assert both.version() == before + 1


def test_nobody_else_appoints(both: World, admin: Browser) -> None:
    for name in ("olga", "dora", "lea", "dev", "vic"):
        assert both.browser(name).get(FORM).status_code == 404
        assert both.browser(name).post(FORM, {"person": both.ids["dev"]}).status_code == 404
    assert _roles(both)["Olga"] == "owner"
