"""Two at the same moment, and the same twice: what is meant once happens once."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import sqlalchemy as sa

from kanban import keys
from kanban.mail import links
from kanban.mail.links import Purpose
from kanban.models import Delivery, Item, LinkPurpose, SignIn, User
from kanban.models import Response as Answer
from kanban.reads.invariants import broken_invariants
from tests.builders import Browser, World


def at_once(*calls: Callable[[], int]) -> list[int]:
    """What these answer when they begin together."""
    gate = threading.Barrier(len(calls))

    def call(one: Callable[[], int]) -> int:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(call, calls))


def count(world: World, model: type, *conditions: Any) -> int:
    with world.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def token_of(world: World, name: str) -> dict[str, str]:
    with world.writing() as session:
        return {"Authorization": "Bearer " + keys.make_api_token(session.get_one(User, world.ids[name]), "t", "write")}


def test_a_single_use_link_lets_one_browser_in(both: World) -> None:
    with both.writing() as session:
        link = keys.make_link(LinkPurpose.SIGN_IN, session.get_one(User, both.ids["dev"])).partition("8000")[2]
    browsers = [both.browser() for _ in range(4)]
    assert at_once(*(lambda one=one: one.post(link).status_code for one in browsers)) == [303, 404, 404, 404]
    assert count(both, SignIn) == 1


def test_a_product_is_handed_over_once(both: World) -> None:
    browsers = [both.browser("olga"), both.browser("olga")]
    heirs = [both.ids["dora"], both.ids["dev"]]
    answers = at_once(
        *(
            lambda one=one, heir=heir: one.post("/products/FE/settings/hand-over", {"person": heir}).status_code
            for one, heir in zip(browsers, heirs, strict=True)
        )
    )
    assert answers == [303, 403]
    with both.reading() as session:
        assert broken_invariants(session) == []


def test_an_update_is_published_once_and_read_once(both: World) -> None:
    owner = both.browser("olga")
    owner.post("/products/FE/stakeholders", {"name": "Ada", "email": "ada@example.org", "level": "full"})
    owner.post("/products/FE/updates")
    owner.post("/products/FE/updates/1", {"revision": "1", "health": "on_track", "headline": "All is well"})
    browsers = [both.browser("olga") for _ in range(3)]
    publish = "/products/FE/updates/1/publish"
    assert at_once(*(lambda one=one: one.post(publish, {"revision": "2"}).status_code for one in browsers)) == [
        303,
        409,
        409,
    ]
    with both.reading() as session:
        copy = session.scalars(sa.select(Delivery.id).where(Delivery.kind == "update")).one()
    link = "/u/" + links.sign(both.app.config["KANBAN"].secret_key, Purpose.READ, copy, 1)
    assert at_once(*(lambda: both.app.test_client().post(link).status_code for _ in range(4))) == [200] * 4
    assert count(both, Answer) == 1
    assert count(both, Delivery, Delivery.kind == "receipt") == 1


def test_another_file_under_the_same_command_is_another_command(world: World) -> None:
    client, headers = world.app.test_client(), {**token_of(world, "olga"), "Idempotency-Key": "once"}

    def bring(title: str) -> tuple[int, bool]:
        file = (io.BytesIO(f"Title,State\n{title},Backlog\n".encode()), "list.csv")
        answer = client.post("/api/v1/products/FE/import", data={"file": file}, headers=headers)
        return answer.status_code, answer.headers.get("Idempotent-Replay") == "true"

    assert bring("Refunds") == (200, False)
    assert bring("Refunds") == (200, True)
    assert bring("Delays") == (422, False)
    assert count(world, Item) == 1


def test_the_same_list_brought_in_twice_at_once_adds_nothing_twice(both: World) -> None:
    headers = token_of(both, "olga")
    body = "ID,Title,State\n1,Refunds,Backlog\n2,Delays,Backlog\n"

    def bring() -> int:
        client = both.app.test_client()
        return client.post(
            "/api/v1/products/FE/import", data=body, headers=headers, content_type="text/csv"
        ).status_code

    assert at_once(bring, bring, bring) == [200] * 3
    assert count(both, Item) == 2
    with both.reading() as session:
        assert broken_invariants(session) == []


def end(browser: Browser, path: str, form: dict[str, str]) -> int:
    return browser.post(path, form).status_code


def test_two_administrators_who_end_each_other_leave_one(both: World) -> None:
    """Each is right to do it alone; together they would leave nobody who runs the installation."""
    forms: dict[str, dict[str, str]] = {"admin": {"admin": "0"}, "deactivate": {}}
    for verb, form in forms.items():
        for _ in range(5):
            with both.writing() as session:
                for name in ("sam", "lea"):
                    user = session.get_one(User, both.ids[name])
                    user.is_admin = user.is_active = True
            sam, lea = both.browser("sam"), both.browser("lea")
            at_once(
                partial(end, sam, f"/people/{both.ids['lea']}/{verb}", form),
                partial(end, lea, f"/people/{both.ids['sam']}/{verb}", form),
            )
            assert count(both, User, User.is_admin, User.is_active) == 1
