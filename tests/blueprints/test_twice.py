"""A form that is sent twice, by a double click or after a lost answer, does once what it says."""

from html.parser import HTMLParser
from io import BytesIO

import pytest
import sqlalchemy as sa

from kanban.models import Answer, Attachment, Member, Model, Product, Stakeholder
from tests.builders import Browser, World, sound

BACKLOG = "/products/FE/backlog"
STAKEHOLDERS = "/products/FE/stakeholders"
SETTINGS = "/products/FE/settings"


class _Forms(HTMLParser):
    """The hidden fields of each form of a page, by where it is sent."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, str]]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = named.get("action", "").partition("#")[0]
            self.found.setdefault(action, []).append({})
            self._latest = self.found[action][-1]
        elif tag == "input" and named.get("type") == "hidden" and self.found:
            self._latest[named["name"]] = named.get("value", "")


def send_twice(browser: Browser, page: str, action: str, typed: dict[str, str], which: int = 0) -> list[str]:
    """Fill a form of that page in, send it twice; answers where both led."""
    hidden = _Forms(browser.get(page).text).found[action][which]
    answers = [browser.post(action, {**hidden, **typed, "csrf_token": browser.token}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    return [answer.location for answer in answers]


def count(world: World, model: type[Model]) -> int:
    with world.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("which", "order"), [(0, ["New", "Refunds"]), (1, ["Refunds", "New"])])
def test_a_line_of_the_backlog(both: World, which: int, order: list[str]) -> None:
    both.item("Refunds")
    ways = send_twice(both.browser("olga"), BACKLOG, "/products/FE/items", {"title": "New"}, which)
    assert ways == [BACKLOG, BACKLOG]
    assert both.order() == order


def test_the_same_line_again_from_a_page_loaded_anew_is_another_item(world: World) -> None:
    for _ in range(2):
        send_twice(world.browser("olga"), BACKLOG, "/products/FE/items", {"title": "Swab the deck"})
    assert world.order() == ["Swab the deck"] * 2


def test_what_had_nothing_to_do_does_nothing_when_it_comes_again(both: World) -> None:
    first, second = both.item("One", "Ready"), both.item("Two", "Ready")
    olga, again = both.browser("olga"), {"place": "top", "command": "again"}
    assert olga.post(f"/items/{first}/move", again).status_code == 303
    assert olga.post(f"/items/{second}/move", {"place": "top"}).status_code == 303
    assert olga.post(f"/items/{first}/move", again).status_code == 303
    assert both.order() == ["Two", "One"]
    assert sound(both)


def test_files_of_an_item(world: World) -> None:
    ref = world.item("Refunds")
    hidden = _Forms(world.browser("olga").get(f"/items/{ref}").text).found[f"/items/{ref}/attachments"][0]
    olga = world.browser("olga")
    for _ in range(2):
        fields = {**hidden, "csrf_token": olga.token, "file": (BytesIO(b"x"), "a.txt")}
        assert olga.post(f"/items/{ref}/attachments", fields).status_code == 303
    assert count(world, Attachment) == 1


def test_many_items(world: World) -> None:
    action = "/products/FE/items/many"
    assert send_twice(world.browser("dev"), action, action, {"titles": "One\nTwo"}) == [BACKLOG, BACKLOG]
    assert world.order() == ["One", "Two"]


def test_a_stakeholder_and_a_list_of_them(world: World) -> None:
    olga = world.browser("olga")
    one = {"name": "Tor", "email": "tor@island.example.org", "level": "full"}
    assert send_twice(olga, STAKEHOLDERS, STAKEHOLDERS, one) == [STAKEHOLDERS] * 2
    assert "was added" in olga.get(STAKEHOLDERS).text
    send_twice(olga, STAKEHOLDERS, STAKEHOLDERS, {"people": "Eva <eva@island.example.org>"}, 1)
    assert "already on the list and" not in olga.get(STAKEHOLDERS).text
    assert count(world, Stakeholder) == 2


def test_a_member(world: World) -> None:
    before = count(world, Member)
    sam = {"email": "sam@example.org", "role": "viewer", "name": ""}
    ways = send_twice(world.browser("olga"), f"{SETTINGS}/members", f"{SETTINGS}/members", sam)
    assert ways == [f"{SETTINGS}/members"] * 2
    assert count(world, Member) == before + 1


@pytest.mark.parametrize("page", ["/questions", "/items/FE-1"])
def test_an_answer_leads_to_where_it_was_given(world: World, page: str) -> None:
    question = world.ask(world.item("Refunds"), "How soon?")
    ways = send_twice(world.browser("olga"), page, f"/questions/{question}/answer", {"body": "At once"})
    assert ways == ["/questions?tab=yours" if page == "/questions" else "/items/FE-1#questions"] * 2
    assert count(world, Answer) == 1


def test_a_product(world: World) -> None:
    before = count(world, Product)
    form = {"key": "HR", "name": "Harbour", "time_zone": "UTC", "cadence_days": "7", "goal": ""}
    assert send_twice(world.browser("sam"), "/products/new", "/products/new", form) == ["/products/HR/backlog"] * 2
    assert count(world, Product) == before + 1


def test_a_command_with_another_name_of_its_file_or_another_order_is_another_command(world: World) -> None:
    ref, browser = world.item("Refunds"), world.browser("dev")

    def attach(name: str) -> int:
        fields = {"csrf_token": browser.token, "command": "c1", "file": (BytesIO(b"hello"), name)}
        return browser.client.post(f"/items/{ref}/attachments", data=fields).status_code

    def label(*new: str) -> int:
        return browser.post(f"/items/{ref}/labels", {"command": "c2", "new": list(new)}).status_code

    assert [attach("a.txt"), attach("a.txt"), attach("b.txt")] == [303, 303, 422]
    assert [label("one", "two"), label("one", "two"), label("two", "one")] == [303, 303, 422]
