"""The product's own list: what goes out as CSV comes back as it was, by the page and by the API."""

import io
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kanban import keys
from kanban.models import Item, User
from kanban.models.label import tidy_label
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.items.api_items import read_api_items
from kanban.reads.items.labels import labels_named
from kanban.transfer import exporting
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.own import HEADER
from kanban.transfer.reading import read_table
from kanban.transfer.staging import Staged, read_items
from tests.builders import World

Told = tuple[str, str, list[str], str]

WRITTEN: list[Told] = [
    ("Plan", "# Plan\n\nSend `{code}` with it.\n\n* one\n* *two*\n\n```\n* *as typed*\n```", ["Sales"], "5.0"),
    ("Old heading", "h2. stays\n*emphasis*", ["Support"], "1,0"),
    ("HTML", "<b>html</b> and <https://a.b>", ["Sales Support", "a|b"], "S  M"),
    ("=Guarded", "'=quoted", ["-x", "c;d"], "-"),
    ("Lines", "a;b\n" * 9 + "end  \rx", [], ""),
]

_plain = st.characters(exclude_categories=("Cs", "Cc"))
_text = st.text(st.one_of(_plain, st.sampled_from("\n\t\r <>*{}|;,'\"=-\\")), max_size=60)
_pieces = ["{code}", "h1. ", "<b>", "<br>", "\n\n", "    ", "* one", "*two*", "sep=;", '"', ";", "Sales"]
_description = st.one_of(_text, st.lists(st.sampled_from(_pieces), max_size=12).map("".join))
_word = st.text(_plain, max_size=12).filter(lambda text: bool(text.strip()))
_label = st.one_of(_word.filter(lambda text: "," not in text), st.sampled_from(["Sales", "Support", "Sales Support"]))
_size = st.one_of(st.text(_plain, max_size=10), st.sampled_from(["5.0", "1,0", "3", "XL"]))
_told = st.tuples(_word, _description, st.lists(_label, max_size=3), _size)


@pytest.fixture
def world(sqlite_app: Flask) -> World:
    return World(sqlite_app)


def bring(session: Any, product: Any, member: Any, told: list[Told]) -> None:
    for title, description, labels, size in told:
        place = read_place(session, product, product.columns[0], BOTTOM)
        named = labels_named(session, product, labels)
        Item.create(product, title, place, by=member, description=description, size=size, labels=named)
        session.flush()


def stage(text: str) -> Staged:
    table = read_table(text.encode())
    return read_items(table, suggest_mapping(table), "UTC")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(WRITTEN)
@given(st.lists(_told, min_size=1, max_size=6))
def test_what_goes_out_is_read_as_it_was(world: World, told: list[Told]) -> None:
    with world.changing() as (session, product, member):
        bring(session, product, member, told)
        items = read_api_items(session, product, order=(Item.number,))
        staged = stage(exporting.as_csv(session, product))
        session.rollback()
    assert staged.problems == ()
    assert [(item.title, item.description, list(item.labels), item.size) for item in staged.items] == [
        (item.title, item.description, item.labels, item.size) for item in items
    ]
    assert all(tidy_label(label) == label for item in staged.items for label in item.labels)


def told_of(world: World, key: str) -> list[Told]:
    with world.reading() as session:
        product = locked.product_named(session, key)
        assert product is not None
        items = read_api_items(session, product, order=(Item.number,))
        return [(item.title, item.description, item.labels, item.size) for item in items]


def by_page(world: World, data: bytes) -> None:
    olga = world.browser("olga")
    page = olga.post("/products/TWO/import/look", {"file": (io.BytesIO(data), "items.csv")}).text
    carried = page.partition('<textarea name="list" hidden readonly>')[2].partition("<")[0]
    [seen] = [unescape(each) for each in re.findall(r'name="seen" value="([^"]*)"', page)]
    assert olga.post("/products/TWO/import", {"list": carried, "seen": seen}).status_code == 303


def by_api(world: World, data: bytes) -> None:
    with world.writing() as session:
        secret = keys.make_api_token(session.get_one(User, world.ids["olga"]), "test", "write")
    answer = world.app.test_client().post(
        "/api/v1/products/TWO/import",
        data=data,
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "text/csv"},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("way", [by_page, by_api])
def test_a_product_is_the_same_in_another_one(world: World, way: Any) -> None:
    with world.changing() as (session, product, member):
        bring(session, product, member, WRITTEN)
    olga = world.browser("olga")
    olga.post("/products/new", {"key": "TWO", "name": "Two", "time_zone": "UTC", "cadence_days": "14"})
    way(world, olga.get("/products/FE/export.csv").data)
    one, two = told_of(world, "FE"), told_of(world, "TWO")
    assert one == two
    assert len(one) == len(WRITTEN)


def test_a_list_that_only_looks_alike_is_read_as_one_from_elsewhere() -> None:
    header = ",".join(HEADER[:-1])
    [item] = stage(f"{header}\nX-1,A,h2. Told,To Do,,a|b,,,,,,,,\n").items
    assert (item.description, item.labels) == ("## Told", ("a", "b"))
