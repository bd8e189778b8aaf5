"""A whole team in one go: what its lines mean is shown before anything is written, then all come in or nobody."""

import dataclasses
import html
import re

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kanban.models import Member, Product, SignInLink, User
from kanban.reads.people.team import PEOPLE_AT_MOST
from tests.blueprints.test_settings import roles
from tests.builders import Browser, World, sound
from tests.counting import counting

SEVERAL = "/products/FE/settings/members/several"
MEMBERS = "/products/FE/settings/members"
LINES = "Mia Holm <mia@example.org>\nTom Aas, tom@example.org, lead\n\nsam@example.org viewer\ndev@example.org, lead\n"


def look(browser: Browser, text: str, role: str = "developer") -> TestResponse:
    return browser.post(f"{SEVERAL}/look", {"people": text, "role": role})


def add(browser: Browser, text: str, role: str = "developer") -> TestResponse:
    """What pressing the button after a look does."""
    return browser.post(SEVERAL, {"people": text, "role": role, "seen": seen_by(browser, text, role)})


def seen_by(browser: Browser, text: str, role: str = "developer") -> str:
    """What a look at these lines leaves in its form."""
    seen = re.search(r'name="seen" value="(\w+)"', look(browser, text, role).text)
    return seen[1] if seen else ""


def send_mail(world: World) -> None:
    config = world.app.config["KANBAN"]
    world.app.config["KANBAN"] = dataclasses.replace(config, smtp_url="smtp://localhost:1")


def rows_in(page: str) -> list[str]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" | ".join(re.findall(r"<t[hd][^>]*>([^<]*)<", row)) for row in re.findall(r"<tr>.*?</tr>", body)]


def test_a_look_says_what_becomes_of_each_and_writes_nothing(both: World) -> None:
    olga, version = both.browser("olga"), both.version()
    page = look(olga, LINES)
    assert page.status_code == 200
    assert rows_in(page.text) == [
        "Mia Holm | mia@example.org | Developer | invited by a link",
        "Tom Aas | tom@example.org | Lead | invited by a link",
        "sam | sam@example.org | Viewer | has an account, becomes a member",
        "Dev | dev@example.org | Developer | a member already",
    ]
    assert "Add 3 people" in page.text
    assert html.escape(LINES).replace("&#x27;", "&#39;") in page.text
    assert (both.version(), "Sam" in roles(both)) == (version, False)


def test_all_come_in_with_one_command(both: World) -> None:
    version = both.version()
    page = add(both.browser("olga"), LINES)
    assert page.status_code == 201
    assert "2 people have been invited. One person with an account is a member now." in page.text
    assert "One was already a member and keeps their role." in page.text
    assert (both.version(), both.kinds()) == (version + 1, ["member_let_in"] * 3)
    came = roles(both)
    assert [came[name] for name in ("Mia Holm", "Tom Aas", "Sam", "Dev")] == [
        "developer",
        "lead",
        "viewer",
        "developer",
    ]
    assert sound(both)


def test_without_a_mail_server_each_link_is_shown_once_to_be_handed_over(world: World) -> None:
    olga = world.browser("olga")
    page = add(olga, "Mia <mia@example.org>\nTom <tom@example.org>").text
    paths = re.findall(r"(?<!\")http://127\.0\.0\.1:8000(/sign-in/link/[\w-]+)</code>", page)
    assert len(set(paths)) == 2
    assert page.index("Mia (mia@example.org)") < page.index(paths[0]) < page.index("Tom (tom@example.org)")
    all_at_once = re.findall(r'data-copy="([^"]*\n[^"]*)"', page)
    lines = [
        f"Mia <mia@example.org>: http://127.0.0.1:8000{paths[0]}",
        f"Tom <tom@example.org>: http://127.0.0.1:8000{paths[1]}",
    ]
    assert [html.unescape(text).splitlines() for text in all_at_once] == [lines]
    again = olga.get(MEMBERS).text
    assert not any(path in again for path in paths)
    tom = world.browser()
    assert tom.post(paths[1], {"name": "Tom", "password": "tides and timetables"}).status_code == 303
    assert tom.get("/products/FE/backlog").status_code == 200


def test_with_a_mail_server_the_invitations_go_by_mail(world: World) -> None:
    send_mail(world)
    olga = world.browser("olga")
    assert "invited by mail" in look(olga, LINES).text
    assert add(olga, LINES).headers["Location"] == MEMBERS
    assert "2 people have been invited by mail." in olga.get(MEMBERS).text
    assert world.mails() == [("invitation", "mia@example.org"), ("invitation", "tom@example.org")]
    with world.reading() as session:
        assert session.scalar(sa.select(SignInLink.id)) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Mia Holm", "It holds no address with an @. Write Name <address@example.org>."),
        ("developer", "It has no address."),
        ("a@x.example b@x.example", "It holds more than one address."),
        ("Mia <mia@island>", "does not look like an e-mail address"),
        ("Mia <mia@straße.de>", "would go to another one"),
        ("Mia <mia@x.example>, Finance", "isn’t a role"),
        ("Mia, mia@x.example, tech lead", "isn’t a role"),
        ("Mia <mia@x.example> owner", "exactly one owner"),
        (f"{'M' * 201} <mia@x.example>", "1 to 200 characters"),
        ("gone@example.org", "no longer has access"),
    ],
)
def test_a_line_that_can_not_be_read_is_named_and_keeps_everybody_out(world: World, line: str, words: str) -> None:
    with world.writing() as session:
        session.add(User(email="gone@example.org", name="Gone", is_active=False))
    olga, text = world.browser("olga"), f"sam@example.org\n{line}"
    for answer in (look(olga, text), add(olga, text)):
        shown = html.unescape(answer.text)
        assert answer.status_code == 422
        assert "<b>Line 2</b>" in answer.text and words in shown
        assert f"{text}</textarea>" in shown
        assert "Add one person" not in answer.text
    assert "Sam" not in roles(world)


def test_a_look_tells_no_names_of_people_who_are_no_members(world: World) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids["sam"]).name = "Samuel Secret"
        session.add(User(email="gone@example.org", name="Gerd Secret", is_active=False))
    for text in ("sam@example.org", "gone@example.org"):
        assert "Secret" not in look(world.browser("olga"), text).text


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Mia Holm <Mia@Example.org>", "Mia Holm | mia@example.org | Developer"),
        ('"Holm, Mia" <mia@example.org>; lead', "Holm, Mia | mia@example.org | Lead"),
        ("Holm, Mia, mia@example.org", "Holm, Mia | mia@example.org | Developer"),
        ("Mia Holm\tmia@example.org\tViewer", "Mia Holm | mia@example.org | Viewer"),
        ("Mia Holm; mia@example.org; Delegate;", "Mia Holm | mia@example.org | Delegate"),
        ("Mia Holm mia@example.org lead", "Mia Holm | mia@example.org | Lead"),
        ("mia@example.org (lead)", "mia | mia@example.org | Lead"),
        ("<mia@example.org>", "mia | mia@example.org | Developer"),
        ("Mia Lead <mia@example.org>", "Mia Lead | mia@example.org | Developer"),
        ("lead@example.org", "lead | lead@example.org | Developer"),
    ],
)
def test_how_a_line_is_read(world: World, line: str, read: str) -> None:
    (row,) = rows_in(html.unescape(look(world.browser("olga"), line).text))
    assert row.rpartition(" | ")[0] == read


@pytest.mark.parametrize(
    "line",
    [
        "Mia <mia@example.org>; Holm, Tom <tom@example.org>; kim@example.org;",
        "Mia <mia@example.org>, Tom <tom@example.org>, kim@example.org",
        "mia@example.org;tom@example.org lead;kim@example.org",
    ],
)
def test_several_people_on_a_line_as_mail_programs_write_them(world: World, line: str) -> None:
    rows = rows_in(html.unescape(look(world.browser("olga"), line).text))
    assert [row.split(" | ")[1] for row in rows] == ["mia@example.org", "tom@example.org", "kim@example.org"]


def test_an_address_that_is_named_twice_comes_in_once_as_it_was_named_first(world: World) -> None:
    page = add(world.browser("olga"), "Mia <mia@example.org>, lead\nM <MIA@example.org>, viewer")
    assert page.status_code == 201
    assert roles(world)["Mia"] == "lead"
    shown = look(world.browser("olga"), "Tom <tom@example.org>\ntom@example.org").text
    assert "One line repeats an address" in shown


def test_the_owner_in_their_own_list_stays_the_owner(world: World) -> None:
    assert add(world.browser("olga"), "Olga <olga@example.org>, viewer\nsam@example.org").status_code == 303
    assert (roles(world)["Olga"], roles(world)["Sam"]) == ("owner", "developer")


def test_where_nobody_is_new_nothing_is_written(world: World) -> None:
    olga, version = world.browser("olga"), world.version()
    page = look(olga, "dev@example.org, lead").text
    assert "Nobody in it is new." in page and f'formaction="{SEVERAL}' not in page
    assert add(olga, "dev@example.org, lead").status_code == 303
    assert (world.version(), roles(world)["Dev"]) == (version, "developer")


def test_who_left_comes_back(world: World) -> None:
    world.let_go("dev")
    olga = world.browser("olga")
    assert "has an account, becomes a member" in look(olga, "dev@example.org").text
    assert add(olga, "Somebody <dev@example.org>", "viewer").status_code == 303
    assert roles(world)["Dev"] == "viewer"
    assert world.browser("dev").get("/products/FE/board").status_code == 200


def test_what_was_not_looked_at_is_shown_first(world: World) -> None:
    olga = world.browser("olga")
    seen = seen_by(olga, "sam@example.org")
    changed = {"people": "sam@example.org\nMia <mia@example.org>", "role": "developer", "seen": seen}
    for form in (changed, {**changed, "people": "sam@example.org", "role": "lead"}, {**changed, "seen": ""}):
        answer = olga.post(SEVERAL, form)
        assert (answer.status_code, "Look again." in answer.text) == (422, True)
    assert "Sam" not in roles(world)
    assert "Mia Holm" not in roles(world)


def test_who_became_a_member_meanwhile_is_shown_before_the_others_come_in(world: World) -> None:
    olga, text = world.browser("olga"), "sam@example.org\nMia <mia@example.org>"
    form = {"people": text, "role": "lead", "seen": seen_by(olga, text, "lead")}
    olga.post(MEMBERS, {"email": "sam@example.org", "role": "viewer"})
    answer = olga.post(SEVERAL, form)
    assert answer.status_code == 422 and "One is already a member" in answer.text
    assert add(olga, text, "lead").status_code == 201
    assert (roles(world)["Sam"], roles(world)["Mia"]) == ("viewer", "lead")


def test_pressed_twice_they_come_in_once(world: World) -> None:
    send_mail(world)
    olga = world.browser("olga")
    form = {"people": LINES, "role": "developer", "seen": seen_by(olga, LINES), "command": "once", "next": MEMBERS}
    ways = [olga.post(SEVERAL, form).headers["Location"] for _ in range(2)]
    assert ways == [MEMBERS, MEMBERS]
    assert len(world.mails()) == 2


def test_a_former_link_does_not_lead_into_this_product(world: World) -> None:
    nora = {"email": "new@example.org", "role": "viewer", "name": "Nora New"}
    page = world.browser("olga").post(MEMBERS, nora).text
    path = re.search(r"/sign-in/link/[\w-]+", page)
    assert path is not None
    with world.writing() as session:
        session.add(Product.open(key="HR", name="Harbour", owner=session.get_one(User, world.ids["lea"])))
    lea, several = world.browser("lea"), "/products/HR/settings/members/several"
    form = {"people": "new@example.org", "role": "viewer"}
    seen = re.search(r'name="seen" value="(\w+)"', lea.post(f"{several}/look", form).text)
    assert seen is not None
    assert lea.post(several, {**form, "seen": seen[1]}).status_code == 303
    assert world.browser().get(path[0]).status_code == 404


def test_there_are_at_most_a_hundred(world: World) -> None:
    olga = world.browser("olga")
    lines = "\n".join(f"person{n}@example.org" for n in range(PEOPLE_AT_MOST))
    beyond = look(olga, f"{lines}\none.more@example.org")
    assert beyond.status_code == 422
    assert "At most 100 people at a time; these are 101." in beyond.text and "one.more@example.org" in beyond.text
    assert "Write one person per line." in look(olga, " \n").text
    assert "Choose a role." in look(olga, lines, "owner").text
    send_mail(world)
    assert add(olga, lines).status_code == 303
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Member)) == 106


def test_a_look_asks_the_database_no_more_for_a_hundred(world: World) -> None:
    olga, asked = world.browser("olga"), []
    look(olga, LINES)
    for count in (1, PEOPLE_AT_MOST):
        with counting() as statements:
            look(olga, "\n".join(f"person{n}@example.org" for n in range(count)))
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_an_archived_product_takes_nobody_in(world: World) -> None:
    olga = world.browser("olga")
    form = {"people": LINES, "role": "developer", "seen": seen_by(olga, LINES)}
    olga.post("/products/FE/settings/archive")
    answer = olga.post(SEVERAL, form)
    assert (answer.status_code, "Bring it back first" in answer.text) == (409, True)
    assert "tom@example.org" in answer.text


def test_the_way_there_stands_where_people_are_added(world: World) -> None:
    assert f'href="{SEVERAL}"' in world.browser("olga").get(MEMBERS).text
    assert f'href="{SEVERAL}"' not in world.browser("lea").get(MEMBERS).text
    assert world.browser("olga").get(SEVERAL).status_code == 200
