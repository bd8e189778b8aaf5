"""Who is on the list, who may see it and change it, and that links die when they should."""

import pytest
import sqlalchemy as sa

from kanban.mail.links import Purpose
from kanban.models import Delivery, DeliveryState, Level, Stakeholder
from tests.builders import World
from tests.reporting import add_stakeholders, begin, deliveries, link_of, person, publish

PEOPLE = "/products/FE/stakeholders"


@pytest.mark.parametrize(
    ("name", "status"), [("olga", 200), ("dora", 200), ("lea", 200), ("dev", 403), ("vic", 403), ("sam", 404)]
)
def test_the_list_is_for_the_owners_side_and_leads(world: World, name: str, status: int) -> None:
    add_stakeholders(world, "Sunniva")
    page = world.browser(name).get(PEOPLE)
    assert page.status_code == status
    assert ("sunniva@island.example.org" in page.text) == (status == 200)


def test_a_lead_sees_it_without_any_way_to_change_it(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    page = world.browser("lea").get(PEOPLE).text
    assert 'name="people"' not in page
    assert "<select" not in page


@pytest.mark.parametrize(("name", "status"), [("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_only_the_owners_side_changes_it(world: World, name: str, status: int) -> None:
    add_stakeholders(world, "Sunniva")
    here = f"{PEOPLE}/{person(world, 'Sunniva').id}"
    browser = world.browser(name)
    assert (
        browser.post(PEOPLE, {"name": "Tor", "email": "tor@island.example.org", "level": "full"}).status_code == status
    )
    for path in (here, f"{here}/links", f"{here}/remove"):
        assert browser.post(path, {"level": "none"}).status_code == status
    assert browser.get(f"{here}/remove").status_code == status
    kept = person(world, "Sunniva")
    assert (kept.level, kept.removed_at, kept.link_serial) == (Level.FULL, None, 1)


def test_one_person_is_added_and_the_log_knows_them_by_number_only(both: World) -> None:
    browser = both.browser("dora")
    browser.post(
        PEOPLE, {"name": "Tor  Haugen", "email": "Tor@Island.Example.Org", "organisation": "Crew", "level": "brief"}
    )
    tor = person(both, "Tor Haugen")
    assert (tor.email, tor.organisation, tor.level) == ("tor@island.example.org", "Crew", Level.BRIEF)
    assert both.kinds() == ["stakeholder_added"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "Tor", "email": "tor", "level": "full"}, "does not look like"),
        ({"name": " ", "email": "tor@island.example.org", "level": "full"}, "1 to 200 characters"),
        ({"name": "Tor", "email": "a@b.example\r\nBcc: x@y.example", "level": "full"}, "does not look like"),
        ({"name": "Tor", "email": "tor@island.example.org", "level": "all"}, "how much"),
    ],
)
def test_a_bad_field_is_named_beside_it_and_nothing_is_added(world: World, form: dict[str, str], words: str) -> None:
    version = world.version()
    answer = world.browser("olga").post(PEOPLE, form)
    assert answer.status_code == 422
    assert words in answer.text
    assert world.version() == version


def test_many_are_pasted_one_a_line(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    text = 'Tor Haugen <tor@island.example.org>, Crew\n\n"Moen, Eva" <eva@island.example.org>\nlars@island.example.org\nS <sunniva@island.example.org>'
    page = both.browser("olga").post(PEOPLE, {"people": text})
    assert page.status_code == 303
    assert person(both, "Tor Haugen").organisation == "Crew"
    assert person(both, "Moen, Eva").email == "eva@island.example.org"
    assert person(both, "lars").email == "lars@island.example.org"
    assert person(both, "Sunniva").organisation == "Finance"
    assert both.kinds() == ["stakeholder_added"] * 3


def test_a_name_may_hold_quotation_marks(world: World) -> None:
    text = 'Sun "Sunny" Berg <sun@x.example>\n"Tor \\"Tops\\" Haugen" <tor@x.example>\n"A" and "B" <ab@x.example>'
    assert world.browser("olga").post(PEOPLE, {"people": text}).status_code == 303
    assert person(world, 'Sun "Sunny" Berg').email == "sun@x.example"
    assert person(world, 'Tor "Tops" Haugen').email == "tor@x.example"
    assert person(world, '"A" and "B"').email == "ab@x.example"


def test_a_line_that_can_not_be_read_keeps_everybody_out(world: World) -> None:
    text = "Tor <tor@island.example.org>\nnonsense\nEva <eva@island>"
    answer = world.browser("olga").post(PEOPLE, {"people": text})
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert "It holds no address with an @" in answer.text
    assert "Line 3" in answer.text
    assert "That can’t be an address" in answer.text
    assert "Tor &lt;tor@island.example.org&gt;\nnonsense\nEva &lt;eva@island&gt;</textarea>" in answer.text
    assert "tor@island.example.org" not in world.browser("olga").get(PEOPLE).text


def test_how_much_somebody_gets_is_changed_in_place(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    browser, here = world.browser("olga"), f"{PEOPLE}/{person(world, 'Sunniva').id}"
    browser.post(here, {"level": "none"})
    assert person(world, "Sunniva").level is Level.NONE
    version = world.version()
    browser.post(here, {"level": "none"})
    assert world.version() == version
    publish(world, begin(world))
    assert deliveries(world) == []


def test_whose_last_mail_was_refused_is_marked_in_the_list(both: World) -> None:
    add_stakeholders(both, "Sunniva", "Tor")
    begin(both)
    publish(both, 1)
    page = both.browser("olga").get(PEOPLE).text
    assert "Update 1" in page and "refused" not in page
    with both.writing() as session:
        session.execute(
            sa.update(Delivery)
            .values(state=DeliveryState.REFUSED)
            .where(Delivery.stakeholder_id == person(both, "Tor").id)
        )
    row = both.browser("olga").get(PEOPLE).text.split(f'id="person-{person(both, "Tor").id}"')[1].split("</tr>")[0]
    assert "refused" in row


def test_new_links_end_all_old_ones(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    old = link_of(world, "Sunniva", Purpose.READ)
    assert world.browser().get(old).status_code == 200
    world.browser("olga").post(f"{PEOPLE}/{person(world, 'Sunniva').id}/links")
    assert world.browser().get(old).status_code == 404
    assert world.browser().get(link_of(world, "Sunniva", Purpose.READ)).status_code == 200


def test_who_is_taken_off_the_list_gets_nothing_and_can_come_back_with_new_links(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    old, browser = link_of(world, "Sunniva", Purpose.READ), world.browser("olga")
    here = f"{PEOPLE}/{person(world, 'Sunniva').id}"
    assert "personal links stop working" in browser.get(f"{here}/remove").text
    browser.post(f"{here}/remove")
    assert "sunniva@" not in browser.get(PEOPLE).text
    assert browser.post(here, {"level": "full"}).status_code == 404
    assert world.browser().get(old).status_code == 404
    publish(world, begin(world))
    assert len(deliveries(world)) == 1
    browser.post(PEOPLE, {"name": "Sunniva", "email": "sunniva@island.example.org", "level": "full"})
    assert person(world, "Sunniva").removed_at is None
    assert world.browser().get(old).status_code == 404


def test_whoever_stands_in_another_product_is_not_found_here(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    world.browser("olga").post(
        "/products/new", {"key": "HR", "name": "Other", "time_zone": "UTC", "cadence_days": "14"}
    )
    here = f"/products/HR/stakeholders/{person(world, 'Sunniva').id}"
    browser = world.browser("olga")
    assert browser.get(f"{here}/remove").status_code == 404
    for path in (here, f"{here}/links", f"{here}/remove"):
        assert browser.post(path, {"level": "none"}).status_code == 404


def test_names_stay_text(world: World) -> None:
    probe = "<script>alert(1)</script>"
    browser = world.browser("olga")
    browser.post(PEOPLE, {"name": probe, "email": "x@island.example.org", "organisation": probe, "level": "full"})
    begin(world)
    for path in (PEOPLE, "/products/FE/updates/1", f"{PEOPLE}/{person(world, probe).id}/remove"):
        assert "<script>alert" not in browser.get(path).text


def test_a_misspelt_name_is_mended_in_a_form_that_keeps_what_was_typed(world: World) -> None:
    add_stakeholders(world, "Sunnva")
    browser, here = world.browser("olga"), f"{PEOPLE}/{person(world, 'Sunnva').id}"
    assert 'value="Sunnva"' in browser.get(f"{here}/edit").text
    assert 'value="Sunnva"' in browser.get(f"{here}/edit", hx=True).text
    wrong = browser.post(here, {"name": " ", "organisation": "Kept", "level": "full"})
    assert (wrong.status_code, "Kept" in wrong.text) == (422, True)
    browser.post(here, {"name": "Sunniva", "organisation": "Finance", "level": "brief"})
    assert person(world, "Sunniva").level is Level.BRIEF
    assert world.browser("lea").get(f"{here}/edit").status_code == 403


def test_the_same_mailbox_is_never_there_twice(both: World) -> None:
    browser = both.browser("olga")
    text = "Jo <jo@b\u00fccher.example>\nJo again <JO@xn--bcher-kva.example>, Books\nJo <Jo@B\u00dcCHER.example>"
    assert browser.post(PEOPLE, {"people": text, "reason": "You sell the tickets"}).status_code == 303
    jo = person(both, "Jo")
    assert (jo.email, jo.organisation, jo.reason) == ("jo@b\u00fccher.example", "Books", "You sell the tickets")
    assert both.kinds() == ["stakeholder_added"]
    version = both.version()
    browser.post(PEOPLE, {"name": "Other", "email": "jo@xn--bcher-kva.example", "level": "brief", "organisation": "X"})
    assert both.version() == version
    assert person(both, "Jo").level is Level.FULL


def test_of_somebody_on_the_list_only_what_is_empty_is_filled(world: World) -> None:
    browser = world.browser("olga")
    browser.post(PEOPLE, {"name": "Tor", "email": "tor@island.example.org", "level": "brief"})
    browser.post(PEOPLE, {"people": "Thor <tor@island.example.org>, Crew"})
    tor = person(world, "Tor")
    assert (tor.organisation, tor.level) == ("Crew", Level.BRIEF)
    assert world.kinds() == ["stakeholder_changed"]


def test_five_thousand_lines_come_in_one_go_and_one_more_does_not(world: World) -> None:
    lines = "\n".join(f"Person {n} <person{n}@island.example.org>, Crew" for n in range(5000))
    browser = world.browser("olga")
    too_many = browser.post(PEOPLE, {"people": f"{lines}\nx@y.example"})
    assert too_many.status_code == 422
    assert "At most 5,000 people at a time" in too_many.text
    version = world.version()
    assert browser.post(PEOPLE, {"people": lines}).status_code == 303
    assert world.version() == version + 1
    page = browser.get(PEOPLE)
    assert "5000 people" in page.text
    assert page.text.count('<tr id="person-') == 200
    assert browser.get(f"{PEOPLE}?q=person4321").text.count('<tr id="person-') == 1
    assert browser.get(f"{PEOPLE}?from=4900").text.count('<tr id="person-') == 100
    assert browser.get(f"{PEOPLE}?from=99999999999999").status_code == 200


@pytest.mark.parametrize(
    "line",
    [
        "A\r\nBcc: x@y.example <a@b.example>",
        "A <a@b.example\x0b>",
        "\u2028",
        "a@b.example\tc@d.example",
        "=cmd()",
        '"<a@b.example>',
    ],
)
def test_odd_lines_are_read_or_named_and_never_break(world: World, line: str) -> None:
    answer = world.browser("olga").post(PEOPLE, {"people": line})
    assert answer.status_code in (303, 422)
    with world.reading() as session:
        for found in session.scalars(sa.select(Stakeholder)):
            assert not any(ord(c) < 32 for c in f"{found.name}{found.email}{found.organisation}")


def test_a_reason_has_its_limit(world: World) -> None:
    form = {"name": "Tor", "email": "tor@island.example.org", "level": "full", "reason": "x" * 301}
    answer = world.browser("olga").post(PEOPLE, form)
    assert answer.status_code == 422
    assert "at most 300 characters" in answer.text
    assert world.browser("olga").post(PEOPLE, {"people": "a@b.example", "reason": "x" * 301}).status_code == 422


def test_what_two_change_about_one_person_is_told_and_what_one_changed_stays(world: World) -> None:
    add_stakeholders(world, "Sunnva")
    browser, here = world.browser("olga"), f"{PEOPLE}/{person(world, 'Sunnva').id}"
    form = {"name": "Sunnva", "was_name": "Sunnva", "level": "full", "was_level": "full"}
    browser.post(here, {**form, "name": "Sunniva", "level": "none"})
    answer = browser.post(here, {**form, "name": "Sunnvah"})
    assert (answer.status_code, "“Sunniva”" in answer.text, 'value="Sunnvah"' in answer.text) == (422, True, True)
    assert person(world, "Sunniva").level is Level.NONE
    browser.post(here, {**form, "name": "Sunniva"})
    assert person(world, "Sunniva").level is Level.NONE


@pytest.mark.parametrize("domain", ["straße.de", "βόλος.com"])
def test_nobody_is_written_down_whose_mail_would_go_to_another_domain(world: World, domain: str) -> None:
    answer = world.browser("olga").post(PEOPLE, {"email": f"rita@{domain}", "name": "Rita", "level": "full"})
    assert (answer.status_code, "would go to another one" in answer.text) == (422, True)
