"""The public form: anybody with its link asks, confirms their address, and finds their own page; nothing leaks."""

import dataclasses
import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.background import following
from kanban.extensions import limiter
from kanban.mail import links
from kanban.mail.links import SignedAddress
from kanban.models import Delivery, Level, Newcomer, Product, Request, RequestFile, Stakeholder
from kanban.reads.invariants import broken_invariants
from kanban.reads.items.attachments import missing_files
from kanban.reads.requests import requests
from kanban.web import files, request_intake
from tests.builders import Browser, World
from tests.reporting import add_stakeholders, person

SETTINGS = "/products/FE/settings/requests"
WORDS = {"title": "Refund a whole coach", "body": "They cancel together.", "name": "Rita", "email": "rita@quay.example"}


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """No test meets what another one used up."""
    yield
    limiter.reset()


def open_form(world: World) -> str:
    """Open the form of an installation that sends mail, as its owner; answers its address."""
    world.app.config["KANBAN"] = dataclasses.replace(world.app.config["KANBAN"], smtp_url="smtp://localhost:1")
    page = world.browser("olga").post(SETTINGS, {"form": "open"})
    assert page.status_code == 303
    with world.reading() as session:
        product = session.scalars(sa.select(Product)).one()
    return "/requests/" + links.sign_address(key(world), SignedAddress.FORM, product.id, product.form_serial)


def key(world: World) -> str:
    return str(world.app.config["KANBAN"].secret_key)


def confirm_address(world: World, email: str = "rita@quay.example") -> str:
    with world.reading() as session:
        query = sa.select(sa.func.max(Delivery.id)).join(Newcomer, Newcomer.id == Delivery.newcomer_id)
        delivery_id = session.scalars(query.where(Newcomer.email == email)).one()
    return "/requests/confirm/" + links.sign_address(key(world), SignedAddress.CONFIRM, delivery_id, 1)


def write_down(world: World, title: str, name: str, *, is_public: bool = True) -> int:
    """A request of a stakeholder on the list, written down by the owner."""
    with world.changing() as (session, product, member):
        someone = session.scalars(sa.select(Stakeholder).where(Stakeholder.name == name)).one()
        request = Request.ask(product, title, "Because.", person=someone, owner=member.user, n_open=0, by=member)
        request.show_title(is_public, by=member)
        session.add(request)
        return request.number


def stored(world: World) -> list[Request]:
    with world.reading() as session:
        found = list(session.scalars(sa.select(Request).order_by(Request.number)))
        session.expunge_all()
        return found


def count(world: World, model: type) -> int:
    with world.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def ask_and_confirm(world: World, browser: Browser, form: str, **words: str) -> str:
    assert browser.post(form, {**WORDS, "seen": "1", **words}).status_code == 200
    answer = browser.post(confirm_address(world, words.get("email", WORDS["email"]).lower()))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_asked_confirmed_and_found_on_a_page_of_ones_own(both: World) -> None:
    form, browser = open_form(both), both.browser()
    assert "Ask for something" in browser.get(form).text
    sent = browser.post(form, WORDS)
    assert "A mail is on its way to rita@quay.example" in sent.text
    assert stored(both) == []
    address = confirm_address(both)
    for _ in range(2):
        assert "Refund a whole coach" in browser.get(address).text
    assert stored(both) == [], "a scanner that follows links confirmed it"
    mine = browser.post(address).headers["Location"]
    for _ in range(2):
        page = browser.get(mine).text
        assert "You have confirmed this, and" in page
        assert "Thank you" not in page, "however often it is loaded, it thanks for nothing"
    assert "They cancel together." in page
    assert browser.get(address).status_code == browser.post(address).status_code == 404
    assert [each.title for each in stored(both)] == ["Refund a whole coach"]
    rita = person(both, "Rita")
    assert (rita.level, rita.email) == (Level.NONE, "rita@quay.example")
    assert (count(both, Newcomer), both.mails()) == (0, [("request_heard", "olga@example.org")])
    with both.reading() as session:
        assert broken_invariants(session) == []


def test_no_cookie_and_nothing_for_search_engines(world: World) -> None:
    form, browser = open_form(world), world.browser()
    browser.post(form, WORDS)
    mine = ask_and_confirm(world, browser, form, title="Another", email="other@quay.example")
    for address in (form, f"{form}/similar?title=coach", confirm_address(world), mine):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_closed_a_renewed_and_an_archived_form_is_nothing(world: World) -> None:
    form, browser, olga = open_form(world), world.browser(), world.browser("olga")
    olga.post(SETTINGS, {"form": "renew"})
    assert browser.get(form).status_code == browser.post(form, WORDS).status_code == 404
    form = open_form(world)
    assert browser.get(form).status_code == 200
    olga.post(SETTINGS, {"form": "close"})
    assert browser.get(form).status_code == browser.get(f"{form}/similar?title=x").status_code == 404
    form = open_form(world)
    olga.post("/products/FE/settings/archive")
    assert browser.get(form).status_code == 404
    assert count(world, Newcomer) == 0


@pytest.mark.parametrize("name", ["dora", "lea", "dev", "vic", "sam"])
def test_only_the_owner_switches_the_form(world: World, name: str) -> None:
    expected = 404 if name == "sam" else 403
    assert world.browser(name).post(SETTINGS, {"form": "open"}).status_code == expected
    seen = {"dora": 200, "lea": 200, "sam": 404}.get(name, 403)
    assert world.browser(name).get(SETTINGS).status_code == seen
    with world.reading() as session:
        assert not session.scalars(sa.select(Product.form_open)).one()


def test_what_fills_the_hidden_field_is_answered_alike_and_thrown_away(world: World) -> None:
    form, browser = open_form(world), world.browser()
    trapped = browser.post(form, {**WORDS, "website": "https://spam.example"})
    assert trapped.text == browser.post(form, WORDS).text
    assert count(world, Newcomer) == 1


def test_too_many_at_once_are_turned_away(world: World) -> None:
    form, browser = open_form(world), world.browser()
    answers = [browser.post(form, {**WORDS, "email": f"{n}@quay.example"}).status_code for n in range(8)]
    assert answers == [200] * 6 + [429] * 2


def test_nobodys_box_is_filled_with_mails(world: World) -> None:
    form, browser = open_form(world), world.browser()
    texts = {browser.post(form, {**WORDS, "title": f"Thing {n}"}).text for n in range(5)}
    assert len(texts) == 1
    assert count(world, Newcomer) == 3


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "Say in a line what you need."),
        ("title", "x" * 201, "at most 200 characters"),
        ("body", "x" * 5001, "At most 5,000 characters"),
        ("name", " ", "1 to 200 characters"),
        ("name", "x" * 201, "1 to 200 characters"),
        ("email", "nobody", "does not look like an e-mail address"),
        ("email", "a@b\nBcc: c@d.example", "does not look like an e-mail address"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_the_rest_kept(
    world: World, field: str, value: str, words: str
) -> None:
    form, browser = open_form(world), world.browser()
    answer = browser.post(form, {**WORDS, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    kept = "Rita" if field != "name" else "Refund a whole coach"
    assert kept in answer.text
    assert count(world, Newcomer) == 0


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\u202eevil\u202c", "𝔉𝔢𝔯𝔯𝔶 🚢", "‎", "=1+1", "%00", "a" * 200]
)
def test_odd_words_come_back_as_words(world: World, text: str) -> None:
    form, browser = open_form(world), world.browser()
    mine = ask_and_confirm(world, browser, form, title=f"{text}x"[:200], body=text)
    page = browser.get(mine).text
    assert "<script>alert" not in page
    assert stored(world)[0].body == text.strip()


def test_a_sign_that_is_no_text_is_refused(world: World) -> None:
    form = open_form(world)
    assert world.browser().post(form, {**WORDS, "body": "a\0b"}).status_code == 422
    assert world.browser().get("/requests/%00").status_code == 404


def test_files_come_along_are_downloads_for_the_owners_side_and_never_pages(both: World) -> None:
    form, browser = open_form(both), both.browser()
    page = (io.BytesIO(b"<script>alert(1)</script>"), "../evil.html", "text/html")
    browser.post(form, {**WORDS, "file": [page, (io.BytesIO(b"Seen"), "seen.txt")]})
    assert "evil.html" in browser.get(confirm_address(both)).text
    browser.post(confirm_address(both))
    there = "/products/FE/requests/1/files/1"
    file = both.browser("lea").get(there)
    assert file.data == b"<script>alert(1)</script>"
    assert file.mimetype == "application/octet-stream"
    file.close()
    assert "attachment" in file.headers["Content-Disposition"]
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert [both.browser(name).get(there).status_code for name in ("dev", "vic", "sam")] == [403, 403, 404]
    assert both.browser("olga").get("/products/FE/requests/1/files/9").status_code == 404


def test_a_file_stays_when_the_connection_is_lost_with_the_commits_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, commit = open_form(world), orm.Session.commit

    def commit_and_lose(session: orm.Session) -> None:
        commit(session)
        if session.info.pop("left", None):
            raise sa.exc.OperationalError("COMMIT", {}, Exception("lost"))

    def leave(session: orm.Session, *rest: Any) -> bool:
        session.info["left"] = True
        return leave_it(session, *rest)

    leave_it = request_intake.submit
    monkeypatch.setattr(orm.Session, "commit", commit_and_lose)
    monkeypatch.setattr(request_intake, "submit", leave)
    answer = world.browser().post(form, {**WORDS, "seen": "1", "file": (io.BytesIO(b"Seen"), "seen.txt")})
    assert (answer.status_code, count(world, RequestFile)) == (503, 1)
    with world.reading() as session:
        assert list(missing_files(session, files.store())) == []


@pytest.mark.parametrize(
    ("sizes", "status"), [([1, 1, 1, 1], 422), ([5_000_001], 422), ([5_000_000], 200), ([17_000_000], 413)]
)
def test_too_many_and_too_large_files_leave_nothing_behind(world: World, sizes: list[int], status: int) -> None:
    form = open_form(world)
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    fields = [part.format(name, "").encode() + value.encode() for name, value in WORDS.items()]
    files = [part.format("file", f'; filename="{n}.bin"').encode() + b"x" * size for n, size in enumerate(sizes)]
    data, kind = b"\r\n".join([*fields, *files, b"--x--\r\n"]), "multipart/form-data; boundary=x"
    assert world.browser().client.post(form, data=data, content_type=kind).status_code == status
    folder = world.app.config["KANBAN"].attachments_dir
    on_disk = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    assert len(on_disk) == count(world, RequestFile) == (len(sizes) if status == 200 else 0)


def test_who_does_not_confirm_is_forgotten_after_three_days(both: World) -> None:
    form, browser = open_form(both), both.browser()
    browser.post(form, {**WORDS, "file": [(io.BytesIO(b"Seen"), "seen.txt")]})
    address = confirm_address(both)
    following.forget_newcomers(both.app)
    assert count(both, Newcomer) == 1
    with clock.at(clock.now() + dt.timedelta(days=3, minutes=1)):
        assert browser.get(address).status_code == browser.post(address).status_code == 404
        following.forget_newcomers(both.app)
    assert [count(both, model) for model in (Newcomer, RequestFile, Request, Delivery)] == [0, 0, 0, 0]


def test_the_mail_to_an_unconfirmed_address_holds_nothing_that_was_typed(world: World) -> None:
    from kanban.mail import prepare
    from kanban.mail.compose import renderer
    from kanban.mail.office import PostOffice

    form = open_form(world)
    world.browser().post(form, {**WORDS, "name": "Buy now", "title": "https://spam.example", "body": "Win"})
    with world.reading() as session:
        delivery_id = session.scalars(sa.select(Delivery.id).where(Delivery.newcomer_id.is_not(None))).one()
        delivery = prepare.load(session, delivery_id)
        assert delivery is not None
        assert prepare.objection(session, delivery) == ""
        office = PostOffice.from_config(world.app.config["KANBAN"])
        letter = prepare.letter_for(session, delivery, office, renderer(world.app.jinja_env))
    message = letter.as_message().as_string()
    for words in ("Buy now", "spam.example", "Win"):
        assert words not in letter.text + letter.html + message
    assert letter.to.address == "rita@quay.example"
    assert confirm_address(world) in letter.text


# Similar ones


def test_only_public_titles_are_shown_and_nothing_internal(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    form, browser = open_form(world), world.browser()
    write_down(world, "Refund coaches quickly", "Sunniva")
    write_down(world, "Refund coaches of our secret partner", "Sunniva", is_public=False)
    world.item("Refund coaches in the internal way")
    shown = browser.get(f"{form}/similar?title=refund+of+coaches").text
    assert "Refund coaches quickly" in shown
    assert "secret" not in shown
    assert "internal" not in shown
    assert "Sunniva" not in shown
    assert "Refund" not in browser.get(f"{form}/similar?title=dogs+on+board").text
    assert browser.get(f"{form}/similar").text.strip() == ""


def test_without_script_similar_ones_are_shown_before_it_is_taken(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    form, browser = open_form(world), world.browser()
    write_down(world, "Refund a coach", "Sunniva")
    first = browser.post(form, WORDS)
    assert "First check whether yours is one of these" in first.text
    assert "They cancel together." in first.text
    assert count(world, Newcomer) == 0
    browser.post(form, {**WORDS, "seen": "1", "supports": ""})
    assert count(world, Newcomer) == 1


def test_me_too_makes_no_second_request_and_is_confirmed_as_well(both: World) -> None:
    add_stakeholders(both, "Sunniva")
    form, browser = open_form(both), both.browser()
    number = write_down(both, "Refund a coach", "Sunniva")
    mine = ask_and_confirm(both, browser, form, supports=str(number))
    assert len(stored(both)) == 1
    page = browser.get(mine).text
    assert "Refund a coach" in page
    assert "you said “me too”" in page
    assert "Because." not in page
    with both.reading() as session:
        product = session.scalars(sa.select(Product)).one()
        request = requests.request_in(session, product, number)
        assert request is not None
        assert [each.name for each in request.supporters] == ["Rita"]
        assert broken_invariants(session) == []


def test_nobody_supports_what_is_not_public(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    form, number = open_form(world), write_down(world, "A secret", "Sunniva", is_public=False)
    for supports in (str(number), "99", "x", "-1"):
        answer = world.browser().post(form, {**WORDS, "supports": supports})
        assert answer.status_code == 409
        assert "secret" not in answer.text
    assert count(world, Newcomer) == 0


# Whose address it is


def test_a_known_stakeholder_keeps_name_and_level_whatever_is_typed(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    form = open_form(world)
    ask_and_confirm(world, world.browser(), form, name="Somebody else", email="SUNNIVA@island.example.org")
    sunniva = person(world, "Sunniva")
    assert (sunniva.level, sunniva.id) == (Level.FULL, stored(world)[0].stakeholder_id)


def test_the_answer_does_not_tell_whether_an_address_is_known(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    form, browser = open_form(world), world.browser()
    texts = [
        browser.post(form, {**WORDS, "email": address}).text.replace(address, "")
        for address in ("sunniva@island.example.org", "nobody@island.example.org")
    ]
    assert texts[0] == texts[1]


def test_who_was_taken_off_the_list_comes_back_without_updates_and_with_new_links(world: World) -> None:
    add_stakeholders(world, "Sunniva")
    with world.changing() as (session, product, member):
        session.scalars(sa.select(Stakeholder)).one().remove(product, by=member)
    mine = ask_and_confirm(world, world.browser(), open_form(world), email="sunniva@island.example.org")
    assert world.browser().get(mine).status_code == 200
    with world.reading() as session:
        found = session.scalars(sa.select(Stakeholder)).one()
    assert (found.removed_at, found.level) == (None, Level.NONE)


@pytest.mark.parametrize(
    "token", ["x", "f-1-1-" + "a" * 32, "c-1-1-" + "a" * 32, "q-1-1-" + "a" * 32, "r-1-1-" + "a" * 32]
)
def test_a_made_up_link_opens_nothing(world: World, token: str) -> None:
    open_form(world)
    for way in ("", "confirm/", "mine/"):
        assert world.browser().get(f"/requests/{way}{token}").status_code == 404
        assert world.browser().post(f"/requests/{way}{token}", WORDS).status_code == 404


def test_one_doors_link_opens_no_other(world: World) -> None:
    form = open_form(world)
    mine = ask_and_confirm(world, world.browser(), form)
    tokens = [re.search(r"([fcq]-[^/?]+)", address) for address in (form, mine)]
    for found in tokens:
        assert found is not None
        for way in ("/u/", "/requests/confirm/"):
            assert world.browser().get(way + found[1]).status_code == 404


def test_the_owner_is_told_that_without_a_mail_server_nobody_can_confirm(world: World) -> None:
    assert "No mail server is set up" in world.browser("olga").get(SETTINGS).text
