"""Two people change the same thing from forms that they opened at the same time: nobody's change is lost unseen."""

import re

import pytest
import sqlalchemy as sa

from kanban.mail.links import Purpose
from kanban.models import Item, Level, Stakeholder, assignment
from tests.builders import Browser, World
from tests.reporting import add_stakeholders, begin, link_of, publish


def form_of(html: str, action: str) -> dict[str, list[str]]:
    """What the fields of the form with this action say as it was drawn; of ticks those that are on."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"(.*?)</form>', html, re.DOTALL)
    assert found is not None, f"no form leads to {action}"
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", found[1]):
        name, value = (re.search(rf'\b{each}="([^"]*)"', tag) for each in ("name", "value"))
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            fields.setdefault(name[1], []).append(value[1] if value else "")
    for name_, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)<', found[1]):
        fields[name_] = [text.strip()]
    return fields


def opened(browser: Browser, page: str, action: str) -> dict[str, list[str]]:
    fields = form_of(browser.get(page).text, action)
    return {name: values for name, values in fields.items() if name != "csrf_token"}


def holders(world: World, ref: str) -> set[str]:
    names = {user_id: name for name, user_id in world.ids.items()}
    with world.reading() as session:
        query = sa.select(assignment.c.user_id).join(Item, Item.id == assignment.c.item_id)
        return {names[user_id] for user_id in session.scalars(query.where(Item.number == int(ref.partition("-")[2])))}


def test_who_took_an_item_meanwhile_keeps_it(both: World) -> None:
    ref = both.item("Refunds")
    olga, path = both.browser("olga"), f"/items/{ref}/assign"
    form = opened(olga, f"/items/{ref}", path)
    both.browser("dev").post(f"/items/{ref}/assign-me")
    olga.post(path, {**form, "people": [str(both.ids["deb"])]})
    assert holders(both, ref) == {"deb", "dev"}


def test_who_gave_an_item_away_meanwhile_does_not_get_it_back(both: World) -> None:
    ref = both.item("Refunds")
    both.browser("dev").post(f"/items/{ref}/assign-me")
    olga, dev, path = both.browser("olga"), both.browser("dev"), f"/items/{ref}/assign"
    form = opened(olga, f"/items/{ref}", path)
    assert form["people"] == [str(both.ids["dev"])]
    dev.post(path, opened(dev, f"/items/{ref}", path) | {"people": []})
    olga.post(path, {**form, "people": [*form["people"], str(both.ids["deb"])], "command": "another"})
    assert holders(both, ref) == {"deb"}


def test_ones_own_ticks_one_after_another_say_what_they_say(world: World) -> None:
    """Each tick saves by itself, before the answer to the last one has drawn the form anew."""
    ref = world.item("Refunds")
    olga, path = world.browser("olga"), f"/items/{ref}/assign"
    form = opened(olga, f"/items/{ref}", path)
    for at, people in enumerate((["dev"], ["dev", "deb"], ["deb"], [])):
        olga.post(path, {**form, "people": [str(world.ids[name]) for name in people], "command": f"tick {at}"})
        assert holders(world, ref) == set(people)


def test_a_criterion_that_somebody_worded_meanwhile_is_shown_before_it_is_overwritten(both: World) -> None:
    ref = both.item("Refunds", criteria=("In full",))
    path, olga = f"/items/{ref}/criteria/1", both.browser("olga")
    form = opened(olga, f"/items/{ref}", path)
    both.browser("dora").post(path, opened(both.browser("dora"), f"/items/{ref}", path) | {"text": "Within an hour"})
    told = olga.post(path, form | {"text": "In full and at once"}, hx=True)
    assert told.status_code == 422
    assert "Within an hour" in told.text and 'value="In full and at once"' in told.text
    assert [one.text for one in both.found(ref).criteria] == ["Within an hour"]
    again = form_of(told.text, path)
    assert again["text"] == ["In full and at once"]
    olga.post(path, {name: values for name, values in again.items() if name != "csrf_token"})
    assert [one.text for one in both.found(ref).criteria] == ["In full and at once"]


def test_two_who_word_a_criterion_alike_are_of_one_mind(world: World) -> None:
    ref = world.item("Refunds", criteria=("In full",))
    path, olga = f"/items/{ref}/criteria/1", world.browser("olga")
    form = opened(olga, f"/items/{ref}", path)
    world.browser("dora").post(path, {"text": "Within an hour"})
    assert olga.post(path, form | {"text": "Within an hour"}, hx=True).status_code == 200


@pytest.mark.parametrize("hx", [True, False])
def test_what_joined_or_left_a_milestone_meanwhile_stays_so(both: World, hx: bool) -> None:
    first, second, third, fourth = (both.item(title) for title in ("One", "Two", "Three", "Four"))
    olga, dora, path = both.browser("olga"), both.browser("dora"), "/products/FE/milestones/1"
    olga.post("/products/FE/milestones", {"name": "Easter", "kind": "set", "items": f"{first} {second}"})
    form = opened(olga, path, path)
    dora.post(f"/items/{third}/milestone", {"milestone": "1"})
    dora.post(f"/items/{second}/milestone", {"milestone": ""})
    dora.post(path, opened(dora, path, path) | {"name": "Whitsun"})
    olga.post(path, form | {"items": f"{first} {second} {fourth}"}, hx=hx)
    page = opened(olga, path, path)
    assert page["items"] == [f"{first} {third} {fourth}"]
    assert page["name"] == ["Whitsun"]


def test_who_unsubscribed_while_their_form_was_open_stays_so(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    with both.reading() as session:
        stakeholder_id = session.scalars(sa.select(Stakeholder.id)).one()
    publish(both, begin(both), "Six weeks late")
    olga, path = both.browser("olga"), f"/products/FE/stakeholders/{stakeholder_id}"
    form = opened(olga, f"{path}/edit", path) | {"level": ["full"]}
    assert both.browser().post(link_of(both, "Sunniva", Purpose.STOP)).status_code == 200
    assert olga.post(path, form | {"organisation": "The harbour", "name": ""}).status_code == 422
    olga.post(path, form | {"organisation": "The harbour"})
    with both.reading() as session:
        person = session.get_one(Stakeholder, stakeholder_id)
        assert (person.organisation, person.level) == ("The harbour", Level.NONE)
    olga.post(path, opened(olga, f"{path}/edit", path) | {"level": "brief"})
    with both.reading() as session:
        assert session.get_one(Stakeholder, stakeholder_id).level is Level.BRIEF
