"""The portfolio: a person's products side by side, what was reported beside what the facts suggest, what needs a look
first."""

import datetime as dt
import html
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import ForecastMemory, Health, Item, Product, StatusUpdate, User
from kanban.policy import Role
from kanban.reads.board.place import BOTTOM, read_place
from tests.blueprints.test_my_work import words
from tests.blueprints.test_worsened import promised
from tests.builders import Browser, World
from tests.counting import counting
from tests.reads.test_forecast import NOON, promise
from tests.reporting import add_stakeholders, begin, publish
from tests.requesting import ask


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def page(world: World, who: str = "lea") -> str:
    answer = world.browser(who).get("/portfolio")
    assert answer.status_code == 200
    return answer.text


def rows(world: World, who: str = "lea") -> dict[str, str]:
    """What the page says of each product, by its key, in the order of the page."""
    parts = re.split(r'<li class="portfolio-row" data-product-key="(\w+)">', page(world, who).partition("</main>")[0])
    return {key: words(html) for key, html in zip(parts[1::2], parts[2::2], strict=True)}


def open_product(world: World, key: str, *, name: str = "", started: str = "") -> None:
    """Another product of Olga's, which Lea oversees."""
    with world.writing() as session:
        olga, lea = session.get_one(User, world.ids["olga"]), session.get_one(User, world.ids["lea"])
        product = Product.open(key=key, name=name or f"A {key.title()}", owner=olga)
        session.add(product)
        session.flush()
        product.let_in(lea, Role.LEAD, by=product.members[0])
        if started:
            column = next(column for column in product.columns if column.name == "In progress")
            place = read_place(session, product, column, BOTTOM)
            session.add(Item.create(product, started, place, by=product.members[0]))


def report(world: World, health: Health) -> None:
    """An update to everybody with this health."""
    number = begin(world)
    with world.changing() as (session, _product, member):
        update = session.scalars(sa.select(StatusUpdate).where(StatusUpdate.number == number)).one()
        update.edit({"health": health, "health_reason": "We know more."}, by=member)
    publish(world, number)


def test_what_was_reported_stands_beside_what_the_facts_suggest(both: World, noon: clock.MovedClock) -> None:
    add_stakeholders(both, "Finn")
    promised(both, spare_days=60)
    report(both, Health.ON_TRACK)
    told = rows(both)["FE"]
    assert told.count("On track") == 2
    assert "1 on track" in told
    assert "not what was reported" not in told
    assert "needs a look" not in page(both)
    noon.advance(days=200)
    told = rows(both)["FE"]
    assert told.index("On track") < told.index("Off track") < told.index("not what was reported")
    assert "1 late" in told
    assert re.search("“.+” was promised for .+, and that day has passed", told)
    assert "silent for 200 days" in told
    assert "one product needs a look" in words(page(both))


def test_what_needs_a_look_comes_first_and_the_rest_by_name(world: World) -> None:
    open_product(world, "BUS", name="A bus")
    assert list(rows(world)) == ["BUS", "FE"]
    assert "nothing stands out" in page(world)
    world.ask(started(world), "Which delays count?", blocking=True)
    assert list(rows(world)) == ["FE", "BUS"]
    assert "one product needs a look" in words(page(world))


@pytest.mark.parametrize(
    ("health", "needs"),
    [(Health.AT_RISK, True), (Health.OFF_TRACK, True), (Health.ON_TRACK, False), (Health.PAUSED, False)],
)
def test_a_product_that_was_reported_ill_needs_a_look_though_the_facts_say_nothing(
    both: World, health: Health, needs: bool
) -> None:
    open_product(both, "BUS", name="A bus")
    add_stakeholders(both, "Finn")
    report(both, health)
    told = words(page(both))
    assert ("one product needs a look" in told, "nothing stands out" in told) == (needs, not needs)
    assert list(rows(both)) == (["FE", "BUS"] if needs else ["BUS", "FE"])


def started(world: World) -> str:
    ref = world.item("Timetable", "Ready")
    world.move(ref, "In progress", by="dev")
    return ref


def test_questions_work_and_requests_are_counted(both: World, noon: clock.MovedClock) -> None:
    told = rows(both)["FE"]
    assert ("none waiting" in told, "nothing" in told, "no update yet" in told) == (True, True, True)
    ref, other = started(both), started(both)
    question = both.ask(ref, "Which delays count?", blocking=True)
    noon.advance(days=3)
    both.ask(other, "And refunds?")
    both.change(both.item("Gone"), "discard", "Not wanted")
    add_stakeholders(both, "Finn")
    ask(both, "Finn")
    told = rows(both)["FE"]
    assert "2, the oldest for 3 days" in told
    assert "one stops work" in told
    assert "2, the oldest 4 days" in told
    assert "one blocked" in told
    assert "one new request" in told
    both.question(question, "answer", "Those of an hour", by="olga")
    assert "one, for 1 minute" in rows(both)["FE"], "what is answered is no question that waits"


def test_the_number_of_questions_leads_to_them_also_for_whom_none_waits(world: World) -> None:
    world.ask(world.item("Timetable"), "Which delays count?")
    [path] = re.findall(r'href="(/search[^"]+)"', page(world))
    assert "Which delays count?" in world.browser("lea").get(html.unescape(path)).text


def test_each_sees_their_own_products_and_of_these_what_their_role_sees(world: World) -> None:
    open_product(world, "BUS", name="Bus <b>&</b> “tram”")
    add_stakeholders(world, "Finn")
    ask(world, "Finn")
    seen = {name: (list(rows(world, name)), "new request" in page(world, name)) for name in ("lea", "dev", "vic")}
    assert seen == {"lea": (["BUS", "FE"], True), "dev": (["FE"], False), "vic": (["FE"], False)}
    assert "Bus &lt;b&gt;&amp;&lt;/b&gt;" in page(world)
    assert "No product yet" in page(world, "sam")
    assert 'href="/portfolio"' not in world.browser("sam").get("/me").text
    with world.writing() as session:
        session.execute(sa.update(Product).where(Product.key == "BUS").values(archived_at=clock.now()))
    assert list(rows(world)) == ["FE"]


def test_who_only_oversees_several_products_begins_there(world: World) -> None:
    assert world.browser("lea").get("/").location.endswith("/products/FE/backlog")
    open_product(world, "BUS")
    assert world.browser("lea").get("/").location.endswith("/portfolio")
    assert world.browser("olga").get("/").location.endswith("/backlog")


def test_it_is_as_it_is_now_though_it_is_not_counted_anew_each_time(both: World, noon: clock.MovedClock) -> None:
    """What is kept is told by the product's version and its day."""
    ref = promised(both, spare_days=60)
    assert "1 on track" in rows(both)["FE"]
    for column in ("In progress", "Done"):
        both.move(ref, column)
    assert "1 on track" not in rows(both)["FE"]
    both.move(ref, "Ready")
    assert "1 on track" in rows(both)["FE"]
    noon.advance(days=365)
    assert "1 late" in rows(both)["FE"]


def test_what_the_chores_of_the_day_count_stands_there_at_once(both: World) -> None:
    """The count changes nothing of the product, and it may come after somebody's first look on a day."""
    promised(both)
    assert "dates held" not in rows(both)["FE"]
    with both.writing() as session:
        memory = session.scalars(sa.select(ForecastMemory)).one_or_none() or ForecastMemory(product_id=1)
        memory.counted_on, memory.kept = clock.now().date(), {"85": [21, 24]}
        session.add(memory)
    assert "85 % dates held 21 of 24 times" in rows(both)["FE"]


def test_the_number_of_queries_does_not_grow_with_products(both: World) -> None:
    def queries(lea: Browser) -> int:
        lea.get("/portfolio")
        with counting() as asked:
            assert lea.get("/portfolio").status_code == 200
        return len(asked)

    promised(both)
    few = queries(both.browser("lea"))
    for number in range(6):
        open_product(both, f"P{chr(65 + number)}", started="Timetable")
    assert queries(both.browser("lea")) <= few


def test_a_live_screen_fetches_the_rows_alone(world: World) -> None:
    open_product(world, "BUS")
    html = world.browser("lea").get("/portfolio", hx=True).text
    assert "<html" not in html
    told = re.search(r'data-product="([^"]+)" data-version="([^"]+)"', html)
    assert told is not None
    with world.reading() as session:
        versions = {each.key: each.version for each in session.scalars(sa.select(Product))}
    assert dict(zip(told[1].split(), map(int, told[2].split()), strict=True)) == versions


def test_the_day_of_the_report_is_one_of_the_product(world: World) -> None:
    with world.writing() as session:
        session.execute(sa.update(Product).values(time_zone="Pacific/Auckland"))
    add_stakeholders(world, "Finn")
    report(world, Health.UNKNOWN)
    day = clock.today("Pacific/Auckland")
    assert day != clock.now().date()
    assert f'datetime="{day.isoformat()}"' in page(world)


def test_a_promise_that_nothing_can_be_said_about_lacks_a_forecast_not_a_date(world: World) -> None:
    promise(world, world.item("First"), dt.date(2026, 12, 18))
    assert "1 without a forecast" in rows(world)["FE"]
