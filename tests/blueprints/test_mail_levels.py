"""Each level changes what the mail holds, and the first mail says who added its reader and why."""

import pytest
import sqlalchemy as sa

from kanban.background.worker import Worker
from kanban.mail import levels, prepare
from kanban.mail.compose import renderer
from kanban.mail.levels import Concern, for_level, passes_by
from kanban.mail.office import PostOffice
from kanban.models import Delivery, DeliveryState, Level, Product, Stakeholder
from tests.blueprints.test_notices import NOTICE, move, promised
from tests.builders import World
from tests.reporting import begin, deliveries, form_of, person, publish

__all__ = ["promised"]
SNAPSHOT = {
    "summary": "All in all",
    "sections": [
        {"kind": "delays", "lines": [{"ref": "FE-1", "text": "Season cards"}, {"ref": "FE-2", "text": "Invoices"}]},
        {"kind": "shipped", "lines": [{"ref": "FE-3", "text": "Wallet"}, {"ref": "", "text": "Winter timetable"}]},
        {
            "kind": "decisions",
            "lines": [{"ref": "", "text": "May refunds skip approval?", "note": "Tor Vik, by Friday"}],
        },
    ],
}


def told(level: Level, concern: Concern | None = None) -> list[str]:
    sections = for_level(SNAPSHOT, level, concern)["sections"]
    return [line["text"] for part in sections for line in part["lines"]]


def test_full_tells_all_brief_what_is_late_or_to_be_decided() -> None:
    assert len(told(Level.FULL)) == 5
    assert told(Level.BRIEF) == ["Season cards", "Invoices", "May refunds skip approval?"]
    assert for_level(SNAPSHOT, Level.BRIEF)["summary"] == "All in all"


def test_mine_tells_what_was_promised_to_them_and_what_they_are_asked_by_name() -> None:
    concern = Concern(frozenset({"FE-1"}), frozenset({"winter timetable"}), "Tor Vik")
    assert told(Level.MINE, concern) == ["Season cards", "Winter timetable", "May refunds skip approval?"]
    assert for_level(SNAPSHOT, Level.MINE, concern)["summary"] == ""


def test_who_wants_only_theirs_is_passed_by_when_there_is_nothing_for_them() -> None:
    assert passes_by(SNAPSHOT, Level.MINE, Concern())
    assert not passes_by(SNAPSHOT, Level.MINE, Concern(frozenset({"FE-3"})))
    assert not passes_by(SNAPSHOT, Level.BRIEF, Concern())
    assert not passes_by({**SNAPSHOT, "notice": True}, Level.MINE, Concern())


def test_a_notice_is_told_to_everybody_in_full() -> None:
    assert len(for_level({**SNAPSHOT, "notice": True}, Level.BRIEF)["sections"]) == 3


def send(world: World) -> None:
    office = PostOffice.from_config(world.app.config["KANBAN"])
    Worker(world.app, office).drain()


def text_for(world: World, name: str, number: int = -1) -> str:
    with world.reading() as session:
        ids = session.scalars(
            sa.select(Delivery.id).join(Stakeholder).where(Stakeholder.name == name, Delivery.kind == "update")
        ).all()
        delivery = prepare.load(session, ids[number])
        assert delivery is not None
        office = PostOffice.from_config(world.app.config["KANBAN"])
        with world.app.test_request_context():
            return prepare.kept_copy(session, delivery, office, renderer(world.app.jinja_env), show_links=False).text


def set_level(world: World, name: str, level: str, **more: str) -> None:
    path = f"/products/FE/stakeholders/{person(world, name).id}"
    assert world.browser("olga").post(path, {"level": level, **more}).status_code == 303


@pytest.fixture
def published(promised: World) -> World:
    """An update about the season cards (promised to Sunniva and Tor) and the wallet (to nobody)."""
    set_level(promised, "Sunniva", "mine", reason="You sell the tickets")
    set_level(promised, "Eva", "mine")
    number = begin(promised)
    lines = [
        {"kind": "in_progress", "text": "Season cards", "ref": "FE-1"},
        {"kind": "shipped", "text": "The wallet"},
    ]
    form = form_of(promised, number, headline="So it stands", summary="All in all", lines=lines)
    promised.browser("olga").post(f"/products/FE/updates/{number}", form)
    return promised


def test_levels_hold_from_the_outbox_to_the_mail(published: World) -> None:
    publish(published, 1, "So it stands")
    send(published)
    assert deliveries(published) == [("Eva", "cancelled"), ("Sunniva", "kept"), ("Tor", "kept")]
    mine, full = text_for(published, "Sunniva"), text_for(published, "Tor")
    assert "Season cards" in mine
    assert "The wallet" not in mine
    assert "All in all" not in mine
    assert "This is only what was promised to you" in mine
    assert "The wallet" in full
    with published.reading() as session:
        trouble = session.scalars(sa.select(Delivery.trouble).where(Delivery.state == DeliveryState.CANCELLED)).one()
    assert trouble is not None
    assert trouble.startswith("They only want what was promised")


def test_the_first_mail_says_who_added_them_and_why_and_no_later_one(published: World) -> None:
    publish(published, 1, "The first")
    send(published)
    publish(published, begin(published), "The second")
    send(published)
    first, second = text_for(published, "Tor", 0), text_for(published, "Tor", 1)
    assert "This is your first mail about" in first
    assert "Olga" in first.partition("first mail")[2]
    assert "first mail" not in second
    assert "Why: You sell the tickets" in text_for(published, "Sunniva", 0)


def test_a_preview_is_for_any_one_of_them(published: World) -> None:
    browser, here = published.browser("lea"), "/products/FE/updates/1/preview"
    page = browser.get(f"{here}?person={person(published, 'Sunniva').id}").text
    assert "The wallet" not in page.partition('class="mail-text"')[2]
    assert "Why: You sell the tickets" in page
    assert "to Sunniva" in page
    assert "so they don’t get this mail" in browser.get(f"{here}?person={person(published, 'Eva').id}").text
    assert "The wallet" in browser.get(f"{here}?person={person(published, 'Tor').id}").text
    assert "Sunniva" in browser.get(f"{here}/mail?person={person(published, 'Sunniva').id}").text
    for nobody in ("999", "x", "0", "99999999999999999999"):
        assert browser.get(f"{here}?person={nobody}").status_code == 404


def test_a_notice_reaches_whoever_wants_only_theirs(promised: World) -> None:
    set_level(promised, "Sunniva", "mine")
    move(promised, 30)
    promised.browser("olga").post(NOTICE, {"act": "publish"})
    send(promised)
    text = text_for(promised, "Sunniva")
    assert "The printer is late" in text
    assert "because it was promised to you" in text


def test_milestones_concern_whom_they_were_promised_to(promised: World) -> None:
    with promised.reading() as session:
        product = session.scalars(sa.select(Product)).first()
        assert product is not None
        tor = session.scalars(sa.select(Stakeholder).where(Stakeholder.name == "Tor")).one()
        eva = session.scalars(sa.select(Stakeholder).where(Stakeholder.name == "Eva")).one()
        assert levels.concern_of(session, product, tor).refs == {"FE-1"}
        assert levels.concern_of(session, product, eva).refs == frozenset()
