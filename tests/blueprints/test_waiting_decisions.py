"""Decisions that updates ask for and nobody has made: they stay in sight, are asked again, and end."""

import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.mail.links import Purpose
from kanban.models import Decision, StatusUpdate
from kanban.reads.invariants import broken_invariants
from tests.builders import World
from tests.reporting import UPDATES, add_stakeholders, begin, form_of, found, link_of, publish

LOG = "/products/FE/decisions"
NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
ASKED = {"kind": "decisions", "text": "May small refunds skip approval?", "note": "Sunniva", "new_date": "2026-11-27"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


def press(world: World, number: int, act: str = "save", *lines: dict[str, str], **words: Any) -> None:
    form = form_of(world, number, act=act, lines=list(lines), **words)
    assert world.browser("olga").post(f"{UPDATES}/{number}", form).status_code == 303


def asking(world: World, *lines: dict[str, str]) -> int:
    """The number of a published update that asks for these decisions."""
    number = begin(world)
    press(world, number, "save", *(lines or (ASKED,)))
    publish(world, number, "Six weeks late")
    return number


@pytest.fixture
def told(both: World) -> World:
    """Update 1 asks Sunniva to decide; Tor got it too."""
    add_stakeholders(both, "Sunniva", "Tor")
    asking(both)
    return both


def waits(world: World, name: str = "olga") -> str:
    """The words of the section; empty where nothing stands."""
    page = world.browser(name).get(LOG).text
    section = re.search(r'<section class="waits".*?</section>', page, re.DOTALL)
    words = re.sub(r"<title>.*?</title>|<[^>]+>", " ", section[0]) if section else ""
    return html.unescape(" ".join(words.split()))


def offers(world: World, number: int) -> list[str]:
    """What the draft's page offers to ask again."""
    page = world.browser("olga").get(f"{UPDATES}/{number}").text
    return re.findall(r'value="mention (asked [^"]+)"', page)


def decide(world: World, number: int = 1, option: str = "Yes") -> None:
    link = link_of(world, "Sunniva", Purpose.DECIDE, number)
    assert world.browser().post(link, {"line": "0", "option": option}).status_code == 200


def end(world: World, status: int = 303, by: str = "olga", **fields: str) -> None:
    form = {"body": "No longer needed", "update": "1", "line": "0", **fields}
    assert world.browser(by).post(LOG, form).status_code == status


def decisions(world: World) -> list[tuple[str, int | None, int | None]]:
    with world.reading() as session:
        assert broken_invariants(session) == []
        rows = session.execute(sa.select(Decision.body, Decision.update_id, Decision.line).order_by(Decision.number))
        return [(body, update_id, line) for body, update_id, line in rows]


def test_what_nobody_has_decided_stays_in_sight_until_it_is_decided(told: World, noon: clock.MovedClock) -> None:
    noon.advance(days=12)
    publish(told, begin(told), "Nothing new")
    words = waits(told)
    for part in (ASKED["text"], "from Sunniva", "27 Nov", "asked in update 1 , 12 days ago"):
        assert part in words
    assert "Overdue" not in words
    noon.advance(days=14)
    assert "Overdue" in waits(told)
    decide(told)
    assert waits(told) == ""


@pytest.mark.parametrize(
    ("name", "sees"), [("olga", True), ("dora", True), ("lea", True), ("dev", False), ("vic", False)]
)
def test_only_who_sees_the_stakeholders_sees_what_waits_for_them(told: World, name: str, sees: bool) -> None:
    assert (ASKED["text"] in waits(told, name)) == sees
    assert ("No longer needed" in waits(told, name)) == (name in ("olga", "dora"))


def test_the_portfolio_counts_what_waits_for_whom_it_concerns(told: World) -> None:
    asking(told, ASKED, {**ASKED, "text": "May they?"})
    words = "2 decisions are waiting for others"
    assert [words in told.browser(name).get("/portfolio").text for name in ("olga", "lea", "vic")] == [
        True,
        True,
        False,
    ]
    decide(told)
    assert "one decision is waiting for others" in told.browser("olga").get("/portfolio").text


def test_a_search_and_a_closed_product_have_nothing_that_waits(told: World) -> None:
    assert 'class="waits"' not in told.browser("olga").get(f"{LOG}?q=refunds").text
    with told.changing() as (_session, product, member):
        product.archive(by=member)
    assert waits(told) == ""


def test_a_draft_offers_to_ask_again_as_it_was_asked_and_keeps_own_words(told: World) -> None:
    number = begin(told)
    assert offers(told, number) == ["asked 1.0"]
    page = html.unescape(told.browser("olga").get(f"{UPDATES}/{number}").text)
    assert "is not decided yet: asked of Sunniva in update 1, today" in page
    press(told, number, "mention asked 1.0", {"kind": "next", "text": "Rest a little"}, headline="Still waiting")
    written = found(told, number)
    lines = {part["kind"]: part["lines"] for part in written.sections}
    assert [{**line, "kind": "decisions"} for line in lines["decisions"]] == [
        {**ASKED, "ref": "", "old_date": "", "cause": "", "options": ""}
    ]
    assert [line["text"] for line in lines["next"]] == ["Rest a little"]
    assert written.headline == "Still waiting"
    assert offers(told, number) == []


def test_what_is_decided_meanwhile_is_offered_no_more(told: World) -> None:
    number = begin(told)
    decide(told)
    assert offers(told, number) == []


def test_a_draft_that_asks_what_was_decided_meanwhile_says_so(told: World) -> None:
    number = begin(told)
    press(told, number, "mention asked 1.0")
    words = f"“{ASKED['text']}” is still asked, but was decided on 2 Nov (decision 1)."
    pages = (f"{UPDATES}/{number}", f"{UPDATES}/{number}/publish")
    assert [words in html.unescape(told.browser("olga").get(page).text) for page in pages] == [False, False]
    decide(told)
    assert [words in html.unescape(told.browser("olga").get(page).text) for page in pages] == [True, True]
    press(told, number, "renew all")
    assert lines_of(told, number) == []


def test_who_writes_the_same_question_again_after_its_answer_is_told_but_keeps_it(told: World) -> None:
    decide(told)
    number = begin(told)
    press(told, number, "save", ASKED)
    page = html.unescape(told.browser("olga").get(f"{UPDATES}/{number}").text)
    assert "was decided on 2 Nov (decision 1)" in page and "renew H17:decisions" not in page
    press(told, number, "renew all")
    assert [line["text"] for line in lines_of(told, number)] == [ASKED["text"]]


def lines_of(world: World, number: int) -> list[dict[str, str]]:
    """What a draft asks others to decide."""
    asks = (part for part in found(world, number).sections if part["kind"] == "decisions")
    return [{**line, "kind": "decisions"} for part in asks for line in part["lines"]]


@pytest.mark.parametrize("answered", [1, 2])
def test_one_answer_closes_both_updates_that_asked(told: World, answered: int) -> None:
    number = begin(told)
    press(told, number, "mention asked 1.0")
    publish(told, number, "Seven weeks late")
    words = waits(told)
    assert words.count(ASKED["text"]) == 1 and "asked in update 1" in words and "last in update 2" in words
    decide(told, answered)
    assert waits(told) == ""
    for update in (1, 2):
        assert 'id="decided"' in told.browser("olga").get(f"{UPDATES}/{update}").text
        page = told.browser().get(link_of(told, "Sunniva", Purpose.DECIDE, update)).text
        assert "decided by Sunniva" in page and 'name="option"' not in page
    decide(told, 3 - answered, "No")
    assert decisions(told) == [("Yes", answered, 0)], "the first answer counts"


def test_the_same_asked_anew_after_the_answer_can_be_answered(told: World, noon: clock.MovedClock) -> None:
    decide(told, option="Ask again in spring")
    noon.advance(days=100)
    asking(told)
    assert "asked in update 2" in waits(told)
    decide(told, 2)
    assert [body for body, _update, _line in decisions(told)] == ["Ask again in spring", "Yes"]


def test_a_correction_asks_once_and_what_it_leaves_out_waits_no_more(told: World) -> None:
    browser = told.browser("olga")
    browser.post(f"{UPDATES}/1/correct")
    publish(told, 2, "Four weeks late")
    assert waits(told).count(ASKED["text"]) == 1
    browser.post(f"{UPDATES}/2/correct")
    press(told, 3, "drop 0")
    publish(told, 3, "Three weeks late")
    assert waits(told) == ""


def test_what_a_notice_asked_waits_too_but_is_not_offered_to_everybody(told: World) -> None:
    with told.writing() as session:
        session.execute(sa.update(StatusUpdate).values(audience=[1]))
    assert ASKED["text"] in waits(told)
    number = begin(told)
    assert offers(told, number) == []


def test_a_form_begins_with_the_words_and_closes_what_was_asked(told: World) -> None:
    browser = told.browser("dora")
    page = browser.get(LOG).text
    links = [html.unescape(link) for link in re.findall(rf'href="({LOG}/new\?[^"]+)"', page)]
    elsewhere, needless = (browser.get(link).text for link in links)
    assert elsewhere.count(ASKED["text"]) == 2 and 'value="Sunniva"' in elsewhere
    assert ">No longer needed</textarea>" in needless and 'value="Sunniva"' not in needless
    end(told, by="dora", body="Up to 100 euro", context=ASKED["text"], who="The board")
    assert waits(told) == ""
    assert decisions(told) == [("Up to 100 euro", 1, 0)]
    assert "from update 1" in told.browser("vic").get(LOG).text
    assert "decided by The board" in told.browser().get(link_of(told, "Sunniva", Purpose.READ)).text
    assert "Up to 100 euro" in told.browser("vic").get(f"{UPDATES}/1").text


def test_what_is_decided_already_is_not_ended_once_more(told: World) -> None:
    decide(told)
    end(told, 409)
    assert len(decisions(told)) == 1


@pytest.mark.parametrize("fields", [{"line": "1"}, {"line": ""}, {"line": "x"}, {"update": "9"}, {"update": ""}])
def test_nothing_ends_what_was_not_asked(told: World, fields: dict[str, str]) -> None:
    end(told, 404, **fields)
    asked = {"update": "1", "line": "0", **fields}
    assert told.browser("olga").client.get(f"{LOG}/new", query_string=asked).status_code == 404


def test_a_wrong_field_keeps_what_it_closes(told: World) -> None:
    answer = told.browser("olga").post(LOG, {"body": "", "update": "1", "line": "0"})
    assert answer.status_code == 422
    assert 'name="update" value="1"' in answer.text and 'name="line" value="0"' in answer.text


def test_only_the_owners_side_ends_it(told: World) -> None:
    for name in ("lea", "dev", "vic"):
        end(told, 403, by=name)
    end(told, 404, by="sam")
    assert ASKED["text"] in waits(told)


def test_html_in_what_waits_is_text(told: World) -> None:
    asking(told, {**ASKED, "text": "<script>alert(1)</script>", "note": "<b>me</b>", "new_date": "<img src=x>"})
    number = begin(told)
    for page in (LOG, f"{UPDATES}/{number}", f"{LOG}/new?update=2&line=0"):
        text = told.browser("olga").get(page).text
        assert not any(raw in text for raw in ("<script>alert", "<b>me</b>", "<img src=x>"))
