"""Every page as every role sees it.

It renders (an undefined name is an error here), links nowhere it should not, shows nothing foreign, carries its
protection, and reading it changes nothing.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.test import TestResponse

from kanban import access, policy
from kanban.config import Config
from tests.guards.test_matrix import FORMS, body, path, rules
from tests.guards.workspace import CAST, HERE, THERE, WORDS, Workspace, fingerprint

ROLES = [cast for cast in CAST if cast not in ("deactivated", "bystander")]
START = {"signed out": ("/", "/sign-in", "/forgotten-password"), "admin": ("/", "/people", "/me")}
PAGES = ("backlog", "board", "promises", "decisions", "updates", "stakeholders", "requests", "insights", "settings")

#: How many pages of one kind are read; further ones differ only in their words.
EACH = 6


@dataclass
class Walk:
    """All that one person can reach by following the links of their pages."""

    answers: dict[str, TestResponse] = field(default_factory=dict)
    came_from: dict[str, str] = field(default_factory=dict)
    forms: set[tuple[str, str, str]] = field(default_factory=set)


@pytest.fixture(scope="module", params=ROLES)
def cast(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def walk(workspace: Workspace, cast: str) -> Walk:
    """Follow every link, starting from the pages in the rail."""
    browser, walk, seen = workspace.browser(CAST[cast]), Walk(), dict[str, int]()
    before = fingerprint(workspace)
    member = workspace.role(CAST[cast], HERE) is not None
    waiting = list(START.get(cast, ("/", "/questions", "/me")))
    waiting += [f"/products/{HERE}/{page}" for page in PAGES if member and page not in HIDDEN.get(cast, ())]
    while waiting:
        address = waiting.pop(0)
        if address in walk.answers or address == "/sign-out":
            continue
        answer = walk.answers[address] = browser.get(address)
        targets = [answer.headers["Location"]] if 300 <= answer.status_code < 400 else links(answer)
        walk.forms |= {(*form, address) for form in forms(answer)}
        for target in targets:
            kind = re.sub(r"[a-z2-7]{32}|\d+", "N", target)  # the secret of a personal link, or a number
            seen[kind] = seen.get(kind, 0) + (target not in walk.came_from)
            if seen[kind] <= EACH:
                walk.came_from.setdefault(target, address)
                waiting.append(target)
    assert fingerprint(workspace) == before, "reading changed something"
    return walk


#: Pages of a product that a role may not open, so that no link may show.
HIDDEN = {"developer": ("stakeholders", "requests"), "viewer": ("stakeholders", "requests")}


def test_every_link_that_is_shown_leads_somewhere(walk: Walk) -> None:
    dead = {
        f"{address} ({answer.status_code}) on {walk.came_from.get(address)}"
        for address, answer in walk.answers.items()
        if answer.status_code >= 400
    }
    assert dead == set()


def test_the_walk_reaches_the_pages(walk: Walk, cast: str) -> None:
    reached = {re.sub(r"\d+", "N", address.partition("?")[0]) for address in walk.answers}
    if cast in ("owner", "delegate", "lead", "developer", "viewer"):
        assert {f"/items/{HERE}-N", f"/products/{HERE}/updates/N", f"/products/{HERE}/board", "/me"} <= reached
    if cast == "admin":
        assert "/people" in reached


def test_no_form_is_shown_that_the_policy_would_refuse(workspace: Workspace, walk: Walk, cast: str) -> None:
    roles = {role for key in (HERE, THERE) if (role := workspace.role(CAST[cast], key)) is not None}
    adapter = workspace.app.url_map.bind("localhost")
    wrong = set()
    for method, action, page in walk.forms:
        try:
            endpoint, _ = adapter.match(urlsplit(action).path, method)
        except (HTTPException, MethodNotAllowed):
            wrong.add(f"{method} {action} on {page} leads nowhere")
            continue
        need = access.need_of(workspace.app.view_functions[endpoint])
        if need is not None and need.action is not None and not any(policy.allows(role, need.action) for role in roles):
            wrong.add(f"{method} {action} on {page} is not for them")
    assert wrong == set()


def test_no_page_shows_what_is_foreign(workspace: Workspace, walk: Walk, cast: str) -> None:
    foreign = [key for key in (HERE, THERE) if workspace.role(CAST[cast], key) is None]
    assert foreign
    found = {
        f"{address}: {words}"
        for address, answer in walk.answers.items()
        for key in foreign
        for words in WORDS
        if words.format(key) in html.unescape(answer.text)
    }
    assert found == set()


def test_every_answer_is_protected(walk: Walk) -> None:
    for address, answer in walk.answers.items():
        headers = answer.headers
        rules = dict(rule.strip().partition(" ")[::2] for rule in headers["Content-Security-Policy"].split(";"))
        assert rules["default-src"] == "'none'" or "sandbox" in rules, address
        if "sandbox" not in rules:
            assert rules["script-src"] == rules["style-src"] == "'self'", address
            assert rules["frame-ancestors"] == "'none'", address
            assert headers["X-Frame-Options"] == "DENY"
        assert "unsafe-inline" not in rules.get("script-src", "")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        is_file = headers.get("Content-Disposition", "").startswith("attachment")
        assert headers["Cache-Control"] == ("private, no-cache" if is_file else "no-store"), address


def test_no_page_holds_what_its_policy_forbids(walk: Walk) -> None:
    inline = re.compile(r"<[^>]*\s(?:style|on[a-z]+)=[\"']|<script(?![^>]*\ssrc=)|<style\b|javascript:", re.IGNORECASE)
    pages = {address: answer for address, answer in walk.answers.items() if "sandbox" not in str(answer.headers)}
    found = {f"{address}: {match[0]}" for address, answer in pages.items() if (match := inline.search(answer.text))}
    assert found == set()


def test_an_id_stands_once_on_a_page(walk: Walk) -> None:
    """A label, an anchor or a fragment that names an id reaches only the first element with it."""
    found = set()
    for address, answer in walk.answers.items():
        ids = re.findall(r"<[a-z][^<>]*\sid=\"([^\"]+)\"", answer.text)
        found |= {f"{re.sub(r'[0-9]+', 'N', address)}: {each}" for each in ids if ids.count(each) > 1}
    assert found == set()


def test_fragments_render_as_well(workspace: Workspace, walk: Walk, cast: str) -> None:
    """What a page's script fetches is never a whole page inside a page, and never an error."""
    browser = workspace.browser(CAST[cast])
    for address in walk.answers:
        if address.startswith(("/items/", f"/products/{HERE}/backlog", f"/products/{HERE}/promises", "/questions")):
            answer = browser.get(address, **{"HX-Request": "true"})
            assert answer.status_code == 200, address
            assert "<html" not in answer.text, address


@pytest.mark.parametrize("path", ["/nowhere", f"/products/{HERE}/board", "/items/FERRY-1", "/static/nothing.css"])
def test_refusals_are_protected_as_well(workspace: Workspace, path: str) -> None:
    for name in ("", "otto"):
        answer = workspace.browser(name).get(path)
        assert answer.status_code in (303, 404)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_a_form_that_is_answered_with_a_page_is_answered_as_html(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """Every form, sent with nothing in its fields, from each place where it is."""
    monkeypatch.setattr(Config, "sends_mail", True)
    sent = [rule for rule, method, _ in rules().values() if method == "POST" and not rule.rule.startswith("/api/")]
    wrong, refused = set(), set()
    for rule in sent:
        filled = body(workspace, rule, HERE) if rule.endpoint in FORMS else {}
        for view in ("", "card", "queue"):
            fields = {name: "" for name, value in filled.items() if isinstance(value, str)} | {"view": view}
            browser = workspace.browser(CAST["admin" if rule.rule.startswith("/people") else "owner"])
            answer = browser.call("POST", path(workspace, rule, CAST["owner"], HERE), fields, headers)
            if answer.status_code >= 400:
                refused.add(rule.endpoint)
            else:
                workspace.restore()
            if "<" in answer.text and answer.mimetype != "text/html":
                wrong.add(f"{rule.endpoint} ({view}): {answer.status_code} {answer.mimetype}")
            answer.close()
    assert wrong == set()
    assert len(refused) > 40


def links(answer: TestResponse) -> Iterator[str]:
    if answer.mimetype == "text/html":
        for found in re.findall(r"<(?:a|iframe)\b[^>]*\s(?:href|src)=\"([^\"]*)\"", answer.text):
            target = html.unescape(found).partition("#")[0]
            if target.startswith("/") and not target.startswith(("//", "/static/")):
                yield target


def forms(answer: TestResponse) -> Iterator[tuple[str, str]]:
    """(method, action) of every form, and of every button that sends its form elsewhere."""
    if answer.mimetype != "text/html":
        return
    for found in re.findall(r"<(?:form|button|input)\b[^>]*>", answer.text):
        action = re.search(r"\s(?:form)?action=\"([^\"]*)\"", found)
        method = re.search(r"\s(?:form)?method=\"(get|post)\"", found, re.IGNORECASE)
        if action and html.unescape(action[1]).startswith("/"):
            yield (
                method[1].upper() if method else "POST" if "formaction" in found else "GET",
                html.unescape(action[1]),
            )


def test_pages_of_different_kinds_have_different_titles(workspace: Workspace, walk: Walk) -> None:
    """Tabs, bookmarks and the first words of a screen reader are the title alone."""
    adapter = workspace.app.url_map.bind("localhost")
    kinds = defaultdict[str, set[str]](set)
    for address, answer in walk.answers.items():
        is_mail = "sandbox" in answer.headers["Content-Security-Policy"]  # its title is its subject
        if answer.status_code == 200 and not is_mail and (title := re.search("<title>(.*?)</title>", answer.text)):
            kinds[title[1]].add(str(adapter.match(urlsplit(address).path)[0]))
    assert {title: found for title, found in kinds.items() if len(found) > 1} == {}
