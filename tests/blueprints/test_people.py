"""The people page: for administrators only, who see accounts and no product's content."""

import re

import pytest
import sqlalchemy as sa

from kanban import identity, keys
from kanban.config import Config
from kanban.models import Delivery, Member, User
from tests.builders import Browser, World


@pytest.fixture
def admin(world: World) -> Browser:
    """Sam runs the installation and is nobody's member."""
    with world.writing() as session:
        session.get_one(User, world.ids["sam"]).is_admin = True
    return world.browser("sam")


def _user(world: World, name: str) -> User:
    with world.reading() as session:
        return session.get_one(User, world.ids[name])


def _shown_link(page: str) -> str:
    match = re.search(r'value="http://127\.0\.0\.1:8000(/sign-in/link/[^"]+)"', page)
    assert match is not None
    return match[1]


def test_nobody_else_gets_to_see_it(world: World) -> None:
    for name in ("olga", "dora", "lea", "dev", "vic", "sam"):
        assert world.browser(name).get("/people").status_code == 404
        assert world.browser(name).post("/people", {"email": "x@example.org", "name": "X"}).status_code == 404
    assert world.browser().get("/people").status_code == 303


def test_it_lists_everybody_with_their_products(world: World, admin: Browser) -> None:
    page = admin.get("/people").get_data(as_text=True)
    for name in world.ids:
        assert f"{name}@example.org" in page
    assert f"{len(world.ids)} accounts" in page
    assert "delegate" in page


def test_an_administrator_sees_no_product(world: World, admin: Browser) -> None:
    for path in ("/products/FE/backlog", "/products/FE/board", "/products/FE/settings"):
        assert admin.get(path).status_code == 404


def test_inviting_without_a_mail_server_shows_the_link_once(world: World, admin: Browser) -> None:
    answer = admin.post("/people", {"email": "Nina@Example.org", "name": "Nina"})
    assert answer.status_code == 201
    path = _shown_link(answer.get_data(as_text=True))
    assert path not in admin.get("/people").get_data(as_text=True)
    nina = world.browser()
    assert nina.post(path, {"name": "Nina", "password": "tides and timetables"}).status_code == 303
    assert nina.get("/me").status_code == 200


def test_inviting_with_a_mail_server_mails_the_link(world: World, admin: Browser) -> None:
    config = world.app.config["KANBAN"]
    world.app.config["KANBAN"] = Config(
        data_dir=config.data_dir,
        database_url=config.database_url,
        secret_key=config.secret_key,
        smtp_url="smtp://mail.example.org",
    )
    assert admin.post("/people", {"email": "nina@example.org", "name": "Nina"}).status_code == 303
    assert "Nina has been invited by mail." in admin.get("/people").get_data(as_text=True)
    with world.reading() as session:
        (delivery,) = session.scalars(sa.select(Delivery))
        assert (delivery.kind, delivery.context) == ("invitation", {"inviter": "Sam", "product": None})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nowhere", "name": "Nina"}, "does not look like an e-mail address"),
        ({"email": "nina@example.org", "name": " "}, "A name needs 1 to 200 characters"),
        ({"email": "OLGA@example.org", "name": "Olga"}, "Somebody with this address already has an account"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_keeps_what_was_typed(
    world: World, admin: Browser, fields: dict[str, str], sentence: str
) -> None:
    answer = admin.post("/people", fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{fields["email"]}"' in page
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(User)) == len(world.ids)


def test_deactivating_ends_everything_at_once(world: World, admin: Browser) -> None:
    dev = world.browser("dev")
    with world.writing() as session:
        token = keys.make_api_token(session.get_one(User, world.ids["dev"]), "script", "write")
    assert dev.get("/products/FE/backlog").status_code == 200
    assert admin.post(f"/people/{world.ids['dev']}/deactivate").status_code == 303
    assert dev.get("/products/FE/backlog").status_code == 303
    with world.app.test_request_context("/api/v1/me", headers={"Authorization": f"Bearer {token}"}):
        assert identity.maybe_user() is None
    assert "Deactivated" in admin.get("/people").get_data(as_text=True)


def test_access_given_back_opens_no_old_sign_in(world: World, admin: Browser) -> None:
    dev = world.browser("dev")
    admin.post(f"/people/{world.ids['dev']}/deactivate")
    assert admin.post(f"/people/{world.ids['dev']}/activate").status_code == 303
    assert _user(world, "dev").is_active
    assert dev.get("/me").status_code == 303
    with world.reading() as session:
        assert session.scalar(sa.select(Member.role).where(Member.user_id == world.ids["dev"])) == "developer"


def test_nobody_shuts_themselves_out(world: World, admin: Browser) -> None:
    assert admin.post(f"/people/{world.ids['sam']}/deactivate").status_code == 409
    assert admin.post(f"/people/{world.ids['sam']}/admin", {"admin": "0"}).status_code == 409
    assert _user(world, "sam").is_active
    assert _user(world, "sam").is_admin


def test_an_administrator_makes_and_unmakes_another(world: World, admin: Browser) -> None:
    admin.post(f"/people/{world.ids['olga']}/admin", {"admin": "1"})
    assert world.browser("olga").get("/people").status_code == 200
    admin.post(f"/people/{world.ids['olga']}/admin", {"admin": "0"})
    assert world.browser("olga").get("/people").status_code == 404


def test_a_printed_link_signs_in_once(world: World, admin: Browser) -> None:
    answer = admin.post(f"/people/{world.ids['dev']}/link")
    path = _shown_link(answer.get_data(as_text=True))
    dev = world.browser()
    assert dev.post(path, {"name": "Dev", "password": "tides and timetables"}).status_code == 303
    assert dev.get("/me").status_code == 200


def test_a_deactivated_person_gets_no_link(world: World, admin: Browser) -> None:
    admin.post(f"/people/{world.ids['dev']}/deactivate")
    assert admin.post(f"/people/{world.ids['dev']}/link").status_code == 409


@pytest.mark.parametrize("verb", ["link", "deactivate", "activate", "admin"])
def test_an_invented_person_is_none(admin: Browser, verb: str) -> None:
    assert admin.post(f"/people/999999/{verb}").status_code == 404
