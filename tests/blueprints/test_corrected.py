"""A correction is told wherever a reader meets what it corrects, and the corrected words stay as they were frozen."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.mail import prepare
from kanban.mail.compose import renderer
from kanban.mail.links import Purpose
from kanban.mail.office import PostOffice
from kanban.models import Delivery
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, found, link_of, publish

WRONG_DAY, RIGHT_DAY, LATEST_DAY = (dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC) for day in (2, 9, 16))


@pytest.fixture(autouse=True)
def _in_the_same_year() -> Iterator[None]:
    with clock.at(LATEST_DAY):
        yield


@pytest.fixture
def corrected(world: World) -> World:
    """Update 1 went to Sunniva and Tor, then Tor stopped the mails, then update 2 corrected it."""
    add_stakeholders(world, "Sunniva", "Tor")
    with clock.at(WRONG_DAY):
        publish(world, begin(world), "Six weeks late")
        world.browser().post(link_of(world, "Tor", Purpose.PREFERENCES), {"level": "none"})
    correct(world, 1, "Four weeks late", RIGHT_DAY)
    return world


def correct(world: World, wrong: int, headline: str, at: dt.datetime) -> None:
    """Publish the correction of an update on that day."""
    with clock.at(at):
        answer = world.browser("olga").post(f"{UPDATES}/{wrong}/correct")
        publish(world, int(answer.headers["Location"].rpartition("/")[2]), headline)


@pytest.mark.parametrize("purpose", [Purpose.READ, Purpose.ASK, Purpose.DECIDE])
def test_what_was_corrected_says_so_with_its_day_and_leads_to_the_readers_own_copy(
    corrected: World, purpose: Purpose
) -> None:
    page = corrected.browser().get(link_of(corrected, "Sunniva", purpose)).text
    assert "This was corrected on Monday 9 November" in page
    assert link_of(corrected, "Sunniva", Purpose.READ, 2) in page
    assert "This was corrected" not in corrected.browser().get(link_of(corrected, "Sunniva", purpose, 2)).text


def test_earlier_updates_mark_what_was_corrected(corrected: World) -> None:
    with clock.at(LATEST_DAY):
        publish(corrected, begin(corrected), "On time")
    page = corrected.browser().get(link_of(corrected, "Sunniva", Purpose.READ, 3)).text
    list_of_earlier = page.partition('<nav class="earlier"')[2].partition("</nav>")[0]
    rows = [row for row in list_of_earlier.split("<li>") if "corrected on" in row]
    assert len(rows) == 1
    assert "Six weeks late" in rows[0]
    assert "corrected on Monday 9 November" in rows[0]
    assert f'href="{link_of(corrected, "Sunniva", Purpose.READ, 2)}">read the correction</a>' in rows[0]


def test_the_correction_itself_says_that_it_is_the_one(corrected: World) -> None:
    page = corrected.browser().get(link_of(corrected, "Sunniva", Purpose.READ, 2)).text
    assert "corrected on Monday 9 November by this update" in page
    assert "read the correction" not in page


def test_whom_the_correction_was_not_sent_to_is_told_of_it_without_a_link(corrected: World) -> None:
    page = corrected.browser().get(link_of(corrected, "Tor", Purpose.READ)).text
    assert "This was corrected on Monday 9 November" in page
    assert "was not sent to you" in page
    assert "Four weeks late" not in page
    assert link_of(corrected, "Sunniva", Purpose.READ, 2) not in page


def test_a_correction_that_was_corrected_leads_to_what_holds(corrected: World) -> None:
    correct(corrected, 2, "Five weeks late", LATEST_DAY)
    last = link_of(corrected, "Sunniva", Purpose.READ, 3)
    for number in (1, 2):
        page = corrected.browser().get(link_of(corrected, "Sunniva", Purpose.READ, number)).text
        assert "This was corrected on Monday 16 November" in page
        assert f'<a href="{last}">Read the correction</a>' in page
    team = corrected.browser("dev").get(f"{UPDATES}/1").text
    assert "This was corrected on Monday 16 November" in team
    assert f'href="{UPDATES}/3">Read the correction' in team


def test_a_correction_that_is_still_a_draft_says_nothing(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    world.browser("olga").post(f"{UPDATES}/1/correct")
    assert "orrected" not in world.browser().get(link_of(world, "Sunniva", Purpose.READ)).text
    assert "orrected" not in world.browser("dev").get(f"{UPDATES}/1").text


def test_the_list_of_the_team_names_correction_and_day(corrected: World) -> None:
    assert "corrected by 2 on 9 Nov" in corrected.browser("dev").get(UPDATES).text


def test_the_frozen_words_stay_as_they_were(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    with clock.at(WRONG_DAY):
        publish(world, begin(world), "Six weeks late")
    before = json.dumps(found(world, 1).snapshot)
    correct(world, 1, "Four weeks late", RIGHT_DAY)
    after = found(world, 1)
    assert json.dumps(after.snapshot) == before
    assert after.headline == "Six weeks late"


def test_the_mails_of_a_correction_and_of_its_correction_stay_in_one_thread(corrected: World) -> None:
    correct(corrected, 2, "Five weeks late", LATEST_DAY)
    with corrected.reading() as session:
        mails = session.scalars(sa.select(Delivery.id).where(Delivery.kind == "update").order_by(Delivery.id)).all()
        office = PostOffice.from_config(corrected.app.config["KANBAN"])
        loaded = [prepare.load(session, mail) for mail in mails]
        with corrected.app.test_request_context():
            render = renderer(corrected.app.jinja_env)
            threads = {prepare.letter_for(session, mail, office, render).references for mail in loaded if mail}
    assert len(mails) > 2 and len(threads) == 1
