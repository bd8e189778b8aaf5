"""Opening a product: the key that is made from its name, and the one that somebody writes."""

import re

import pytest
import sqlalchemy as sa

from kanban.models import Product
from tests.builders import World

NEW = "/products/new"


def open_product(world: World, name: str, key: str = "") -> tuple[int, str]:
    """Send the form; answers the status and the page, or where it led."""
    answer = world.browser("sam").post(NEW, {"name": name, "key": key, "time_zone": "UTC", "cadence_days": "14"})
    return answer.status_code, answer.location or answer.text


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Tickets", "TICKE"),
        ("Harbour rail link", "HRL"),
        ("Ferry 2.0", "FERRY"),
        ("Überfahrt & Straße", "US"),
        ("Øresund bridge", "OB"),
        ("a", "AA"),
        ("On-call", "OC"),
    ],
)
def test_an_empty_key_is_made_from_the_name(world: World, name: str, key: str) -> None:
    assert open_product(world, name) == (303, f"/products/{key}/backlog")


def test_a_made_key_is_one_that_nobody_has(both: World) -> None:
    assert [open_product(both, "Ferry example")[1] for _ in range(4)] == [
        f"/products/{key}/backlog" for key in ("FEA", "FEB", "FEC", "FED")
    ]
    assert [open_product(both, "Tickets")[1] for _ in range(4)] == [
        f"/products/{key}/backlog" for key in ("TICKE", "TICKET", "TICKETS", "TICKEA")
    ]


def test_a_name_without_latin_letters_asks_for_a_key(world: World) -> None:
    status, page = open_product(world, "渡し船")
    assert (status, "2 to 8 letters from A to Z" in page) == (422, True)
    assert "渡し船" in page
    assert open_product(world, "渡し船", "WA")[0] == 303


def test_a_key_that_is_taken_comes_back_with_one_that_is_free(world: World) -> None:
    status, page = open_product(world, "Ferry example", "fe")
    assert (status, "Another product has this key. FEA is free." in page) == (422, True)
    with world.reading() as session:
        assert session.scalars(sa.select(Product.key)).all() == ["FE"]


def test_a_refused_form_has_the_focus_on_the_first_field_in_error_which_reads_its_message(world: World) -> None:
    def focused(page: str) -> list[str]:
        return [each for each in re.findall(r"<(?:input|textarea|select)[^>]*>", page) if "autofocus" in each]

    [before] = focused(world.browser("sam").get(NEW).text)
    assert 'id="name"' in before
    [field] = focused(open_product(world, "Ferry example", "fe")[1])
    for words in ('id="key"', 'aria-invalid="true"', 'aria-describedby="key-hint key-error"'):
        assert words in field
    line = f"/items/{world.item('Refunds')}/line"
    wrong = {"title": "Refunds", "size": "x" * 11, "type": "feature", "revision": "1"}
    [field] = focused(world.browser("olga").post(line, wrong).text)
    assert 'name="size"' in field and 'aria-describedby="line-size-error"' in field
    key = {"email": "olga@example.org", "password": "wrong password"}
    [field] = focused(world.browser().post("/sign-in", key).text)
    assert 'id="password"' in field and 'aria-describedby=" password-error"' in field


def test_the_form_needs_no_key(world: World) -> None:
    page = world.browser("sam").get(NEW).text
    field = page[page.index('id="key"') :].partition(">")[0]
    assert "required" not in field
