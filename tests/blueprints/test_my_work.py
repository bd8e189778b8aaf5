"""My work: what one holds and its age, what waits on one, and what one could pull next, over all products."""

import datetime as dt
import re

import sqlalchemy as sa

from kanban import clock
from kanban.mail.links import Purpose
from kanban.models import Item, Product, User
from kanban.policy import Role
from kanban.reads.board.place import BOTTOM, read_place
from tests.builders import Browser, World
from tests.counting import counting
from tests.reporting import add_stakeholders, begin, link_of, publish

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def held(html: str) -> list[str]:
    return re.findall(r'<li class="work" data-item="([^"]+)"', html)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def page(world: World, who: str = "dev") -> str:
    return world.browser(who).get("/my/work").text


def another_product(world: World, key: str, *, ready: str = "") -> None:
    """A second product of Olga's in which Dev pulls."""
    with world.writing() as session:
        olga, dev = session.get_one(User, world.ids["olga"]), session.get_one(User, world.ids["dev"])
        product = Product.open(key=key, name=f"Line {key}", owner=olga)
        session.add(product)
        session.flush()
        product.let_in(dev, Role.DEVELOPER, by=product.members[0])
        if ready:
            column = next(column for column in product.columns if column.name == "Ready")
            session.flush()
            place = read_place(session, product, column, BOTTOM)
            session.add(Item.create(product, ready, place, by=product.members[0]))


def test_one_sees_what_one_holds_the_oldest_first_with_age_and_what_holds_it_up(both: World) -> None:
    with clock.at(NOON - dt.timedelta(days=6)) as moved:
        old, new = both.item("Old", "Ready"), both.item("New", "Ready")
        both.move(old, "In progress", by="dev")
        moved.advance(days=4)
        both.move(new, "In progress", by="dev")
        both.ask(new, "Which **delays** count?", blocking=True)
        moved.advance(days=2)
        html = page(both)
        assert held(html) == [old, new]
        told = words(html)
        assert "7 days" in told or "7 d" in told
        assert "Waiting on Olga for 2 days: Which delays count?" in told
        assert held(page(both, "deb")) == []


def test_finished_and_discarded_items_and_those_of_others_are_not_held(world: World) -> None:
    done, gone = world.item("Done", "Ready"), world.item("Gone", "Ready")
    for ref in (done, gone):
        world.move(ref, "In progress", by="dev")
    world.move(done, "Done")
    world.change(gone, "discard", "Not wanted")
    assert held(page(world)) == []
    assert "Nothing is assigned to you" in page(world)


def test_the_owners_side_sees_what_it_is_to_accept_what_has_waited_longest_first(world: World) -> None:
    with clock.at(NOON - dt.timedelta(days=5)) as moved:
        first, second, third = (world.item(name, "Ready") for name in ("First", "Second", "Third"))
        for ref in (first, second, third):
            world.move(ref, "In progress", by="dev")
        world.change(second, "add_criterion", "It floats")
        world.change(second, "add_criterion", "It sails")
        world.change(second, "tick", 1, met=True)
        world.move(second, "Acceptance", by="dev")
        moved.advance(days=3)
        world.move(first, "Acceptance", by="dev")
        moved.advance(days=2)
        for who in ("olga", "dora"):
            told = words(page(world, who))
            assert held(page(world, who)) == [second, first]
            assert "To accept 2" in told
            assert "5 days" in told and "1 of 2 criteria ticked" in told
            assert "No question is waiting on you." in told
        for who in ("dev", "lea", "vic"):
            assert "To accept" not in words(page(world, who))
        world.move(second, "Done")
        world.change(first, "discard", "Not wanted")
        assert held(page(world, "olga")) == []
        assert "Nobody is waiting on you." in page(world, "olga")


def test_what_waits_on_one_leads_to_the_question(world: World) -> None:
    ref = world.item("Refunds")
    question = world.ask(ref, "Can it be done?", by="olga", to="dev")
    html = page(world)
    assert f'href="/questions?open={question}#q-{question}"' in html
    assert "Can it be done?" in html
    assert "Nobody is waiting on you." in page(world, "deb")


def test_what_a_stakeholder_asks_about_an_update_waits_on_its_owner(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world), "Six weeks late")
    assert "Nobody is waiting on you." in page(world, "olga")
    world.browser().post(link_of(world, "Sunniva", Purpose.ASK), {"body": "Even in winter?"})
    html = page(world, "olga")
    assert 'href="/questions#asked-1"' in html
    assert "Waiting on me 1" in words(html) and "Even in winter?" in words(html) and "Sunniva" in words(html)
    assert "Nobody is waiting on you." in page(world, "dora")


def test_the_next_to_pull_is_the_one_that_pull_next_takes(both: World) -> None:
    blocked, held_up, first, second = (both.item(name, "Ready") for name in ("Blocked", "Held up", "First", "Second"))
    both.change(blocked, "block", "No contract")
    both.ask(held_up, "Which?", blocking=True)
    told = words(page(both))
    assert f"{first} First" in told
    assert f"{second} Second" in told
    assert told.index(first) < told.index(second)
    assert f"{blocked} Blocked" not in told
    assert f"{held_up} Held up" not in told
    answer = both.browser("dev").post("/products/FE/pull", {"view": "work"})
    assert answer.location == "/my/work"
    assert held(page(both)) == [first]
    assert f"Pull {second}" in page(both)


def test_over_all_products_with_a_button_each_and_a_sentence_where_nothing_is_ready(world: World) -> None:
    another_product(world, "BUS", ready="Paint the bus")
    another_product(world, "TRAM")
    told = words(page(world))
    assert "Next in Line BUS BUS-1 Paint the bus" in told
    assert told.count("Nothing is ready to be pulled.") == 2
    world.browser("dev").post("/products/BUS/pull", {"view": "work"})
    assert held(page(world)) == ["BUS-1"]


def test_who_may_not_pull_is_offered_nothing_to_pull(world: World) -> None:
    world.item("First", "Ready")
    for who in ("vic", "lea"):
        html = page(world, who)
        assert "Pull next" not in html
        assert "My work</span>" not in html
    assert "No product yet" in page(world, "sam")
    assert 'href="/my/work"' in page(world, "dev")


def test_the_number_of_queries_does_not_grow_with_products_or_items(world: World) -> None:
    def queries(dev: Browser) -> int:
        with counting() as asked:
            assert dev.get("/my/work").status_code == 200
        return len(asked)

    ref = world.item("One", "Ready")
    world.move(ref, "In progress", by="dev")
    world.ask(ref, "And now?", by="olga", to="dev")
    few = queries(world.browser("dev"))
    for number in range(6):
        another_product(world, f"P{chr(65 + number)}", ready="Next")
        ref = world.item(f"More {number}", "Ready")
        world.move(ref, "In progress", by="dev")
        world.ask(ref, "And now?", by="olga", to="dev")
    assert queries(world.browser("dev")) <= few


def test_a_page_of_several_products_says_up_to_where_it_shows_each(world: World) -> None:
    """Its stream starts from there: what changes before the stream is there is told too."""
    another_product(world, "NEXT")
    world.item("One more")
    with world.reading() as session:
        versions = {one.key: one.version for one in session.scalars(sa.select(Product))}
    for path in ("/my/work", "/questions"):
        told = re.search(r'data-product="([^"]+)" data-version="([^"]+)"', world.browser("dev").get(path).text)
        assert told is not None, path
        assert dict(zip(told[1].split(), map(int, told[2].split()), strict=True)) == versions
