"""A product's settings: everybody reads them, the owner changes them, and the rules of columns and members hold."""

import dataclasses
import re
from html import unescape as html_text

import pytest
import sqlalchemy as sa

from kanban import keys
from kanban.models import Column, Delivery, Member, Product, SignIn, User
from kanban.policy import Role
from kanban.reads.invariants import broken_invariants
from tests.builders import World

SETTINGS = "/products/FE/settings"


def columns(world: World) -> dict[str, Column]:
    with world.reading() as session:
        query = sa.select(Column).where(Column.removed_at.is_(None)).order_by(Column.position)
        found = {column.name: column for column in session.scalars(query)}
        session.expunge_all()
        return found


def roles(world: World) -> dict[str, str]:
    with world.reading() as session:
        rows = session.execute(sa.select(User.name, Member.role).join(Member, Member.user_id == User.id))
        return {name: role.value for name, role in rows}


def product(world: World) -> Product:
    with world.reading() as session:
        found = session.scalars(sa.select(Product).where(Product.key == "FE")).one()
        session.expunge_all()
        return found


def column_form(**changes: str) -> dict[str, str]:
    return {"name": "Ready", "wip_limit": "", "wip_mode": "warn", "policy": "", **changes}


@pytest.mark.parametrize("name", ["dora", "lea", "dev", "vic"])
def test_members_read_the_settings_and_change_none(world: World, name: str) -> None:
    browser = world.browser(name)
    for path in ("", "/columns", "/members"):
        page = browser.get(SETTINGS + path)
        assert page.status_code == 200
        assert "Only the product owner can change these." in page.text
        assert f'action="{SETTINGS}' not in page.text
    column = columns(world)["Ready"].id
    posts = ("", "/columns", f"/columns/{column}", f"/columns/{column}/move", f"/columns/{column}/remove", "/members")
    for path in (
        *posts,
        f"/members/{world.ids['dev']}",
        f"/members/{world.ids['dev']}/remove",
        "/hand-over",
        "/archive",
    ):
        assert browser.post(SETTINGS + path).status_code == 403
    assert browser.get(f"{SETTINGS}/hand-over").status_code == 403


def test_a_stranger_finds_no_settings(world: World) -> None:
    for path in ("", "/columns", "/members"):
        assert world.browser("sam").get(SETTINGS + path).status_code == 404
    assert world.browser("sam").post(SETTINGS, {"name": "Mine"}).status_code == 404


# The bar


def bar(html: str) -> list[tuple[str, str, str]]:
    """Address, words and mark of each page in the bar of a page of the settings."""
    found = re.search(r'<nav class="parts".*?<div class="tabs">(.*?)</div>', html, re.DOTALL)
    assert found, "no bar"
    links = re.findall(r'<a href="([^"]+)"(?: aria-current="(\w+)")?>([^<]+)</a>', found[1])
    return [(href, words, mark) for href, mark, words in links]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "olga",
            [
                "Product",
                "Columns",
                "Labels",
                "Members",
                "Calendar",
                "Items from a file",
                "Request form",
                "Public roadmap",
                "Webhooks",
            ],
        ),
        ("dora", ["Product", "Columns", "Labels", "Members", "Calendar", "Items from a file", "Request form"]),
        ("lea", ["Product", "Columns", "Labels", "Members", "Calendar", "Request form"]),
        ("dev", ["Product", "Columns", "Labels", "Members", "Calendar"]),
        ("vic", ["Product", "Columns", "Labels", "Members", "Calendar"]),
    ],
)
def test_each_page_of_the_settings_leads_to_all_that_its_reader_may_see(
    world: World, name: str, words: list[str]
) -> None:
    browser = world.browser(name)
    places = bar(browser.get(SETTINGS).text)
    assert [each for _href, each, _marked in places] == words
    for here, _words, _marked in places:
        answer = browser.get(here)
        assert answer.status_code == 200
        assert bar(answer.text) == [(href, each, "page" if href == here else "") for href, each, _mark in places], here


def test_a_page_below_one_of_the_bar_marks_that_one(world: World) -> None:
    browser = world.browser("olga")
    browser.post(f"{SETTINGS}/webhooks", {"name": "Ops", "address": "https://ops.example.org/in", "hears": "items"})
    for path, words in (
        ("/hand-over", "Product"),
        ("/archive", "Product"),
        ("/columns/new", "Columns"),
        ("/webhooks/1", "Webhooks"),
        ("/webhooks/1/remove", "Webhooks"),
    ):
        marked = [(each, mark) for _href, each, mark in bar(browser.get(SETTINGS + path).text) if mark]
        assert marked == [(words, "true")], path
    refused = browser.post(f"{SETTINGS}/members", {"email": "?", "role": "viewer"})
    assert refused.status_code == 422
    assert [each for _href, each, mark in bar(refused.text) if mark] == ["Members"]


def test_no_list_is_brought_into_an_archived_product(world: World) -> None:
    browser = world.browser("olga")
    browser.post(f"{SETTINGS}/archive")
    assert "Items from a file" not in [words for _href, words, _marked in bar(browser.get(SETTINGS).text)]


# The product


def test_a_new_product_belongs_to_whoever_opens_it_and_has_the_default_columns(both: World) -> None:
    browser = both.browser("sam")
    form = {"key": "hr", "name": "Harbour", "goal": "No queue", "time_zone": "Europe/Oslo", "cadence_days": "7"}
    assert browser.post("/products/new", form).headers["Location"] == "/products/HR/backlog"
    assert "Acceptance" in browser.get("/products/HR/settings/columns").text
    assert 'value="Harbour"' in browser.get("/products/HR/settings").text
    assert both.browser("olga").get("/products/HR/settings").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "FE"}, "Another product has this key."),
        ({"key": "F1"}, "2 to 8 letters"),
        ({"name": " "}, "1 to 120 characters"),
        ({"time_zone": "Mars/Olympus"}, "time zone is not known"),
        ({"cadence_days": "often"}, "1 to 365 days"),
    ],
)
def test_a_bad_field_of_a_new_product_is_named_beside_it(world: World, change: dict[str, str], words: str) -> None:
    form = {"key": "HR", "name": "Harbour", "goal": "Kept", "time_zone": "UTC", "cadence_days": "14", **change}
    answer = world.browser("sam").post("/products/new", form)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Kept" in answer.text


def test_name_goal_and_cadence_are_changed_in_one_version(both: World) -> None:
    form = {"name": "Ferries", "goal": "Go", "time_zone": "Europe/Oslo", "cadence_days": "7", "delegates_publish": "1"}
    both.browser("olga").post(SETTINGS, form)
    found = product(both)
    assert (found.name, found.goal, found.time_zone, found.cadence_days) == ("Ferries", "Go", "Europe/Oslo", 7)
    assert found.delegates_publish
    assert both.kinds() == ["product_changed"]
    version = both.version()
    both.browser("olga").post(SETTINGS, form)
    assert both.version() == version


def test_a_bad_setting_comes_back_beside_its_field(world: World) -> None:
    answer = world.browser("olga").post(
        SETTINGS, {"name": "", "goal": "Kept", "time_zone": "UTC", "cadence_days": "14"}
    )
    assert answer.status_code == 422
    assert "1 to 120 characters" in answer.text
    assert "Kept" in answer.text
    assert product(world).name == "Ferry"


def test_an_archived_product_is_read_only_until_it_is_brought_back(world: World) -> None:
    browser = world.browser("olga")
    assert "can bring it back" in browser.get(f"{SETTINGS}/archive").text
    browser.post(f"{SETTINGS}/archive")
    assert "archived" in browser.get(SETTINGS).text
    assert browser.post("/products/FE/updates").status_code == 409
    browser.post(f"{SETTINGS}/bring-back")
    assert browser.post("/products/FE/updates").status_code == 303
    with world.reading() as session:
        assert broken_invariants(session) == []


def test_nothing_else_of_an_archived_product_changes(both: World) -> None:
    browser, dev, column = both.browser("olga"), both.ids["dev"], columns(both)["Review"].id
    browser.post(f"{SETTINGS}/archive")
    before = both.version()
    for path, form in (
        ("", {"name": "Other", "time_zone": "UTC", "cadence_days": "7"}),
        ("/hand-over", {"person": str(dev)}),
        ("/columns", {"name": "Late", "stage": "doing"}),
        (f"/columns/{column}", {"name": "Late", "wip_mode": "warn"}),
        (f"/columns/{column}/move", {"way": "down"}),
        (f"/columns/{column}/remove", {}),
        ("/members", {"email": "sam@example.org", "role": "viewer"}),
        (f"/members/{dev}", {"role": "viewer"}),
        (f"/members/{dev}/remove", {}),
    ):
        answer = browser.post(SETTINGS + path, form)
        assert (answer.status_code, "Bring it back first" in answer.text) == (409, True), path
    assert browser.post(f"{SETTINGS}/archive").status_code == 303
    assert both.version() == before
    page = browser.get(SETTINGS).text
    assert "Bring back from the archive" in page
    for path in (SETTINGS, f"{SETTINGS}/columns", f"{SETTINGS}/members"):
        actions = set(re.findall(rf'action="{SETTINGS}([^"]*)"', browser.get(path).text))
        assert actions == ({"/bring-back"} if path == SETTINGS else set()), path
    assert "/settings/hand-over" not in page
    assert both.browser("dora").post(f"{SETTINGS}/bring-back").status_code == 403
    assert browser.post(f"{SETTINGS}/bring-back").status_code == 303
    assert both.kinds() == ["product_brought_back"]
    assert 'name="cadence_days"' in browser.get(SETTINGS).text


# Columns


def test_a_column_is_added_behind_its_stage_renamed_moved_and_removed(both: World) -> None:
    browser = both.browser("olga")
    browser.post(f"{SETTINGS}/columns", {"name": "Test", "stage": "review"})
    assert list(columns(both)) == ["Backlog", "Ready", "In progress", "Review", "Acceptance", "Test", "Done"]
    test = columns(both)["Test"].id
    browser.post(f"{SETTINGS}/columns/{test}/move", {"way": "up"})
    browser.post(f"{SETTINGS}/columns/{test}/move", {"way": "up"})
    browser.post(
        f"{SETTINGS}/columns/{test}", column_form(name="Check", wip_limit="3", wip_mode="refuse", policy="Built")
    )
    check = columns(both)["Check"]
    assert (check.wip_limit, check.wip_mode.value, check.policy) == (3, "refuse", "Built")
    assert list(columns(both))[3:6] == ["Check", "Review", "Acceptance"]
    browser.post(f"{SETTINGS}/columns/{test}/remove")
    assert "Check" not in columns(both)
    with both.reading() as session:
        assert broken_invariants(session) == []


def test_columns_never_leave_the_order_of_the_stages(world: World) -> None:
    browser, ready = world.browser("olga"), columns(world)["Ready"].id
    assert browser.post(f"{SETTINGS}/columns/{ready}/move", {"way": "down"}).status_code == 409
    assert list(columns(world))[:3] == ["Backlog", "Ready", "In progress"]


def test_a_column_that_holds_something_stays_even_if_it_was_discarded(world: World) -> None:
    browser, ready = world.browser("olga"), columns(world)["Ready"].id
    ref = world.item("Fax", "Ready")
    assert browser.post(f"{SETTINGS}/columns/{ready}/remove").status_code == 409
    world.change(ref, "discard", "Nobody has one")
    assert browser.post(f"{SETTINGS}/columns/{ready}/remove").status_code == 409
    assert f'action="{SETTINGS}/columns/{ready}/remove"' in browser.get(f"{SETTINGS}/columns").text


def test_the_last_column_of_a_stage_that_is_needed_stays(world: World) -> None:
    browser = world.browser("olga")
    for name in ("Backlog", "In progress", "Done"):
        assert browser.post(f"{SETTINGS}/columns/{columns(world)[name].id}/remove").status_code == 409


def test_the_stage_changes_only_while_nothing_ever_stood_there(world: World) -> None:
    browser = world.browser("olga")
    browser.post(f"{SETTINGS}/columns", {"name": "Spare", "stage": "doing"})
    spare = columns(world)["Spare"].id
    browser.post(f"{SETTINGS}/columns/{spare}", column_form(name="Spare", stage="review"))
    assert columns(world)["Spare"].stage.value == "review"
    world.move(world.item("One", "Ready"), "Spare")
    assert browser.post(f"{SETTINGS}/columns/{spare}", column_form(name="Spare", stage="doing")).status_code == 409


def test_only_a_column_of_review_is_where_the_owner_accepts(world: World) -> None:
    browser = world.browser("olga")
    assert browser.post(f"{SETTINGS}/columns/{columns(world)['Ready'].id}", column_form(accepts="1")).status_code == 409
    browser.post(f"{SETTINGS}/columns/{columns(world)['Acceptance'].id}", column_form(name="Acceptance"))
    assert not columns(world)["Acceptance"].accepts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "1 to 60 characters"),
        ({"name": "done"}, "Another column has this name."),
        ({"wip_limit": "many"}, "whole number"),
        ({"wip_limit": "0"}, "whole number"),
        ({"wip_mode": "explode"}, "what happens at the limit"),
    ],
)
def test_a_bad_field_of_a_column_is_named_in_its_line(world: World, change: dict[str, str], words: str) -> None:
    answer = world.browser("olga").post(f"{SETTINGS}/columns/{columns(world)['Ready'].id}", column_form(**change))
    assert answer.status_code == 422
    assert words in answer.text
    assert columns(world)["Ready"].wip_limit is None


# Members


def test_somebody_with_an_account_is_let_in_by_their_address(both: World) -> None:
    both.browser("olga").post(f"{SETTINGS}/members", {"email": " SAM@example.org", "role": "viewer"})
    assert roles(both)["Sam"] == "viewer"
    assert both.browser("sam").get(SETTINGS).status_code == 200
    assert both.kinds() == ["member_let_in"]


def test_the_link_of_whoever_was_let_in_stands_above_the_members(world: World) -> None:
    form = {"email": "new@example.org", "name": "New", "role": "viewer"}
    above, _, members = world.browser("olga").post(f"{SETTINGS}/members", form).text.partition("<tbody>")
    assert "it works once" in above
    assert "data-copy=" in above
    assert re.search(rf'action="{SETTINGS}/members/\d+/link"', members)
    assert 'value="new@example.org"' not in members, "the form is empty again"


def test_a_role_is_changed_and_a_membership_ended_at_once(world: World) -> None:
    browser, dev = world.browser("olga"), world.browser("dev")
    browser.post(f"{SETTINGS}/members/{world.ids['dev']}", {"role": "viewer"})
    assert roles(world)["Dev"] == "viewer"
    browser.post(f"{SETTINGS}/members/{world.ids['dev']}/remove")
    assert "Dev" not in roles(world)
    assert dev.get(SETTINGS).status_code == 404


def test_ownership_is_never_given_as_a_role_nor_taken(world: World) -> None:
    browser = world.browser("olga")
    assert browser.post(f"{SETTINGS}/members/{world.ids['dora']}", {"role": "owner"}).status_code == 422
    assert browser.post(f"{SETTINGS}/members/{world.ids['olga']}", {"role": "viewer"}).status_code == 409
    assert browser.post(f"{SETTINGS}/members/{world.ids['olga']}/remove").status_code == 409
    assert browser.post(f"{SETTINGS}/members/{world.ids['sam']}", {"role": "viewer"}).status_code == 404
    assert roles(world)["Olga"] == "owner"


def test_somebody_without_an_account_needs_a_name_and_is_invited(world: World) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids["olga"]).is_admin = True
    browser = world.browser("olga")
    asked = browser.post(f"{SETTINGS}/members", {"email": "new@example.org", "role": "developer", "name": ""})
    assert asked.status_code == 422
    assert "Write the name as well" in asked.text
    shown = browser.post(f"{SETTINGS}/members", {"email": "new@example.org", "role": "developer", "name": "Nora New"})
    assert shown.status_code == 201
    assert "/sign-in/link/" in shown.text
    assert roles(world)["Nora New"] == "developer"


def link_in(page: str) -> str:
    """The path of the one link that is shown."""
    [path] = set(re.findall(r"http://127\.0\.0\.1:8000(/sign-in/link/[\w-]+)", page))
    return str(path)


def test_without_a_mail_server_the_owner_hands_the_link_over(world: World) -> None:
    form = {"email": "new@example.org", "role": "developer", "name": "Nora New"}
    olga = world.browser("olga")
    shown = olga.post(f"{SETTINGS}/members", form)
    assert shown.status_code == 201
    path = link_in(shown.text)
    assert path not in olga.get(f"{SETTINGS}/members").text
    nora = world.browser()
    assert nora.post(path, {"name": "Nora", "password": "tides and timetables"}).status_code == 303
    assert nora.get("/products/FE/backlog").status_code == 200
    assert nora.get("/people").status_code == 404


def test_a_link_that_was_lost_is_made_anew_for_somebody_who_never_came(world: World) -> None:
    olga = world.browser("olga")
    form = {"email": "new@example.org", "role": "developer", "name": "Nora New", "command": "once"}
    first = link_in(olga.post(f"{SETTINGS}/members", form).text)
    assert olga.post(f"{SETTINGS}/members", form).status_code == 303
    with world.reading() as session:
        nora = session.scalars(sa.select(User.id).where(User.email == "new@example.org")).one()
    again = f"{SETTINGS}/members/{nora}/link"
    assert again in olga.get(f"{SETTINGS}/members").text
    version = world.version()
    shown = olga.post(again)
    assert (shown.status_code, world.version()) == (201, version)
    assert world.browser().get(link_in(shown.text)).status_code == 200
    assert world.browser().get(first).status_code == 404
    for name, status in (("dora", 403), ("dev", 403), ("sam", 404)):
        assert world.browser(name).post(again).status_code == status
    world.browser().post(link_in(shown.text), {"name": "Nora", "password": "tides and timetables"})
    assert again not in olga.get(f"{SETTINGS}/members").text
    assert olga.post(again).status_code == 409


@pytest.mark.parametrize("way", ["page", "program", "administrator"])
def test_a_link_from_one_owner_does_not_lead_into_anothers_product(world: World, way: str) -> None:
    nora = {"email": "new@example.org", "role": "viewer"}
    path = link_in(world.browser("olga").post(f"{SETTINGS}/members", {**nora, "name": "Nora New"}).text)
    with world.writing() as session:
        lea = session.get_one(User, world.ids["lea"])
        lea.is_admin = True
        session.add(Product.open(key="HR", name="Harbour", owner=lea))
        secret = keys.make_api_token(lea, "t", "write")
        nora_id = session.scalars(sa.select(User.id).where(User.email == nora["email"])).one()
    if way == "page":
        world.browser("lea").post("/products/HR/settings/members", nora)
    elif way == "program":
        headers = {"Authorization": f"Bearer {secret}"}
        world.app.test_client().post("/api/v1/products/HR/members", json=nora, headers=headers)
    else:
        world.browser("lea").post("/people/owners/HR", {"person": nora_id})
    with world.reading() as session:
        assert session.scalar(
            sa.select(Member.role).join(Product).where(Product.key == "HR", Member.user_id == nora_id)
        )
    assert world.browser().get(path).status_code == 404


@pytest.mark.parametrize("way", ["page", "program"])
def test_a_link_still_leads_whom_it_was_made_for_into_its_product_in_another_role(world: World, way: str) -> None:
    nora = {"email": "new@example.org", "role": "viewer"}
    path = link_in(world.browser("olga").post(f"{SETTINGS}/members", {**nora, "name": "Nora New"}).text)
    with world.writing() as session:
        secret = keys.make_api_token(session.get_one(User, world.ids["olga"]), "t", "write")
    nora["role"] = "lead"
    if way == "page":
        world.browser("olga").post(f"{SETTINGS}/members", nora)
    else:
        headers = {"Authorization": f"Bearer {secret}"}
        world.app.test_client().post("/api/v1/products/FE/members", json=nora, headers=headers)
    assert roles(world)["Nora New"] == "lead"
    assert world.browser().get(path).status_code == 200


def test_a_link_of_the_former_owner_does_not_lead_to_the_one_who_was_appointed(world: World) -> None:
    form = {"email": "new@example.org", "role": "viewer", "name": "Nora New"}
    path = link_in(world.browser("olga").post(f"{SETTINGS}/members", form).text)
    with world.writing() as session:
        session.get_one(User, world.ids["sam"]).is_admin = True
        nora = session.scalars(sa.select(User.id).where(User.email == "new@example.org")).one()
    world.browser("sam").post("/people/owners/FE", {"person": nora})
    assert roles(world)["Nora New"] == "owner"
    assert world.browser().get(path).status_code == 404


@pytest.mark.parametrize("why", ["is here already", "has a password", "runs the installation", "is in another product"])
def test_no_owner_gets_a_link_into_an_account_that_is_more_than_invited_by_them(world: World, why: str) -> None:
    with world.writing() as session:
        if why == "is here already":
            session.add(SignIn(user_id=world.ids["dev"], secret_hash="x"))
        if why == "has a password":
            session.get_one(User, world.ids["dev"]).password_hash = "x"
        if why == "runs the installation":
            session.get_one(User, world.ids["dev"]).is_admin = True
        if why == "is in another product":
            session.add(Product.open(key="HR", name="Harbour", owner=session.get_one(User, world.ids["dev"])))
    olga = world.browser("olga")
    assert f"/members/{world.ids['dev']}/link" not in olga.get(f"{SETTINGS}/members").text
    assert olga.post(f"{SETTINGS}/members/{world.ids['dev']}/link").status_code == 409
    assert olga.post(f"{SETTINGS}/members/{world.ids['sam']}/link").status_code == 404


def test_an_archived_product_invites_nobody_again(world: World) -> None:
    olga, link = world.browser("olga"), f"{SETTINGS}/members/{world.ids['dev']}/link"
    assert olga.post(link).status_code == 201
    olga.post(f"{SETTINGS}/archive")
    answer = olga.post(link)
    assert (answer.status_code, "Bring it back first" in answer.text) == (409, True)


@pytest.mark.parametrize("domain", ["straße.de", "faß.example", "βόλος.com"])
def test_an_address_whose_mail_would_go_to_another_domain_is_refused(world: World, domain: str) -> None:
    form = {"email": f"rita@{domain}", "name": "Rita", "role": "viewer"}
    answer = world.browser("olga").post(f"{SETTINGS}/members", form)
    assert (answer.status_code, "would go to another one" in answer.text) == (422, True)
    form["email"] = "rita@bücher.example"
    assert world.browser("olga").post(f"{SETTINGS}/members", form).status_code == 201


def test_with_a_mail_server_the_invitation_goes_by_mail(world: World) -> None:
    config = world.app.config["KANBAN"]
    world.app.config["KANBAN"] = dataclasses.replace(config, smtp_url="smtp://localhost:1")
    form = {"email": "new@example.org", "role": "developer", "name": "Nora New"}
    olga = world.browser("olga")
    assert olga.post(f"{SETTINGS}/members", form).status_code == 303
    assert "Nora New has been invited by mail." in olga.get(f"{SETTINGS}/members").text
    with world.reading() as session:
        mail = session.scalars(sa.select(Delivery)).one()
        assert (mail.kind, mail.context) == ("invitation", {"inviter": "Olga", "product": "Ferry"})
        nora = mail.user_id
    again = olga.post(f"{SETTINGS}/members/{nora}/link")
    assert (again.status_code, world.mails()) == (303, [("invitation", "new@example.org")] * 2)


@pytest.mark.parametrize(("email", "status"), [("nonsense", 422), ("", 422)])
def test_an_address_that_is_none_is_named(world: World, email: str, status: int) -> None:
    assert world.browser("olga").post(f"{SETTINGS}/members", {"email": email, "role": "viewer"}).status_code == status


def test_handing_over_makes_one_owner_of_another_member(both: World) -> None:
    browser = both.browser("olga")
    assert "Dora" in browser.get(f"{SETTINGS}/hand-over").text
    browser.post(f"{SETTINGS}/hand-over", {"person": str(both.ids["dora"])})
    assert (roles(both)["Dora"], roles(both)["Olga"]) == ("owner", "delegate")
    assert browser.post(f"{SETTINGS}/hand-over", {"person": str(both.ids["olga"])}).status_code == 403
    with both.reading() as session:
        assert broken_invariants(session) == []
        owners = session.scalar(sa.select(sa.func.count()).where(Member.role == Role.OWNER))
    assert owners == 1


@pytest.mark.parametrize("name", ["sam", "olga"])
def test_only_another_member_becomes_the_owner(world: World, name: str) -> None:
    answer = world.browser("olga").post(f"{SETTINGS}/hand-over", {"person": str(world.ids[name])})
    assert answer.status_code == 409
    assert world.browser("olga").post(f"{SETTINGS}/hand-over", {"person": "999"}).status_code == 404
    assert roles(world)["Olga"] == "owner"


def test_whatever_is_typed_stays_text(world: World) -> None:
    probe = "<script>alert(1)</script>"
    browser = world.browser("olga")
    browser.post(SETTINGS, {"name": probe, "goal": probe, "time_zone": "UTC", "cadence_days": "14"})
    browser.post(f"{SETTINGS}/columns", {"name": probe, "stage": "doing"})
    with world.writing() as session:
        session.get_one(User, world.ids["dora"]).name = probe
    for path in (SETTINGS, f"{SETTINGS}/hand-over", f"{SETTINGS}/archive"):
        for name in ("olga", "vic"):
            assert "<script>alert" not in world.browser(name).get(path).text


# Two who have the same form open


def drawn(html: str, action: str) -> dict[str, str]:
    """The fields of a form as a browser would send them."""
    form = re.findall(rf'<form [^>]*action="{re.escape(action)}".*?</form>', html, re.S)[0]
    inputs = [dict(re.findall(r'([a-z]+)(?:="([^"]*)")?', tag)) for tag in re.findall(r"<input ([^>]*)>", form)]
    sent = [one for one in inputs if one["type"] not in ("checkbox", "radio") or "checked" in one]
    fields = {one["name"]: html_text(one.get("value", "")) for one in sent}
    fields |= {
        name: html_text(text) for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)<', form, re.S)
    }
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return fields


COLUMN_FORMS = [("page", f"{SETTINGS}/columns", False), ("dialog", "", False), ("dialog", "", True)]


@pytest.mark.parametrize(("kind", "page", "hx"), COLUMN_FORMS)
def test_a_policy_written_meanwhile_is_not_overwritten(both: World, kind: str, page: str, hx: bool) -> None:
    browser, here = both.browser("olga"), f"{SETTINGS}/columns/{columns(both)['Review'].id}"
    form = drawn(browser.get(page or here, hx=hx).text, here)
    browser.post(here, {**form, "policy": "Theirs <b>"}, hx=hx)
    answer = browser.post(here, {**form, "policy": "Mine", "wip_limit": "4"}, hx=hx)
    assert answer.status_code == 422
    assert "Theirs &lt;b&gt;" in answer.text and "Somebody has changed it in the meantime" in answer.text
    found = columns(both)["Review"]
    assert (found.policy, found.wip_limit) == ("Theirs <b>", None), "nothing of the form is saved"
    again = drawn(answer.text, here)
    assert (again["policy"], again["wip_limit"], again["was_policy"]) == ("Mine", "4", "Theirs <b>")
    browser.post(here, again, hx=hx)
    found = columns(both)["Review"]
    assert (found.policy, found.wip_limit) == ("Mine", 4)


@pytest.mark.parametrize(("kind", "page", "hx"), COLUMN_FORMS)
def test_what_a_form_of_a_column_leaves_alone_stays_as_it_is_now(both: World, kind: str, page: str, hx: bool) -> None:
    browser, here = both.browser("olga"), f"{SETTINGS}/columns/{columns(both)['Acceptance'].id}"
    form = drawn(browser.get(page or here, hx=hx).text, here)
    theirs = {"policy": "Shown", "wip_limit": "3", "wip_mode": "refuse"}
    browser.post(here, {name: value for name, value in (form | theirs).items() if name != "accepts"}, hx=hx)
    assert browser.post(here, {**form, "name": "Tried"}, hx=hx).status_code < 400
    found = columns(both)["Tried"]
    assert (found.policy, found.wip_limit, found.wip_mode.value, found.accepts) == ("Shown", 3, "refuse", False)


def test_a_choice_made_meanwhile_is_told_and_kept(world: World) -> None:
    browser, here = world.browser("olga"), f"{SETTINGS}/columns/{columns(world)['Review'].id}"
    form = drawn(browser.get(here).text, here)
    browser.post(here, {**form, "wip_mode": "refuse"})
    answer = browser.post(here, {**form, "wip_mode": "ask", "name": "Looked at"})
    assert (answer.status_code, "Somebody has changed this in the meantime" in answer.text) == (422, True)
    assert columns(world)["Review"].wip_mode.value == "refuse"


def test_a_policy_of_several_lines_outlives_saving_the_line_of_the_settings(world: World) -> None:
    browser, here = world.browser("olga"), f"{SETTINGS}/columns/{columns(world)['Review'].id}"
    browser.post(here, {**drawn(browser.get(here).text, here), "policy": "Built\r\nSeen"})
    line = drawn(browser.get(f"{SETTINGS}/columns").text, here)
    browser.post(here, {**line, "policy": "BuiltSeen", "wip_limit": "2"})
    found = columns(world)["Review"]
    assert (found.policy.splitlines(), found.wip_limit) == (["Built", "Seen"], 2)
    dialog = drawn(browser.get(here).text, here)
    version = world.version()
    browser.post(here, {name: value.replace("\n", "\r\n") for name, value in dialog.items()})
    assert world.version() == version


def test_a_goal_written_meanwhile_is_not_overwritten(both: World) -> None:
    browser = both.browser("olga")
    form = drawn(browser.get(SETTINGS).text, SETTINGS)
    browser.post(SETTINGS, {**form, "goal": "Theirs <b>", "cadence_days": "7", "delegates_publish": "1"})
    answer = browser.post(SETTINGS, {**form, "goal": "Mine", "name": "Ferries"})
    assert answer.status_code == 422
    assert "Theirs &lt;b&gt;" in answer.text and "Somebody has changed it in the meantime" in answer.text
    found = product(both)
    assert (found.goal, found.name) == ("Theirs <b>", "Ferry")
    again = drawn(answer.text, SETTINGS)
    assert (again["goal"], again["cadence_days"], again["delegates_publish"]) == ("Mine", "7", "1")
    browser.post(SETTINGS, again)
    found = product(both)
    assert (found.goal, found.name, found.cadence_days, found.delegates_publish) == ("Mine", "Ferries", 7, True)


def test_what_the_form_of_the_product_leaves_alone_stays_as_it_is_now(both: World) -> None:
    browser = both.browser("olga")
    form = drawn(browser.get(SETTINGS).text, SETTINGS)
    browser.post(SETTINGS, {**form, "goal": "Theirs", "cadence_days": "7", "delegates_publish": "1"})
    assert browser.post(SETTINGS, {**form, "name": "Ferries"}).status_code == 303
    found = product(both)
    assert (found.name, found.goal, found.cadence_days, found.delegates_publish) == ("Ferries", "Theirs", 7, True)
