"""The page of a refusal, without script: what somebody wrote stands there whole, nothing else does, and nobody else can
put words there."""

import io
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kanban import access
from kanban.models import SignIn
from tests.blueprints.test_attachments import form
from tests.builders import World

COMMENTS = "/items/FE-1/comments"
DECISIONS = "/products/FE/decisions"


class _Page(HTMLParser):
    """What the fields of a page that are only to be read hold, by their label, and the hidden fields of its last form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.written: dict[str, str] = {}
        self.hidden: list[tuple[str, str]] = []
        self._at = ""
        self._label = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self._at = tag if tag == "label" or (tag == "textarea" and "readonly" in named) else ""
        if tag == "form":
            self.hidden = []
        if tag == "label":
            self._label = ""
        if self._at == "textarea":
            self.written[self._label] = ""
        if named.get("type") == "hidden":
            self.hidden.append((named["name"], named.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self._at = ""

    def handle_data(self, data: str) -> None:
        if self._at == "label":
            self._label += data
        elif self._at == "textarea":
            self.written[self._label] += data


def written(page: str) -> dict[str, str]:
    """The texts as a browser shows them, which leaves out the line break that a field begins with."""
    return {label: text.removeprefix("\n") for label, text in _Page(page).written.items()}


@pytest.fixture
def closed(world: World) -> World:
    """FE-1 is an item of a product that was archived meanwhile."""
    world.item("Refunds")
    with world.changing() as (_, product, owner):
        product.archive(by=owner)
    return world


@pytest.mark.parametrize(
    "text",
    [
        "“It's” & <b>that</b>",
        "</textarea><script>alert(1)</script>",
        "החזרים חוזרים לכרטיס 👩‍👩‍👧",
        "\nOne\n\n  Two",
        "ä" * 10_000,
        "{{ 7 * 7 }} %(name)s %s",
    ],
)
def test_every_text_comes_back_as_it_was_written(closed: World, text: str) -> None:
    answer = closed.browser("olga").post(COMMENTS, {"body": text})
    assert answer.status_code == 409
    assert written(answer.text) == {"New comment": text}
    assert 'readonly dir="auto"' in answer.text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip))
def test_any_text_at_all(closed: World, text: str) -> None:
    assert written(closed.browser("olga").post(COMMENTS, {"body": text}).text) == {"New comment": text}


def test_each_text_stands_under_its_label_and_what_nobody_wrote_does_not_stand_there(closed: World) -> None:
    fields = {"body": "So be it", "context": " ", "who": "Harbour board", "item": "FE-1", "decided_on": "2026-01-02"}
    more = {"command": "c" * 32, "next": "/products/FE/decisions", "supersedes": "17"}
    page = closed.browser("olga").post(DECISIONS, fields | more).text
    assert written(page) == {"What is decided": "So be it", "Who decided": "Harbour board", "About item": "FE-1"}
    assert "c" * 32 not in page


def test_several_texts_of_one_name_are_all_there(closed: World) -> None:
    fields = {"line_kind": ["shipped", "next"], "line_text": ["Refunds", "Timetable"], "line_place": ["1", "2"]}
    page = closed.browser("olga").post("/products/FE/updates/1", fields).text
    assert written(page) == {"Line": "Refunds\nTimetable"}


def test_what_was_left_as_it_stood_was_not_written(closed: World) -> None:
    fields = {"name": "Ferry", "was_name": "Ferry", "goal": "Cross", "was_goal": "", "cadence_days": "7"}
    page = closed.browser("olga").post("/products/FE/settings", fields).text
    assert written(page) == {"Product goal": "Cross"}


def test_no_password_is_shown(world: World) -> None:
    fields = {"old": "the former password", "password": "a long enough password"}
    browser = world.browser("olga")
    browser.token = "old"
    page = browser.post("/me/password", fields)
    assert page.status_code == 403
    assert "the former password" not in page.text and "a long enough" not in page.text
    in_at_first = world.browser()
    in_at_first.token = "old"
    page = in_at_first.post("/sign-in/link/nobody", {"name": "Ann", "password": "a long enough password"})
    assert written(page.text) == {"Name": "Ann"}
    assert "a long enough" not in page.text


def test_the_page_of_a_script_stays_a_toast(closed: World) -> None:
    answer = closed.browser("olga").post(COMMENTS, {"body": "Seen"}, hx=True)
    assert answer.status_code == 409
    assert "Seen" not in answer.text and "<html" not in answer.text


class TestSignedOutMeanwhile:
    def test_what_was_written_is_shown_beside_the_way_to_sign_in(self, world: World) -> None:
        ref, browser = world.item("Refunds"), world.browser("olga")
        with world.writing() as session:
            session.execute(sa.delete(SignIn))
        fields = {"csrf_token": browser.token, "body": "Seen"}
        before = {"Referer": f"http://localhost/items/{ref}?tab=talk"}
        answer = browser.client.post(f"/items/{ref}/comments", data=fields, headers=before)
        assert answer.status_code == 401
        assert written(answer.text) == {"New comment": "Seen"}
        assert 'href="/sign-in?next=/items/FE-1?tab%3Dtalk" target="_blank"' in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Olga" not in answer.text and "data-owner" not in answer.text

    def test_also_if_the_browser_has_forgotten_its_session(self, world: World) -> None:
        world.item("Refunds")
        answer = world.app.test_client().post(COMMENTS, data={"csrf_token": "old", "body": "Seen"})
        assert answer.status_code == 401
        assert written(answer.text) == {"New comment": "Seen"}

    def test_also_if_that_is_noticed_only_under_the_lock(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kanban.identity.hold_person", lambda _session: None)
        answer = world.browser("olga").post("/me", {"name": "Olga Berg", "time_zone": "UTC"})
        assert answer.status_code == 401
        assert written(answer.text) == {"Name": "Olga Berg"}
        assert "data-owner" not in answer.text and "/products/FE" not in answer.text

    def test_who_wrote_nothing_goes_to_the_sign_in(self, world: World) -> None:
        world.item("Refunds")
        for body in ({}, {"body": " "}):
            answer = world.browser().post(COMMENTS, body)
            assert (answer.status_code, answer.location) == (303, "/sign-in")


class TestAnotherSite:
    """A page of another site sends a form here: what it wrote must not look as if the person had written it."""

    ELSEWHERE = ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"})

    @pytest.mark.parametrize("headers", ELSEWHERE)
    @pytest.mark.parametrize("path", [COMMENTS, "/products/NONE/items", "/nowhere", "/u/nobody", "/answer/nobody"])
    @pytest.mark.parametrize("who", ["olga", None])
    def test_puts_no_words_here(self, closed: World, path: str, headers: dict[str, str], who: str | None) -> None:
        browser = closed.browser(who)
        fields = {"csrf_token": browser.token, "body": "Call this number", "title": "Call this number"}
        answer = browser.client.post(path, data=fields, headers=headers)
        assert answer.status_code in (403, 404)
        assert "Call this number" not in answer.text

    def test_nor_does_a_page_without_an_origin(self, closed: World) -> None:
        headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        answer = closed.browser("olga").client.post(COMMENTS, data={"body": "Call this number"}, headers=headers)
        assert answer.status_code == 403
        assert "Call this number" not in answer.text

    @pytest.mark.parametrize("site", [{}, {"Sec-Fetch-Site": "same-origin"}])
    def test_pages_behind_a_personal_link_name_no_origin(self, world: World, site: dict[str, str]) -> None:
        client = world.app.test_client()
        answer = client.post("/answer/nobody", data={"body": "By Friday"}, headers={"Origin": "null"} | site)
        assert answer.status_code == 404
        assert written(answer.text) == {"Text": "By Friday"}
        assert "Set-Cookie" not in answer.headers


class TestTheServer:
    @pytest.fixture
    def broken(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
        """Commenting meets whatever is raised."""
        world.item("Refunds")
        world.app.config["PROPAGATE_EXCEPTIONS"] = False
        yield world
        world.app.config["PROPAGATE_EXCEPTIONS"] = True

    def _meet(self, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(access, "change_item", fail)

    def test_a_bug_keeps_the_words(self, broken: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self._meet(RuntimeError("broken"), monkeypatch)
        answer = broken.browser("olga").post(COMMENTS, {"body": "Seen"})
        assert answer.status_code == 500
        assert written(answer.text) == {"New comment": "Seen"}
        assert "Send it again" not in answer.text

    def test_when_the_database_is_away_one_press_sends_it_again_and_once(
        self, broken: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = broken.browser("olga")
        with monkeypatch.context() as patch:
            self._meet(sa.exc.OperationalError("select", {}, Exception("gone")), patch)
            fields = {"body": "Seen “it”\r\n<b>twice</b>", "command": "c" * 32}
            answer = browser.post(COMMENTS, fields)
        assert answer.status_code == 503
        assert "Send it again" in answer.text
        hidden = dict(_Page(answer.text.partition("Send it again")[0]).hidden)
        assert {name: hidden[name] for name in fields} == fields
        for _ in range(2):
            assert browser.client.post(COMMENTS, data=hidden).status_code == 303
        assert broken.browser("dev").get("/items/FE-1").text.count("Seen “it”") == 1

    def test_a_file_has_to_be_chosen_again(self, broken: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self._meet(sa.exc.OperationalError("select", {}, Exception("gone")), monkeypatch)
        browser = broken.browser("olga")
        fields = {"csrf_token": browser.token, "body": "Seen", "file": (io.BytesIO(b"x"), "x.txt")}
        answer = browser.client.post(COMMENTS, data=fields)
        assert answer.status_code == 503
        assert "Send it again" not in answer.text and written(answer.text) == {"New comment": "Seen"}

    @pytest.mark.parametrize("path", [COMMENTS, "/nowhere"])
    @pytest.mark.parametrize("size", [5_000_000, 17_000_000])
    def test_a_form_too_large_to_be_read_is_told_so(self, broken: World, path: str, size: int) -> None:
        """Not even what stood in front of the large field or behind it is taken for all that was written."""
        sent = form(title="Small", body="x" * size, reason="Small")
        answer = broken.browser("olga").client.post(path, **sent)
        assert answer.status_code == (404 if path == "/nowhere" else 413)
        assert written(answer.text) == {}
