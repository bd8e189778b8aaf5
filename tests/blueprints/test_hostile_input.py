"""What no honest form sends: numbers that no database holds, signs that are no text, reasons without an end. Each is
told off with a sentence, on both databases."""

from typing import Any

import pytest
import sqlalchemy as sa

from kanban.models import Event, Stakeholder
from tests.blueprints.places import column_id
from tests.builders import World

HUGE = "99999999999999999999"
LONGER = "9" * 5000


@pytest.mark.parametrize(
    "path",
    [
        f"/products/FE/updates/{HUGE}",
        f"/products/FE/updates/1/mails/{HUGE}",
        f"/products/FE/stakeholders/{HUGE}/remove",
        "/products/F%00E/board",
        "/items/FE%00-1",
    ],
)
def test_an_address_that_nothing_can_have_leads_nowhere(both: World, path: str) -> None:
    assert both.browser("olga").get(path).status_code == 404


@pytest.mark.parametrize("path", [f"/questions/{HUGE}/answer", f"/products/FE/undo/{HUGE}", f"/me/tokens/{HUGE}/end"])
def test_a_form_to_such_an_address_changes_nothing(both: World, path: str) -> None:
    both.item("Refunds")
    assert both.browser("olga").post(path, {"body": "So"}).status_code == 404


def test_a_version_from_the_far_future_counts_as_none(both: World) -> None:
    assert both.browser("olga").get(f"/products/FE/board/changes?since={HUGE}").status_code == 200


def test_nobody_has_the_greatest_number(both: World) -> None:
    assert both.browser("olga").post("/products/FE/settings/hand-over", {"person": HUGE}).status_code == 404


def test_a_revision_without_an_end_is_no_revision(world: World) -> None:
    browser = world.browser("olga")
    browser.post("/products/FE/updates")
    sent = browser.post("/products/FE/updates/1", {"revision": LONGER, "health": "on_track", "headline": "So"})
    assert sent.status_code == 422


FORMS: dict[str, dict[str, str]] = {
    "/products/FE/settings": {"name": "Fe\0rry", "time_zone": "UTC", "cadence_days": "7"},
    "/products/FE/stakeholders": {"name": "A\0da", "email": "ada@example.org", "level": "full"},
    "/products/FE/items": {"title": "Refunds", "command": "\0"},
    "/sign-in": {"email": "\0", "password": "guessed-guessed"},
    "/forgotten-password": {"email": "\0"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_sign_that_is_no_text_is_refused(both: World, path: str) -> None:
    browser = both.browser("olga")
    before = both.version()
    assert browser.post(path, FORMS[path]).status_code == 422
    assert both.version() == before
    with both.reading() as session:
        assert session.scalars(sa.select(Stakeholder.name)).all() == []


def test_a_reason_for_a_full_column_is_a_sentence(world: World) -> None:
    world.item("Standing", "In progress")
    ref, target = world.item("Coming", "Ready"), column_id(world, "In progress")
    settings: dict[str, Any] = {"name": "In progress", "wip_limit": "1", "wip_mode": "ask"}
    world.browser("olga").post(f"/products/FE/settings/columns/{target}", settings)
    world.browser("dev").post(f"/items/{ref}/move", {"column": target, "limit_reason": "because " * 9000})
    with world.reading() as session:
        broken = session.scalars(sa.select(Event.data).where(Event.kind == "limit_broken")).one()
    assert len(broken["reason"]) == 500
