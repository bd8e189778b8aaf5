"""Hands for tests of signing in: passwords, single-use links, and who is in."""

import datetime as dt
import re

import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban import keys
from kanban.models import Delivery, LinkPurpose, User
from tests.builders import Browser, World

PASSWORD = "tides and timetables"
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def set_password(world: World, name: str = "olga", password: str = PASSWORD) -> None:
    """Give somebody a password."""
    with world.writing() as session:
        session.get_one(User, world.ids[name]).password_hash = keys.hash_password(password)


def link(world: World, purpose: LinkPurpose, name: str | None = None) -> str:
    """The path of a fresh single-use link."""
    with world.writing() as session, world.app.test_request_context():
        user = session.get_one(User, world.ids[name]) if name else None
        return keys.make_link(purpose, user).removeprefix("http://127.0.0.1:8000")


def sign_in(browser: Browser, email: str = "olga@example.org", password: str = PASSWORD, **more: str) -> str:
    """Try it; answers where it leads, or "" when it was refused."""
    answer = browser.post("/sign-in", {"email": email, "password": password, **more})
    assert answer.status_code in (303, 422)
    return answer.headers.get("Location", "")


def is_in(browser: Browser) -> bool:
    """Tell whether somebody is signed in there."""
    return browser.get("/me").status_code == 200


def without_tokens(answer: TestResponse) -> str:
    """A page without what differs between any two of them."""
    return re.sub(r'content="[^"]+"|CSRFToken": "[^"]+', "", answer.get_data(as_text=True))


def deliveries(world: World, name: str) -> list[str]:
    """The kinds of the mails to somebody, in their order."""
    with world.reading() as session:
        query = sa.select(Delivery.kind).where(Delivery.user_id == world.ids[name]).order_by(Delivery.id)
        return list(session.scalars(query))
